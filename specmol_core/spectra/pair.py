"""Read the two spectra of one compound."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from specmol_core.errors import SpectrumError, UsageError
from specmol_core.spectra.readers.sentence.inline import SpectrumSource
from specmol_core.spectra.readers.source import NucleusError
from specmol_core.spectra.spectrum import NUCLEI, Nucleus, Spectrum, SpectrumPair

__all__ = ["read_pair"]


def read_pair(
    h1: SpectrumSource | None,
    c13: SpectrumSource | None,
    read: Callable[[SpectrumSource, Nucleus], Spectrum],
    sample: SpectrumSource | None = None,
) -> SpectrumPair:
    """Read a pair of spectra; one error reports two files that are the wrong way round.

    Parameters
    ----------
    read
        Reads one file as the spectrum of one nucleus.
    sample
        A folder, an archive, a file or a text that holds the spectra that are not given: one of each
        nucleus, or of one.

    Raises
    ------
    SpectrumError
        If a file is unreadable, or holds the other nucleus; if a sample holds a spectrum of neither
        nucleus, or several of one.
    UsageError
        If a sample holds one spectrum without saying of which nucleus.
    """
    if sample is not None:
        return _read_sample(sample, {"1H": h1, "13C": c13}, read)
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


def _read_sample(
    sample: SpectrumSource,
    given: Mapping[Nucleus, SpectrumSource | None],
    read: Callable[[SpectrumSource, Nucleus], Spectrum],
) -> SpectrumPair:
    spectra: dict[Nucleus, Spectrum] = {}
    errors: list[SpectrumError] = []
    for nucleus in NUCLEI:
        try:
            spectra[nucleus] = read(given[nucleus] or sample, nucleus)
        except SpectrumError as error:
            errors.append(error)
            if given[nucleus]:
                raise
    # That the sample lacks a nucleus is an error only if it lacks the other one, too.
    serious = [error for error in errors if not isinstance(error, NucleusError)]
    if serious or not spectra:
        raise (serious or errors)[0]
    if len(spectra) == len(NUCLEI) and not any(given.values()) and _is_same_measurement(*spectra.values()):
        raise UsageError(f"{sample}: does not say whether it is a 1H or a 13C spectrum; give it as --h1 or as --c13")
    return SpectrumPair(spectra.get("1H"), spectra.get("13C"))


def _is_same_measurement(first: Spectrum, second: Spectrum) -> bool:
    """Whether two spectra, read as different nuclei, are one: no magnet has one frequency for both."""
    if first.frequency_mhz is not None and first.frequency_mhz == second.frequency_mhz:
        return True
    if first.peaks or second.peaks:
        return [peak.ppm for peak in first.peaks] == [peak.ppm for peak in second.peaks]
    return np.array_equal(first.intensities, second.intensities)
