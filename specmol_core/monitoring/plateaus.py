"""Times at which a series does not change: a mixture that has arrived in a flow cell, or a reaction that is over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["STEADY_SPECTRA", "Plateau", "plateaus"]

STEADY_SPECTRA = 5
"""Spectra that must agree within their intervals."""


@dataclass(frozen=True)
class Plateau:
    """Successive spectra that agree within their intervals."""

    first: str
    """Name of its first spectrum."""
    last: str
    from_s: float | None
    """Time of its first spectrum (s); None if it is unknown."""
    to_s: float | None
    spectra: int
    fractions: dict[str, float]
    """Mean mole fraction of each species."""

    def as_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self)


def plateaus(rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> list[Plateau]:
    """Return the plateaus of a series, in the order of time.

    A spectrum is ``steady`` if it and the four before agree, so a plateau begins four spectra before
    the first steady one, but not before the last plateau ends.

    Parameters
    ----------
    rows
        The lines of a series that are no errors.
    names
        The species.
    """
    found: list[Plateau] = []
    begin, end = None, 0
    for at in range(len(rows) + 1):
        is_steady = at < len(rows) and bool(_is_true(rows[at].get("steady")))
        if is_steady and begin is None:
            begin = max(at - STEADY_SPECTRA + 1, end)
        if not is_steady and begin is not None:
            found.append(_plateau(rows[begin:at], names))
            begin, end = None, at
    return found


def _is_true(value: object) -> bool:
    """Return whether a value is true, also one that was read back from a table."""
    return value is True or value == "True"


def _plateau(rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> Plateau:
    return Plateau(
        str(rows[0]["spectrum"]),
        str(rows[-1]["spectrum"]),
        rows[0].get("time_s"),
        rows[-1].get("time_s"),
        len(rows),
        {name: round(sum(float(row[name]) for row in rows) / len(rows), 6) for name in names},
    )
