"""Read the ends of a printed range of shifts."""

from __future__ import annotations

from specmol_core.spectra.spectrum import Nucleus

__all__ = ["MAX_RANGE_PPM", "shift_ends"]

MAX_RANGE_PPM: dict[Nucleus, float] = {"1H": 3.0, "13C": 20.0}
"""Widest range of one signal (ppm)."""


def shift_ends(first: str, second: str, nucleus: str, *, is_first: bool) -> tuple[tuple[float, float], list[str]]:
    """Return the two ends of a range (ppm), and a note on a repair; a single shift is both ends.

    Parameters
    ----------
    second
        The other end as printed; empty for a single shift.
    is_first
        Whether no shift is before; a minus sign may then be a dash after the heading.

    >>> shift_ends("7.51", "43", "1H", is_first=False)
    ((7.51, 7.43), ['the range 7.51-43 was read as 7.51 to 7.43 ppm'])
    """
    value = float(first)
    if is_first and value < -3 and nucleus == "1H":
        value = -value
    if not second:
        return (value, value), []
    whole, _, decimals = first.partition(".")
    second_value = float(second)
    if decimals and second.isdigit() and len(second) == len(decimals) and abs(second_value - value) > 1:
        second_value = float(f"{whole}.{second}")
        return (value, second_value), [f"the range {first}-{second} was read as {first} to {second_value:g} ppm"]
    return (value, second_value), []
