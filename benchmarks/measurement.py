"""One figure: what was asked for, what was reached, and how to reach it again."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Measurement", "number"]


@dataclass(frozen=True)
class Measurement:
    """A measured number."""

    what: str
    unit: str
    runs: tuple[float, ...]
    """Every single measurement; their median is what was reached."""
    command: str = ""
    """What was measured; empty for a piece of a command."""
    at_most: float | None = None
    at_least: float | None = None
    """The figure asked for; where neither is set, the number is for information."""
    note: str = ""

    @property
    def median(self) -> float:
        """The median."""
        return statistics.median(self.runs)

    @property
    def is_met(self) -> bool | None:
        """Whether what was asked for was reached; None where nothing was."""
        if self.at_most is not None:
            return self.median <= self.at_most
        return None if self.at_least is None else self.median >= self.at_least

    @property
    def target(self) -> str:
        """The figure asked for, in words."""
        if self.at_most is not None:
            return f"at most {number(self.at_most)} {self.unit}"
        return "" if self.at_least is None else f"at least {number(self.at_least)} {self.unit}"

    @property
    def summary(self) -> str:
        """What was reached, in words."""
        if len(self.runs) == 1:
            return f"{number(self.median)} {self.unit}"
        return f"{number(self.median)} {self.unit} ({number(min(self.runs))} to {number(max(self.runs))})"

    def to_json(self) -> dict[str, object]:
        """The figure as JSON values."""
        values: dict[str, object] = {"what": self.what, "unit": self.unit, "reached": self.median, "met": self.is_met}
        values |= {"at_most": self.at_most, "at_least": self.at_least, "runs": list(self.runs)}
        return values | {"command": self.command, "note": self.note}

    @classmethod
    def from_json(cls, values: dict[str, object]) -> Measurement:
        """A figure from the file of an earlier run."""
        runs = values["runs"]
        if not isinstance(runs, Sequence):
            raise TypeError("runs are no list")
        kept = {name: values[name] for name in ("what", "unit", "command", "at_most", "at_least", "note")}
        return cls(runs=tuple(runs), **kept)  # type: ignore[arg-type]


def number(value: float) -> str:
    """Three digits that count, thousands apart."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"
