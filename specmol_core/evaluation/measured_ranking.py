"""Rank measured pairs of spectra against the structures of their formula."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from specmol_core.errors import DatasetError, SpectrumError
from specmol_core.evaluation.ranking import NUCLEI_SHOWN
from specmol_core.evaluation.raw_pairs import RawPair, load_spectrum
from specmol_core.evaluation.same_formula import decoys_of
from specmol_core.metrics import rank_of_truth
from specmol_core.model.matcher import MatchNetMatcher
from specmol_core.molecules.graph import MoleculeGraph
from specmol_core.molecules.parse import parse_text
from specmol_core.retrieval.ranker import evidence_scores
from specmol_core.spectra.analysis.mask import masked_pair
from specmol_core.spectra.picture import write_plot
from specmol_core.spectra.spectrum import Spectrum, SpectrumPair

__all__ = ["MeasuredQuery", "as_pictures", "measured_queries", "measured_ranks"]

_ATOMS = 1_000


class MeasuredQuery:
    """One measured pair and its candidates, the truth first."""

    def __init__(self, pair: RawPair, pool: Sequence[str], graphs: Sequence[MoleculeGraph]) -> None:
        self.compound = pair.compound
        self.pool = tuple(pool)
        self.graphs = tuple(graphs)
        self.spectra = SpectrumPair(pair.spectra["1H"], pair.spectra["13C"])


def measured_queries(pairs: Sequence[RawPair], library: Path, count: int) -> list[MeasuredQuery]:
    """Pairs whose structure the model can express, each with its ``count`` most similar isomers of the library.

    Pairs of one constitution count once, and a pair without an isomer in the library not at all.

    Raises
    ------
    LibraryError
        If the library cannot be read.
    DatasetError
        If no pair is left.
    """
    first: dict[str, RawPair] = {}
    for pair in pairs:
        if not isinstance(parse_text(pair.group, "smiles", _ATOMS), str):
            first.setdefault(pair.group, pair)
    decoys = decoys_of(library, list(first), count) if first else {}
    queries = []
    for truth, pair in first.items():
        parsed = {smiles: parse_text(smiles, "smiles", _ATOMS) for smiles in (truth, *decoys[truth])}
        known = {smiles: found.graph for smiles, found in parsed.items() if not isinstance(found, str)}
        if len(known) > 1:
            queries.append(MeasuredQuery(pair, list(known), list(known.values())))
    if not queries:
        raise DatasetError(library, "holds no isomer of any measured structure that the model can express")
    return queries


def measured_ranks(
    queries: Sequence[MeasuredQuery],
    matcher: MatchNetMatcher,
    *,
    change: Callable[[Spectrum], Spectrum] = lambda spectrum: spectrum,
    advance: Callable[[int], None] = lambda done: None,
) -> tuple[dict[str, NDArray[np.int64]], float]:
    """Rank of each truth by nuclei shown (queries,), and the seconds per candidate for both nuclei.

    Solvent and impurities are masked as ``rank`` does. ``change`` is applied to each spectrum first; where it raises
    SpectrumError the truth ranks last.
    """
    ranks: dict[str, list[int]] = {name: [] for name in NUCLEI_SHOWN}
    seconds, candidates = 0.0, 0
    for number, query in enumerate(queries, 1):
        started = time.perf_counter()
        vectors = matcher.molecule_vectors(query.graphs)
        pair: SpectrumPair | None = None
        try:
            h1, c13 = (None if s is None else change(s) for s in (query.spectra.h1, query.spectra.c13))
            pair = masked_pair(SpectrumPair(h1, c13))[0]
        except SpectrumError:
            pass
        for shown in NUCLEI_SHOWN:
            if pair is None:
                ranks[shown].append(len(query.pool))
                continue
            kept = SpectrumPair(pair.h1 if shown != "13C" else None, pair.c13 if shown != "1H" else None)
            scores = evidence_scores(matcher, *matcher.spectrum_vectors(kept), *vectors)
            ranks[shown].append(rank_of_truth(scores, 0))
            if shown == "both":
                seconds += time.perf_counter() - started
                candidates += len(query.pool)
        advance(number)
    return {name: np.array(found) for name, found in ranks.items()}, seconds / max(candidates, 1)


def as_pictures(spectrum: Spectrum) -> Spectrum:
    """The spectrum as it comes back from a plain plot of 3,000 x 600 pixels.

    Raises
    ------
    SpectrumError
        If the plot cannot be read.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "plot.png"
        write_plot(path, replace(spectrum, intensities=spectrum.magnitudes), 3000, 600)
        return load_spectrum(path, spectrum.nucleus)
