"""One measured quantity with its target and its command."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Measurement", "number"]


@dataclass(frozen=True)
class Measurement:
    """A measured quantity."""

    what: str
    unit: str
    runs: tuple[float, ...]
    """Result of every run; the median is reported."""
    command: str = ""
    """The measured command; empty for a part of a command."""
    at_most: float | None = None
    at_least: float | None = None
    """The target; if neither is set, the measurement is for information."""
    note: str = ""

    @property
    def median(self) -> float:
        """The median of the runs."""
        return statistics.median(self.runs)

    @property
    def is_met(self) -> bool | None:
        """Whether the target is met; None if there is no target."""
        if self.at_most is not None:
            return self.median <= self.at_most
        return None if self.at_least is None else self.median >= self.at_least

    @property
    def target(self) -> str:
        """The target as text; empty if there is none."""
        if self.at_most is not None:
            return f"at most {number(self.at_most)} {self.unit}"
        return "" if self.at_least is None else f"at least {number(self.at_least)} {self.unit}"

    @property
    def summary(self) -> str:
        """The median and the range of the runs as text."""
        if len(self.runs) == 1:
            return f"{number(self.median)} {self.unit}"
        return f"{number(self.median)} {self.unit} ({number(min(self.runs))} to {number(max(self.runs))})"

    def to_json(self) -> dict[str, object]:
        """The measurement as JSON values."""
        values: dict[str, object] = {"what": self.what, "unit": self.unit, "median": self.median, "met": self.is_met}
        values |= {"at_most": self.at_most, "at_least": self.at_least, "runs": list(self.runs)}
        return values | {"command": self.command, "note": self.note}

    @classmethod
    def from_json(cls, values: dict[str, object]) -> Measurement:
        """A measurement from its JSON values.

        Raises
        ------
        KeyError, TypeError
            If a value is missing or has the wrong type.
        """
        runs = values["runs"]
        if not isinstance(runs, Sequence):
            raise TypeError("runs is not a list")
        fields = {name: values[name] for name in ("what", "unit", "command", "at_most", "at_least", "note")}
        return cls(runs=tuple(runs), **fields)  # type: ignore[arg-type]


def number(value: float) -> str:
    """A number with three significant digits and thousands separators."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"
