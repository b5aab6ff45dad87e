"""Read the spectra of nmrshiftdb2 entries: ``17.6;0.0Q;9|18.3;0.0Q;8|``, shift, intensity with multiplicity, atom."""

from __future__ import annotations

import re
from collections import Counter

from specmol_core.spectra.peaks import Peak
from specmol_core.spectra.readers.lists.carbon_types import hydrogens_of_letter
from specmol_core.spectra.readers.text.multiplicity import multiplicity_of

__all__ = ["shiftdb_entries", "shiftdb_peaks"]

_NUMBER = r"-?\d{1,4}(?:\.\d{1,6})?"
_ENTRY = re.compile(rf"({_NUMBER});\s?(?:{_NUMBER})?([A-Za-z]{{0,8}});[\d, ]{{0,200}}")
_SPECTRUM = re.compile(rf"\s*(?:{_ENTRY.pattern}\s?(?:\|\s*|$)){{1,1000}}")


def shiftdb_entries(text: str) -> list[tuple[str, str, int]]:
    """Return shift, multiplicity and number of atoms of each signal; nothing for any other text.

    >>> shiftdb_entries("129.7;0.0D;3|129.7;0.0D;5|60.3;0.0T;9|")
    [('129.7', 'd', 2), ('60.3', 't', 1)]
    """
    if _SPECTRUM.fullmatch(text) is None:
        return []
    counts = Counter((ppm, multiplicity_of(letters)) for ppm, letters in _ENTRY.findall(text))
    return [(ppm, multiplicity, count) for (ppm, multiplicity), count in counts.items()]


def shiftdb_peaks(text: str, nucleus: str) -> tuple[Peak, ...]:
    """Return the peaks of a spectrum; nothing for any other text.

    The atoms of 1H entries are protons or the atoms that carry them, so that they give no number of protons.
    """
    return tuple(
        Peak(
            float(ppm),
            float(count),
            None,
            multiplicity,
            protons=float(count) if nucleus == "13C" and count > 1 else None,
            hydrogens=hydrogens_of_letter(multiplicity) if nucleus == "13C" else (),
        )
        for ppm, multiplicity, count in shiftdb_entries(text)
    )
