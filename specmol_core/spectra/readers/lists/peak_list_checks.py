"""Check a peak list for mistakes, as in typed lists."""

from __future__ import annotations

from collections.abc import Sequence

from specmol_core.errors import SpectrumError
from specmol_core.spectra.peaks import Peak
from specmol_core.spectra.readers.source import NucleusError, Request, SourceFile
from specmol_core.spectra.readers.text.multiplicity import splittings
from specmol_core.spectra.spectrum import Nucleus

__all__ = ["MAX_CARBON_MHZ", "check_nucleus", "peak_list_warnings"]

_USUAL_RANGE_PPM: dict[Nucleus, tuple[float, float]] = {"1H": (-5.0, 20.0), "13C": (-25.0, 240.0)}
"""Range of nearly all organic compounds, without hydrides and carbene complexes (ppm)."""
_MAX_J_HH_HZ = 25.0
"""Largest coupling of two protons (Hz); geminal ones reach 21."""
_MAX_J_HZ = 1500.0
MAX_CARBON_MHZ = 310.0
"""Largest Larmor frequency of 13C (MHz): that of the magnets of 28 T is 302."""
_MAX_OUTSIDE_SHARE = 0.25
"""Share of shifts outside the usual range above which a list belongs to another nucleus."""
_MAX_SHOWN_SHIFTS = 4


def check_nucleus(
    peaks: Sequence[Peak], source: SourceFile, request: Request, stated: str, frequency_mhz: float | None = None
) -> None:
    """Refuse a peak list that cannot be of the requested nucleus.

    Parameters
    ----------
    stated
        Nucleus that the text names; empty for none.
    frequency_mhz
        Larmor frequency of the nucleus as measured (MHz); None where it is unknown.

    Raises
    ------
    NucleusError
        If it is a list of the other nucleus, 1H or 13C.
    SpectrumError
        If its shifts belong to neither nucleus.
    """
    low, high = _USUAL_RANGE_PPM[request.nucleus]
    outside = [peak.ppm for peak in peaks if not low <= peak.ppm <= high]
    preface = f"is headed {stated}, but" if stated else "names no nucleus, and"
    if request.nucleus == "1H" and len(outside) > _MAX_OUTSIDE_SHARE * len(peaks) and max(map(abs, outside)) <= 260:
        raise NucleusError(
            source.path,
            f"{preface} {len(outside)} of its {len(peaks)} shifts are beyond {high:g} ppm: a 13C list in --h1? "
            "swap --h1 and --c13, or correct the shifts",
            "13C",
        )
    if len(outside) > _MAX_OUTSIDE_SHARE * len(peaks):
        raise SpectrumError(
            source.path, f"{preface} {_format_shifts(outside)} ppm are not {request.nucleus} shifts: check the unit"
        )
    if request.nucleus == "13C" and frequency_mhz is not None and frequency_mhz > MAX_CARBON_MHZ:
        raise NucleusError(
            source.path,
            f"{preface} its frequencies are those of 1H at {frequency_mhz:g} MHz: a 1H list in --c13? swap --h1 and "
            "--c13",
            "1H",
        )
    split_count = sum(1 for peak in peaks if peak.multiplicity)
    is_narrow = max(peak.ppm for peak in peaks) <= 16
    if request.nucleus == "13C" and not stated and is_narrow and len(peaks) > 1 and split_count > len(peaks) / 2:
        raise NucleusError(
            source.path,
            f"{preface} its shifts end at 16 ppm and have multiplicities: a 1H list in --c13? swap --h1 and --c13",
            "1H",
        )


def peak_list_warnings(peaks: Sequence[Peak], nucleus: Nucleus, hetero_coupled: Sequence[bool] = ()) -> list[str]:
    """Return warnings about a peak list, one sentence each.

    Parameters
    ----------
    hetero_coupled
        For each peak, whether a coupling to another element than hydrogen is stated.
    """
    notes = []
    low, high = _USUAL_RANGE_PPM[nucleus]
    if outside := [peak.ppm for peak in peaks if not low <= peak.ppm <= high]:
        notes.append(f"{_format_shifts(outside)} ppm: outside the usual {nucleus} range of {low:g} to {high:g} ppm")
    if nucleus == "13C":
        if len(peaks) > 1 and max(peak.ppm for peak in peaks) <= 16:
            notes.append("no shift is above 16 ppm: is it a 1H list in --c13?")
        return notes
    counted = [peak for peak in peaks if peak.protons is not None]
    if fractional := [peak.ppm for peak in counted if not float(peak.protons or 0).is_integer()]:
        notes.append(
            f"the number of protons at {_format_shifts(fractional)} ppm is not whole: a mixture, or a "
            "measured integral?"
        )
    if counted and len(counted) < len(peaks):
        uncounted = [peak.ppm for peak in peaks if peak.protons is None]
        notes.append(f"no number of protons at {_format_shifts(uncounted)} ppm: drawn as one proton")
    hetero_coupled = hetero_coupled or [False] * len(peaks)
    too_large = [
        peak.ppm
        for peak, is_hetero in zip(peaks, hetero_coupled, strict=True)
        if peak.couplings_hz and max(peak.couplings_hz) > (_MAX_J_HZ if is_hetero else _MAX_J_HH_HZ)
    ]
    if too_large:
        notes.append(
            f"the coupling at {_format_shifts(too_large)} ppm is too large for two protons: to F or P, or a misprint?"
        )
    if surplus := [peak.ppm for peak in peaks if _has_surplus(peak)]:
        notes.append(f"more couplings at {_format_shifts(surplus)} ppm than the multiplicity has splittings")
    return notes


def _has_surplus(peak: Peak) -> bool:
    lines = splittings(peak.multiplicity)
    if not lines:
        return False
    splits = sum(count - 1 for count in lines)
    return len(peak.couplings_hz) > max(splits, 0)


def _format_shifts(shifts: Sequence[float]) -> str:
    """Format the first few shifts of a list."""
    text = ", ".join(f"{shift:g}" for shift in shifts[:_MAX_SHOWN_SHIFTS])
    return text + (f" and {len(shifts) - _MAX_SHOWN_SHIFTS} more" if len(shifts) > _MAX_SHOWN_SHIFTS else "")
