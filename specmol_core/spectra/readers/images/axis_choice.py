"""Choose the axis of the requested spectrum among those of a picture, and check its nucleus."""

from __future__ import annotations

from collections.abc import Sequence

from specmol_core.spectra.readers.images.shift_axis import ShiftAxis
from specmol_core.spectra.readers.source import OtherNucleusError, RefusedError
from specmol_core.spectra.spectrum import NUCLEI, Nucleus

__all__ = ["MIN_RIVAL_WIDTH", "RANGE_OPTION", "check_stated_nucleus", "choose_axis", "nucleus_of_axis"]

RANGE_OPTION = {"1H": "--h1-range", "13C": "--c13-range"}
_MAX_SPAN_PPM = 500.0
"""An axis wider than this (ppm) is of no spectrum of 1H or 13C."""
_PROTON_RANGE_PPM, _MAX_PROTON_SPAN_PPM = (20.0, -15.0), 30.0
"""An axis within this range, high and low, is that of a 1H spectrum (ppm)."""
_CARBON_HIGH_PPM, _CARBON_LOW_PPM = (40.0, 300.0), -60.0
"""An axis whose high end is in this range, and whose low end is above the other number, is that of 13C (ppm)."""
_MIN_SURE_CONFIDENCE = 0.6
"""Confidence below which a warning doubts the calibration."""
MIN_RIVAL_WIDTH = 0.6
"""Share of the widest axis from which another axis is a second spectrum, not an inset."""


def nucleus_of_axis(edges: tuple[float, float]) -> Nucleus | None:
    """Return the nucleus whose spectrum an axis shows; None if its ends do not tell.

    Parameters
    ----------
    edges
        Shift at the left and the right end (ppm).

    Examples
    --------
    >>> nucleus_of_axis((10.0, -0.5)), nucleus_of_axis((200.0, 0.0)), nucleus_of_axis((35.0, 20.0))
    ('1H', '13C', None)
    """
    high, low = edges
    if high <= _PROTON_RANGE_PPM[0] and low >= _PROTON_RANGE_PPM[1] and high - low <= _MAX_PROTON_SPAN_PPM:
        return "1H"
    if _CARBON_HIGH_PPM[0] < high <= _CARBON_HIGH_PPM[1] and low > _CARBON_LOW_PPM:
        return "13C"
    return None


def choose_axis(
    axes: Sequence[ShiftAxis], nucleus: Nucleus | None, window: tuple[float, float] | None
) -> tuple[ShiftAxis | None, list[str]]:
    """The axis of the requested spectrum, and warnings."""
    fitting = [axis for axis in axes if not axis.is_rising and _fits(axis, nucleus)]
    if not fitting or fitting[0].span_pixels < MIN_RIVAL_WIDTH * axes[0].span_pixels:
        if window is not None:
            return axes[0], []
        found = None if axes[0].is_rising else nucleus_of_axis(axes[0].edges)
        if found not in (None, nucleus):
            raise OtherNucleusError(_wrong_axis_message(axes[0], nucleus), str(found))
        raise RefusedError(_wrong_axis_message(axes[0], nucleus))
    widest = fitting[0]
    rivals = [axis for axis in fitting[1:] if axis.span_pixels > MIN_RIVAL_WIDTH * widest.span_pixels]
    if rivals:
        ranges = "; ".join(f"{axis.edges[0]:.4g} to {axis.edges[1]:.4g} ppm" for axis in [widest, *rivals])
        raise RefusedError(f"the image shows {1 + len(rivals)} spectra ({ranges}): crop it to one")
    notes = [f"{len(fitting) - 1} smaller axis in the image, of an inset, was ignored"] if fitting[1:] else []
    calibration = widest.calibration
    if calibration.confidence < _MIN_SURE_CONFIDENCE and window is None:
        notes.append(f"the axis is uncertain: {calibration}; check the range")
    elif not widest.on_ticks and window is None:
        notes.append("no tick marks were found: the axis was fitted to the middles of its labels")
    return widest, notes


def _fits(axis: ShiftAxis, nucleus: Nucleus | None) -> bool:
    """Whether an axis can be that of a spectrum of the nucleus."""
    high, low = axis.edges
    if nucleus is not None and nucleus_of_axis(axis.edges) not in (None, nucleus):
        return False
    if nucleus == "1H" and high > _CARBON_HIGH_PPM[0]:
        return False
    return high - low <= _MAX_SPAN_PPM and abs(high) <= _MAX_SPAN_PPM


def _wrong_axis_message(axis: ShiftAxis, nucleus: Nucleus | None) -> str:
    left, right = axis.edges
    option = RANGE_OPTION[nucleus] if nucleus else "--h1-range or --c13-range"
    if axis.is_rising:
        return (
            f"its axis rises from left to right ({left:.4g} to {right:.4g}), unlike a chemical shift axis: "
            f"mirror the image, or name its range with {option}"
        )
    return (
        f"its axis runs from {left:.4g} to {right:.4g} ppm, which is not a range of {nucleus or 'NMR'}: the spectrum "
        "may be of another nucleus, given the wrong way round, or its decimal points were not read; else name the "
        f"range with {option}"
    )


def check_stated_nucleus(axis: ShiftAxis, stated: str, nucleus: Nucleus) -> list[str]:
    """Return a warning if the text of a picture names another nucleus than its axis shows.

    Parameters
    ----------
    axis
        The axis of the requested spectrum.
    stated
        Nucleus that the text names; empty for none.
    nucleus
        The requested nucleus.

    Raises
    ------
    OtherNucleusError
        If the text names another nucleus than requested, and the axis does not contradict it.
    """
    if not stated or stated == nucleus:
        return []
    if nucleus_of_axis(axis.edges) == nucleus and stated in NUCLEI:
        return [f"the image says {stated} NMR, but its axis is that of a {nucleus} spectrum: check the nucleus"]
    raise OtherNucleusError(
        f"is a {stated} spectrum by its own text, given as {nucleus}; give it as what it is, or a {nucleus} spectrum",
        stated,
    )
