"""Rank measured pairs of spectra against structures of the same formula."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from specmol_core.errors import DatasetError, SpectrumError
from specmol_core.evaluation.measured.raw_pairs import RawPair, load_spectrum
from specmol_core.evaluation.ranking.pools import CandidatePool, RankedQueries, rank_pool
from specmol_core.matcher.protocol import Matcher
from specmol_core.molecules.decoys import decoys_of
from specmol_core.runtime.child_processes import resolve
from specmol_core.spectra.analysis.analysis import AnalysedPair, analyse_pair
from specmol_core.spectra.canonical_image import write_plot
from specmol_core.spectra.spectrum import Spectrum, SpectrumPair

__all__ = ["MeasuredQuery", "as_read_from_plot", "measured_queries", "measured_ranks"]

_MAX_ATOMS = 1_000


@dataclass(frozen=True)
class MeasuredQuery:
    """One measured pair of spectra and its candidates."""

    compound: str
    """Name of the compound."""
    pool: tuple[str, ...]
    """SMILES without stereochemistry; the true compound is first."""
    spectra: SpectrumPair


def measured_queries(
    pairs: Sequence[RawPair], library: Path, count: int, parsers: Collection[str]
) -> list[MeasuredQuery]:
    """Queries of the measured pairs, each with the ``count`` most similar isomers of a library.

    Only structures that all models can express are used, so that all rank the same queries. Pairs of
    equal constitution count once, and pairs without an isomer in the library are left out.

    Parameters
    ----------
    parsers
        ``Matcher.parser`` of each model.

    Raises
    ------
    LibraryError
        If the library cannot be read.
    DatasetError
        If no pair is left.
    """
    parse = [resolve(parser) for parser in parsers]
    first: dict[str, RawPair] = {}
    for pair in pairs:
        if not any(isinstance(one(pair.group, "smiles", _MAX_ATOMS), str) for one in parse):
            first.setdefault(pair.group, pair)
    decoys = decoys_of(library, list(first), count) if first else {}
    queries = [
        MeasuredQuery(pair.compound, (truth, *decoys[truth]), SpectrumPair(pair.spectra["1H"], pair.spectra["13C"]))
        for truth, pair in first.items()
        if decoys[truth]
    ]
    if not queries:
        raise DatasetError(library, "holds no isomer of any measured structure that the model can express")
    return queries


def measured_ranks(
    queries: Sequence[MeasuredQuery],
    matcher: Matcher,
    *,
    transform: Callable[[Spectrum], Spectrum] = lambda spectrum: spectrum,
    advance: Callable[[int], None] = lambda done: None,
) -> RankedQueries:
    """Rank the true compound of each measured pair, with masking as in ``rank``.

    Parameters
    ----------
    transform
        Applied to each spectrum first; if it raises SpectrumError, the true compound ranks last.
    advance
        Called with the number of finished queries.
    """
    result = RankedQueries()
    for number, query in enumerate(queries, 1):
        started = time.perf_counter()
        pool = CandidatePool(matcher, query.pool, 0)
        pair: AnalysedPair | None = None
        try:
            h1, c13 = (None if s is None else transform(s) for s in (query.spectra.h1, query.spectra.c13))
            pair = analyse_pair(SpectrumPair(h1, c13))
        except SpectrumError:
            pass

        def spectra(shown: str, pair: AnalysedPair | None = pair) -> AnalysedPair | None:
            if pair is None:
                return None
            return AnalysedPair(pair.h1 if shown != "13C" else None, pair.c13 if shown != "1H" else None)

        rank_pool(result, pool, spectra, started)
        advance(number)
    return result


def as_read_from_plot(spectrum: Spectrum) -> Spectrum:
    """The spectrum as read from a plot of 3,000 x 600 pixels.

    Raises
    ------
    SpectrumError
        If the plot cannot be read.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "plot.png"
        write_plot(path, replace(spectrum, intensities=spectrum.magnitudes), 3000, 600)
        return load_spectrum(path, spectrum.nucleus)
