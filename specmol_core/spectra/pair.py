"""Read the two spectra of one compound."""

from __future__ import annotations

from collections.abc import Callable

from specmol_core.errors import SpectrumError
from specmol_core.spectra.readers.sentence.inline import SpectrumSource
from specmol_core.spectra.readers.source import NucleusError
from specmol_core.spectra.spectrum import Nucleus, Spectrum, SpectrumPair

__all__ = ["read_pair"]


def read_pair(
    h1: SpectrumSource | None, c13: SpectrumSource | None, read: Callable[[SpectrumSource, Nucleus], Spectrum]
) -> SpectrumPair:
    """Read a pair of spectra; one error reports two files that are the wrong way round.

    Parameters
    ----------
    read
        Reads one file as the spectrum of one nucleus.

    Raises
    ------
    SpectrumError
        If a file is unreadable, or holds the other nucleus.
    """
    try:
        proton = read(h1, "1H") if h1 is not None else None
    except NucleusError as error:
        if h1 is None or c13 is None or error.found_nucleus != "13C" or _nucleus_of_file(c13, read) != "1H":
            raise
        raise SpectrumError(
            str(h1),
            f"is the 13C spectrum, and {c13} the 1H spectrum: --h1 and --c13 are the wrong way round; swap them",
        ) from None
    return SpectrumPair(proton, read(c13, "13C") if c13 is not None else None)


def _nucleus_of_file(source: SpectrumSource, read: Callable[[SpectrumSource, Nucleus], Spectrum]) -> str:
    """Nucleus of a file that was given as 13C; empty where the file is unreadable."""
    try:
        return read(source, "13C").nucleus
    except NucleusError as error:
        return error.found_nucleus
    except SpectrumError:
        return ""
