"""Frequency and solvent, from the words between the heading of a sentence and its first shift."""

from __future__ import annotations

import re
from dataclasses import dataclass

from specmol_core.spectra.reference.solvents import solvent_named
from specmol_core.spectra.spectrum import C13_FREQUENCY_RATIO

__all__ = ["Conditions", "conditions", "observed_frequency"]

_FREQUENCY = re.compile(r"(?<![\d.])(\d{2,4}(?:[.,]\d{1,4})?)\s?-?\s?(MHz|MHZ|Mhz|mhz|Mz|MH|Hz)(?![A-Za-z])")
_RANGE_MHZ = {"1H": (20.0, 1300.0), "13C": (5.0, 330.0)}
_MIN_PROTON_FREQUENCY_MHZ = 270.0
"""A frequency of a 13C spectrum above this is the 1H frequency; only the few magnets of 28 T give
more for 13C."""
_LOW_FIELDS_MHZ = ((42.0, 44.0), (59.0, 61.9), (79.5, 82.5))
"""1H frequencies of benchtop spectrometers that are the 13C frequency of no usual magnet."""
_PARTS = re.compile(r"[,;:=]|\bin\b|\bat\b|\band\b|\bwith\b|δ|\d{2,4}(?:[.,]\d+)?\s?-?\s?M?Hz-?|\s-\s")
_DEUTERATED = re.compile(
    r"[A-Za-z(][\w()]{0,14}\s?-\s?d\s?\d{0,2}|(?:\[D\s?\d{0,2}\]|d\d{1,2}-)\s?-?[A-Za-z]{3,12}"
    r"|C\s?\d?\s?D\s?\d?[\w ]{0,8}|"
    r"DMSO|D\s?2\s?O|MeOD|CDCl\s?3|THF|TFA"
)
_MAX_NAME_LENGTH = 40


@dataclass(frozen=True)
class Conditions:
    """How a spectrum was measured."""

    frequency_mhz: float | None
    """Larmor frequency of the nucleus (MHz)."""
    solvent: str | None
    """Usual name of a known solvent, else as written; None where none is stated."""
    warnings: tuple[str, ...] = ()


def conditions(preamble: str, nucleus: str) -> Conditions:
    """Parse frequency and solvent from text such as ``(400 MHz, CDCl3) δ``.

    Parameters
    ----------
    preamble
        Plain text from the heading to the first shift.

    Examples
    --------
    >>> conditions("(400 MHz, CDCl3) δ", "1H")
    Conditions(frequency_mhz=400.0, solvent='CDCl3', warnings=())
    """
    notes: list[str] = []
    return Conditions(_frequency(preamble, nucleus, notes), _solvent(preamble), tuple(notes))


def _frequency(preamble: str, nucleus: str, notes: list[str]) -> float | None:
    for match in _FREQUENCY.finditer(preamble):
        value = float(match[1].replace(",", "."))
        low, high = _RANGE_MHZ.get(nucleus, (1.0, 2000.0))
        observed, note = observed_frequency(value, nucleus)
        if low <= observed <= high:
            notes += note
            return observed
    return None


def observed_frequency(mhz: float, nucleus: str) -> tuple[float, list[str]]:
    """Return the frequency of a nucleus that people write as that or as the 1H frequency (MHz), and a note.

    >>> observed_frequency(80.0, "13C")
    (20.12, ["80 MHz is the spectrometer's 1H frequency: 20.1 MHz was used"])
    """
    is_proton = _MIN_PROTON_FREQUENCY_MHZ <= mhz <= _RANGE_MHZ["1H"][1] or any(
        low <= mhz <= high for low, high in _LOW_FIELDS_MHZ
    )
    if nucleus != "13C" or not is_proton:
        return mhz, []
    used = C13_FREQUENCY_RATIO * mhz
    return round(used, 2), [f"{mhz:g} MHz is the spectrometer's 1H frequency: {used:.1f} MHz was used"]


def _solvent(preamble: str) -> str | None:
    """Name of the first solvent in the preamble; None for none."""
    parts = [" ".join(part.split()) for part in _PARTS.split(preamble[:2000])]
    for part in parts:
        for name in (part, part.strip("()[] "), part.strip("([ "), re.sub(r"[\s-]", "", part).strip("()[]")):
            if 2 < len(name) <= _MAX_NAME_LENGTH and (known := solvent_named(name)) is not None:
                return known.name
    for deuterated_match in _DEUTERATED.finditer(preamble[:2000]):
        known = solvent_named(deuterated_match[0]) or solvent_named(re.sub(r"\s", "", deuterated_match[0]))
        if known is not None:
            return known.name
    for part in parts:
        if (match := re.search(r"[A-Za-z][\w-]{1,20}-d\d{0,2}\b", part)) is not None:
            return match[0]
    return None
