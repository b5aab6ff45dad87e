"""The time from one scan to the next, from the parameters that Bruker's programs write into JCAMP-DX files."""

from __future__ import annotations

from specmol_core.spectra.readers.instruments.bruker_parameters import BrukerParameters, repetition_s
from specmol_core.spectra.readers.jcamp.records import Block

__all__ = ["block_repetition_s"]

_NAMES = {"D": "$D", "TD": "$TD", "SW_h": "$SWH", "NS": "$NS", "DS": "$DS"}
"""Names of Bruker's parameters, and their labels in a block."""


def block_repetition_s(block: Block) -> float | None:
    """Return the time from one scan to the next (s); None for a single scan, and where it is unknown.

    JCAMP-DX itself defines no label for the delay between scans.
    """
    return repetition_s(BrukerParameters({name: block.text(label) for name, label in _NAMES.items()}))
