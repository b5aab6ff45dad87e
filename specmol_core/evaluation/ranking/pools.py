"""Rank the pools of a bench, and say how often the truth comes first and how far the probabilities can be trusted."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from specmol_core.errors import SpectrumError
from specmol_core.evaluation.benchmark_set import BenchQuery
from specmol_core.matcher.judgement import Candidates, Verdict
from specmol_core.matcher.protocol import Matcher, Query
from specmol_core.metrics import rank_of_truth
from specmol_core.molecules.worker import resolve
from specmol_core.spectra.axis import PpmAxis
from specmol_core.spectra.geometry import Geometry
from specmol_core.spectra.peaks import Peak
from specmol_core.spectra.readers.lists.sticks import render_peaks
from specmol_core.spectra.spectrum import Nucleus, Spectrum, SpectrumPair

__all__ = ["NUCLEI_SHOWN", "Judged", "Pool", "RankedQueries", "bench_pair", "bench_ranks", "listed_peaks", "rank_pool"]

NUCLEI_SHOWN = ("both", "13C", "1H")
_POINTS = {"1H": 32_768, "13C": 16_384}
_FREQUENCY = {"1H": 400.0, "13C": 100.6}
"""Field at which the listed multiplets are drawn (MHz); the benches seldom say their own."""
_ATOMS = 1_000


@dataclass(frozen=True)
class Judged:
    """What the posterior of one query came to, with the truth among the candidates and without it."""

    right: bool
    """Whether the truth is in the best group."""
    probability: float
    """Of the best group."""
    verdict: Verdict
    without: Verdict
    """Of the same candidates without the truth and what cannot be told from it."""


@dataclass
class RankedQueries:
    """Ranks of the truths of several queries."""

    ranks: dict[str, list[int]] = field(default_factory=lambda: {shown: [] for shown in NUCLEI_SHOWN})
    """By nuclei shown; a query that lacks a nucleus has no rank there."""
    judged: list[Judged] = field(default_factory=list)
    """By both nuclei; empty for a model without posterior."""
    seconds: float = 0.0
    candidates: int = 0

    @property
    def milliseconds(self) -> float:
        """Time per candidate, reading and embedding included, for both nuclei (ms)."""
        return 1000 * self.seconds / max(self.candidates, 1)


class Pool:
    """Candidates of one query, read and embedded; one that the model cannot express ranks last."""

    def __init__(self, matcher: Matcher, smiles: Sequence[str], truth: int) -> None:
        self.matcher, self.smiles, self.truth = matcher, tuple(smiles), truth
        parse = resolve(matcher.parser)
        parsed = [parse(text, "smiles", _ATOMS) for text in smiles]
        self.known = [i for i, one in enumerate(parsed) if not isinstance(one, str)]
        graphs = [one.graph for one in parsed if not isinstance(one, str)]
        nothing: tuple[list[bytes], NDArray[np.float16]] = ([], np.zeros((0, matcher.joint_width), np.float16))
        self.evidence, self.joint = matcher.embed(graphs) if graphs else nothing

    def scores(self, query: Query) -> NDArray[np.float64]:
        """Score (candidates,) of each; minus infinity of one that the model cannot express."""
        scores = np.full(len(self.smiles), -np.inf)
        if self.known:
            scores[self.known] = self.matcher.scores(query, self.evidence, self.joint)
        return scores

    def judged(self, query: Query, scores: NDArray[np.float64]) -> Judged | None:
        """What the posterior comes to; None for a model without one."""
        places = [i for i in self.known if np.isfinite(scores[i])]
        told = self._judge(query, scores, places)
        if told is None:
            return None
        order, group, probability, verdict = told
        best = [i for i, g in zip(order, group, strict=True) if g == group[0]]
        own = [g for i, g in zip(order, group, strict=True) if i == self.truth]
        rest = [i for i, g in zip(order, group, strict=True) if not own or g != own[0]]
        absent = self._judge(query, scores, rest)
        without = absent[3] if absent is not None else Verdict("none fits", 0, 1.0)
        return Judged(self.truth in best, probability, verdict, without)

    def _judge(
        self, query: Query, scores: NDArray[np.float64], places: Sequence[int]
    ) -> tuple[list[int], list[int], float, Verdict] | None:
        if not places:
            return None
        ordered = sorted(places, key=lambda i: (-scores[i], i))
        stored = dict(zip(self.known, self.evidence, strict=True))
        shown = Candidates(lambda p: self.smiles[ordered[p]], lambda p: bytes(stored[ordered[p]]))
        told = self.matcher.judge(query, scores[ordered], shown)
        if told.verdict is None:
            return None
        return [ordered[p] for p in told.order], told.group.tolist(), float(told.probability[0]), told.verdict


def listed_peaks(query: BenchQuery) -> dict[Nucleus, list[Peak]]:
    """The signals of a query, by nucleus."""
    return {
        "1H": [Peak(ppm, count, None, mult, couplings, count) for ppm, count, mult, couplings in query.h1],
        # With numbers of nuclei they are a list as papers print it, in which no line is the solvent's.
        "13C": [Peak(ppm, count, None, protons=count) for ppm, count in query.c13],
    }


def bench_pair(query: BenchQuery, geometry: Geometry, shown: str = "both") -> SpectrumPair:
    """Spectra of a query's listed signals, with the lists, drawn over the windows of the pictures.

    A nucleus that is not shown, or whose signals all lie outside, is missing.
    """
    peaks = listed_peaks(query)
    drawn: dict[str, Spectrum | None] = {"1H": None, "13C": None}
    names: tuple[Nucleus, Nucleus] = ("1H", "13C")
    for nucleus in names:
        window = geometry.axis(nucleus)
        inside = tuple(p for p in peaks[nucleus] if window.low < p.ppm < window.high)
        if inside and shown in ("both", nucleus):
            axis = PpmAxis(window.high, window.low, _POINTS[nucleus])
            trace = render_peaks(inside, nucleus, _FREQUENCY[nucleus], axis)
            drawn[nucleus] = Spectrum(nucleus, axis, trace, source=query.name, peaks=inside)
    return SpectrumPair(drawn["1H"], drawn["13C"])


def rank_pool(result: RankedQueries, pool: Pool, spectra: Callable[[str], SpectrumPair | None], started: float) -> None:
    """Rank one query by both nuclei and by each alone, and add what it comes to.

    Parameters
    ----------
    spectra
        The pair of some nuclei; None where the query cannot be read, so that the truth ranks last. Raises ValueError
        where the query has no such spectrum.
    started
        When the reading of the candidates began (s, ``time.perf_counter``).
    """
    for shown in NUCLEI_SHOWN:
        try:
            pair = spectra(shown)
        except ValueError:
            continue
        if pair is None:
            result.ranks[shown].append(len(pool.smiles))
            continue
        query = pool.matcher.query(pair)
        scores = pool.scores(query)
        result.ranks[shown].append(rank_of_truth(scores, pool.truth))
        if shown == "both":
            result.seconds += time.perf_counter() - started
            result.candidates += len(pool.smiles)
            judged = pool.judged(query, scores)
            result.judged += [] if judged is None else [judged]


def bench_ranks(
    queries: Sequence[BenchQuery],
    matcher: Matcher,
    *,
    change: Callable[[Spectrum], Spectrum] = lambda spectrum: spectrum,
    advance: Callable[[int], None] = lambda done: None,
) -> RankedQueries:
    """Rank the truth of each query of a bench.

    ``change`` is applied to each spectrum first; where it raises SpectrumError the truth ranks last.
    """
    result = RankedQueries()
    for number, query in enumerate(queries, 1):
        started = time.perf_counter()
        pool = Pool(matcher, query.pool, query.pool.index(query.truth))

        def spectra(shown: str, query: BenchQuery = query) -> SpectrumPair | None:
            pair = bench_pair(query, matcher.geometry, shown)
            try:
                return SpectrumPair(*(None if s is None else change(s) for s in (pair.h1, pair.c13)))
            except SpectrumError:
                return None

        rank_pool(result, pool, spectra, started)
        advance(number)
    return result
