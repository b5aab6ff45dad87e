"""What looks wrong in a list of peaks that somebody typed."""

from __future__ import annotations

from collections.abc import Sequence

from specmol_core.errors import SpectrumError
from specmol_core.spectra.peaks import Peak
from specmol_core.spectra.readers.source import NucleusError, Request, SourceFile
from specmol_core.spectra.readers.text.multiplicity import splittings
from specmol_core.spectra.spectrum import Nucleus

__all__ = ["check_nucleus", "doubts"]

_USUAL: dict[Nucleus, tuple[float, float]] = {"1H": (-5.0, 20.0), "13C": (-25.0, 240.0)}
"""Range of nearly all organic compounds, hydrides and carbene complexes left out (ppm)."""
_LARGEST_HH = 25.0
"""No coupling of two protons is larger (Hz): geminal ones reach 21."""
_LARGEST = 1500.0
_SHARE = 0.25
"""Share of shifts outside the usual range above which a list belongs to another nucleus."""
_MOST_NAMED = 4


def check_nucleus(peaks: Sequence[Peak], source: SourceFile, request: Request, stated: str) -> None:
    """Refuse a list that cannot be of the wanted nucleus.

    Parameters
    ----------
    stated
        The nucleus that the text names; empty for none.

    Raises
    ------
    NucleusError
        If it is the list of the other one of 1H and 13C.
    SpectrumError
        If its shifts are of no nucleus that is read.
    """
    low, high = _USUAL[request.nucleus]
    outside = [peak.ppm for peak in peaks if not low <= peak.ppm <= high]
    said = f"is headed {stated}, but" if stated else "names no nucleus, and"
    if request.nucleus == "1H" and len(outside) > _SHARE * len(peaks) and max(map(abs, outside)) <= 260:
        raise NucleusError(
            source.path,
            f"{said} {len(outside)} of its {len(peaks)} shifts are beyond {high:g} ppm: a 13C list in --h1? "
            "swap --h1 and --c13, or correct the shifts",
            "13C",
        )
    if len(outside) > _SHARE * len(peaks):
        raise SpectrumError(
            source.path, f"{said} {_named(outside)} ppm are no {request.nucleus} shifts: check the unit"
        )
    split = sum(1 for peak in peaks if peak.multiplicity)
    narrow = max(peak.ppm for peak in peaks) <= 16
    if request.nucleus == "13C" and not stated and narrow and len(peaks) > 1 and split > len(peaks) / 2:
        raise NucleusError(
            source.path,
            f"{said} its shifts end at 16 ppm and have multiplicities: a 1H list in --c13? swap --h1 and --c13",
            "1H",
        )


def doubts(peaks: Sequence[Peak], nucleus: Nucleus, hetero: Sequence[bool] = ()) -> list[str]:
    """What is doubtful in a list of peaks, one sentence each.

    Parameters
    ----------
    hetero
        For each peak, whether a coupling of it is said to be to another element than hydrogen.
    """
    notes = []
    low, high = _USUAL[nucleus]
    if outside := [peak.ppm for peak in peaks if not low <= peak.ppm <= high]:
        notes.append(f"{_named(outside)} ppm: outside the usual {nucleus} range of {low:g} to {high:g} ppm")
    if nucleus == "13C":
        if len(peaks) > 1 and max(peak.ppm for peak in peaks) <= 16:
            notes.append("no shift is above 16 ppm: is it a 1H list in --c13?")
        return notes
    counted = [peak for peak in peaks if peak.protons is not None]
    if odd := [peak.ppm for peak in counted if not float(peak.protons or 0).is_integer()]:
        notes.append(f"the number of protons at {_named(odd)} ppm is not whole: a mixture, or a measured integral?")
    if counted and len(counted) < len(peaks):
        silent = [peak.ppm for peak in peaks if peak.protons is None]
        notes.append(f"no number of protons at {_named(silent)} ppm: drawn as one")
    hetero = hetero or [False] * len(peaks)
    wide = [
        peak.ppm
        for peak, other in zip(peaks, hetero, strict=True)
        if peak.couplings_hz and max(peak.couplings_hz) > (_LARGEST if other else _LARGEST_HH)
    ]
    if wide:
        notes.append(f"the coupling at {_named(wide)} ppm is too large for two protons: to F or P, or a misprint?")
    if surplus := [peak.ppm for peak in peaks if _has_surplus(peak)]:
        notes.append(f"more couplings at {_named(surplus)} ppm than the multiplicity has splittings")
    return notes


def _has_surplus(peak: Peak) -> bool:
    lines = splittings(peak.multiplicity)
    if not lines:
        return False
    splits = sum(count - 1 for count in lines)
    return len(peak.couplings_hz) > max(splits, 0)


def _named(shifts: Sequence[float]) -> str:
    """The first few shifts of a list."""
    text = ", ".join(f"{shift:g}" for shift in shifts[:_MOST_NAMED])
    return text + (f" and {len(shifts) - _MOST_NAMED} more" if len(shifts) > _MOST_NAMED else "")
