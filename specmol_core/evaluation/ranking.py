"""Rank the pools of a bench, and say how often the truth comes first."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from specmol_core.config import Geometry
from specmol_core.evaluation.bench import BenchQuery
from specmol_core.metrics import rank_of_truth
from specmol_core.model.matcher import MatchNetMatcher
from specmol_core.molecules.parse import parse_text
from specmol_core.retrieval.ranker import evidence_scores
from specmol_core.spectra.axis import PpmAxis
from specmol_core.spectra.peaks import Peak
from specmol_core.spectra.readers.sticks import render_peaks
from specmol_core.spectra.spectrum import Nucleus, Spectrum, SpectrumPair

__all__ = ["NUCLEI_SHOWN", "bench_pair", "network_ranks"]

NUCLEI_SHOWN = ("both", "13C", "1H")
_POINTS = {"1H": 32_768, "13C": 16_384}
_FREQUENCY = {"1H": 400.0, "13C": 100.6}
"""Field at which the listed multiplets are drawn (MHz); the benches seldom say their own."""


def bench_pair(query: BenchQuery, geometry: Geometry, shown: str = "both") -> SpectrumPair:
    """Spectra drawn from a query's listed signals, over the windows of the pictures.

    A nucleus that is not shown, or whose signals all lie outside, is missing.
    """
    peaks = {
        "1H": [Peak(ppm, count, None, mult, couplings, count) for ppm, count, mult, couplings in query.h1],
        "13C": [Peak(ppm, count, None) for ppm, count in query.c13],
    }
    drawn: dict[str, Spectrum | None] = {"1H": None, "13C": None}
    names: tuple[Nucleus, Nucleus] = ("1H", "13C")
    for nucleus in names:
        window = geometry.axis(nucleus)
        inside = [p for p in peaks[nucleus] if window.low < p.ppm < window.high]
        if inside and shown in ("both", nucleus):
            axis = PpmAxis(window.high, window.low, _POINTS[nucleus])
            trace = render_peaks(inside, nucleus, _FREQUENCY[nucleus], axis)
            drawn[nucleus] = Spectrum(nucleus, axis, trace, source=query.name)
    return SpectrumPair(drawn["1H"], drawn["13C"])


def network_ranks(
    queries: Sequence[BenchQuery], matcher: MatchNetMatcher, advance: Callable[[int], None] = lambda done: None
) -> tuple[dict[str, NDArray[np.int64]], float]:
    """Rank of each truth by nuclei shown (queries,), and the seconds per candidate for both nuclei.

    The spectra are drawn from the listed signals. A candidate outside of the model's elements ranks last.
    """
    ranks: dict[str, list[int]] = {name: [] for name in NUCLEI_SHOWN}
    seconds, candidates = 0.0, 0
    for number, query in enumerate(queries, 1):
        started = time.perf_counter()
        parsed = [parse_text(smiles, "smiles", 1_000) for smiles in query.pool]
        known = [i for i, p in enumerate(parsed) if not isinstance(p, str)]
        vectors = matcher.molecule_vectors([p.graph for p in parsed if not isinstance(p, str)]) if known else None
        for shown in NUCLEI_SHOWN:
            scores = np.full(len(query.pool), -np.inf)
            try:
                pair = bench_pair(query, matcher.geometry, shown)
            except ValueError:
                ranks[shown].append(len(query.pool))
                continue
            if vectors is not None:
                scores[known] = evidence_scores(matcher, *matcher.spectrum_vectors(pair), *vectors)
            ranks[shown].append(rank_of_truth(scores, query.pool.index(query.truth)))
            if shown == "both":
                seconds += time.perf_counter() - started
                candidates += len(query.pool)
        advance(number)
    return {name: np.array(found) for name, found in ranks.items()}, seconds / max(candidates, 1)
