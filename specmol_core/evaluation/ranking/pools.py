"""Rank the candidate pools of a benchmark set by a model, with the posterior of each query."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from specmol_core.errors import SpectrumError
from specmol_core.evaluation.benchmark_set import BenchmarkQuery
from specmol_core.matcher.input_kind import kind_of
from specmol_core.matcher.judgement import RankingOutcome, ScoredCandidates
from specmol_core.matcher.protocol import EncodedQuery, Matcher
from specmol_core.metrics import rank_of_truth
from specmol_core.runtime.child_processes import resolve
from specmol_core.spectra.analysis.analysis import AnalysedPair, analyse_unmasked
from specmol_core.spectra.axis import PpmAxis
from specmol_core.spectra.geometry import Geometry
from specmol_core.spectra.peaks import Peak
from specmol_core.spectra.readers.lists.sticks import render_peaks
from specmol_core.spectra.spectrum import Nucleus, Spectrum, SpectrumPair

__all__ = [
    "NUCLEI_SHOWN",
    "CandidatePool",
    "PosteriorOutcome",
    "RankedQueries",
    "benchmark_spectra",
    "listed_peaks",
    "rank_benchmark",
    "rank_pool",
]

NUCLEI_SHOWN = ("both", "13C", "1H")
"""Nuclei by which each query is ranked."""
_TRACE_POINTS = {"1H": 32_768, "13C": 16_384}
"""Points of a drawn trace."""
_FREQUENCY_MHZ = {"1H": 400.0, "13C": 100.6}
"""Frequency at which multiplets of peak lists are drawn (MHz); benchmark sets seldom state
theirs."""
_MAX_ATOMS = 1_000
"""Most atoms of a candidate."""


@dataclass(frozen=True)
class PosteriorOutcome:
    """Posterior of one query, with the true compound among the candidates and without it."""

    truth_in_best_group: bool
    """Whether the true compound is in the best group."""
    probability: float
    """Probability of the best group."""
    verdict: RankingOutcome
    """Outcome with all candidates."""
    verdict_without_truth: RankingOutcome
    """Outcome without the true compound and the candidates indistinguishable from it."""
    kind: str = ""
    """Kind of input, see ``matcher.input_kind``."""
    gaps: NDArray[np.float64] = field(default_factory=lambda: np.zeros(1))
    """Score of the best group minus that of each group (groups,), rising (nats)."""
    sizes: NDArray[np.int64] = field(default_factory=lambda: np.ones(1, np.int64))
    """Number of candidates of each group (groups,)."""
    truth_group: int | None = None
    """Number of the true compound's group; None if the model cannot express it."""
    truth: str = ""
    """SMILES of the true compound."""


@dataclass
class RankedQueries:
    """Ranks of the true compounds of several queries."""

    ranks: dict[str, list[int]] = field(default_factory=lambda: {shown: [] for shown in NUCLEI_SHOWN})
    """Ranks by nuclei; a query without a nucleus has no rank for it."""
    solvents: list[str] = field(default_factory=list)
    """Solvent of each query that has a rank for both nuclei, as its spectra name it; else empty."""
    outcomes: dict[str, list[PosteriorOutcome]] = field(default_factory=lambda: {shown: [] for shown in NUCLEI_SHOWN})
    """Posteriors by nuclei; empty for a model without posterior."""
    seconds: float = 0.0
    """Total time for both nuclei (s)."""
    candidates: int = 0
    """Total number of candidates for both nuclei."""

    @property
    def posterior_outcomes(self) -> list[PosteriorOutcome]:
        """Posteriors for both nuclei; empty for a model without posterior."""
        return self.outcomes["both"]

    @property
    def milliseconds(self) -> float:
        """Time per candidate for both nuclei, with reading and embedding (ms)."""
        return 1000 * self.seconds / max(self.candidates, 1)


class CandidatePool:
    """Embedded candidates of one query; candidates that the model cannot express rank last."""

    def __init__(self, matcher: Matcher, smiles: Sequence[str], truth: int) -> None:
        self.matcher, self.smiles, self.truth = matcher, tuple(smiles), truth
        parse = resolve(matcher.parser)
        parsed = [parse(text, "smiles", _MAX_ATOMS) for text in smiles]
        self.expressible = [i for i, record in enumerate(parsed) if not isinstance(record, str)]
        graphs = [record.graph for record in parsed if not isinstance(record, str)]
        # The main part of a salt is first, as the model needs it.
        self._embedded = [record.smiles for record in parsed if not isinstance(record, str)]
        empty: tuple[list[bytes], NDArray[np.float16]] = ([], np.zeros((0, matcher.joint_width), np.float16))
        self.payloads, self.joint = matcher.embed(graphs) if graphs else empty
        self._latest: tuple[EncodedQuery, list[bytes]] | None = None

    def scores(self, query: EncodedQuery) -> NDArray[np.float64]:
        """Score (candidates,) of each candidate; minus infinity if the model cannot express it."""
        scores = np.full(len(self.smiles), -np.inf)
        if self.expressible:
            scores[self.expressible] = self.matcher.scores(query, self._payloads_for(query), self.joint)
        return scores

    def _payloads_for(self, query: EncodedQuery) -> list[bytes]:
        """Payloads for the conditions of the query; those of the latest query are kept."""
        if self._latest is None or self._latest[0] is not query:
            payloads = self.matcher.payloads_for(query, self._embedded)
            self._latest = query, self.payloads if payloads is None else payloads
        return self._latest[1]

    def posterior_outcomes(
        self, query: EncodedQuery, scores: NDArray[np.float64], kind: str = ""
    ) -> PosteriorOutcome | None:
        """Posterior with and without the true compound; None for a model without posterior."""
        indices = [i for i in self.expressible if np.isfinite(scores[i])]
        judgement = self._judge_candidates(query, scores, indices)
        if judgement is None:
            return None
        order, group, probability, verdict = judgement
        best = [i for i, g in zip(order, group, strict=True) if g == group[0]]
        truth_group = [g for i, g in zip(order, group, strict=True) if i == self.truth]
        rest = [i for i, g in zip(order, group, strict=True) if not truth_group or g != truth_group[0]]
        absent = self._judge_candidates(query, scores, rest)
        without = absent[3] if absent is not None else RankingOutcome("none fits", 0, 1.0)
        first = np.flatnonzero(np.diff(group, prepend=-1))
        gaps = scores[order[0]] - scores[[order[i] for i in first]]
        found = truth_group[0] if truth_group else None
        return PosteriorOutcome(
            self.truth in best,
            probability,
            verdict,
            without,
            kind,
            gaps,
            np.bincount(group),
            found,
            self.smiles[self.truth],
        )

    def _judge_candidates(
        self, query: EncodedQuery, scores: NDArray[np.float64], indices: Sequence[int]
    ) -> tuple[list[int], list[int], float, RankingOutcome] | None:
        if not indices:
            return None
        ordered = sorted(indices, key=lambda i: (-scores[i], i))
        stored = dict(zip(self.expressible, self._payloads_for(query), strict=True))
        names = dict(zip(self.expressible, self._embedded, strict=True))
        shown = ScoredCandidates(lambda p: names[ordered[p]], lambda p: bytes(stored[ordered[p]]))
        judgement = self.matcher.judge(query, scores[ordered], shown)
        if judgement.verdict is None:
            return None
        return (
            [ordered[p] for p in judgement.order],
            judgement.group.tolist(),
            float(judgement.probability[0]),
            judgement.verdict,
        )


def _named_solvent(pair: AnalysedPair | None) -> str:
    analyses = () if pair is None else pair.analyses
    return next((analysis.spectrum.solvent for analysis in analyses if analysis.spectrum.solvent), "")


def listed_peaks(query: BenchmarkQuery) -> dict[Nucleus, list[Peak]]:
    """Peak lists of a query, by nucleus."""
    return {
        "1H": [Peak(ppm, count, None, mult, couplings, count) for ppm, count, mult, couplings in query.h1],
        # Numbers of nuclei mark a peak list from a paper, which does not contain the solvent.
        "13C": [Peak(ppm, count, None, protons=count) for ppm, count in query.c13],
    }


def benchmark_spectra(query: BenchmarkQuery, geometry: Geometry, shown: str = "both") -> SpectrumPair:
    """Spectra drawn from the peak lists of a query over the windows of the geometry.

    A nucleus is missing if it is not in ``shown`` or has no signals inside its window.
    """
    peaks = listed_peaks(query)
    drawn: dict[str, Spectrum | None] = {"1H": None, "13C": None}
    names: tuple[Nucleus, Nucleus] = ("1H", "13C")
    for nucleus in names:
        window = geometry.axis(nucleus)
        inside = tuple(p for p in peaks[nucleus] if window.low < p.ppm < window.high)
        if inside and shown in ("both", nucleus):
            axis = PpmAxis(window.high, window.low, _TRACE_POINTS[nucleus])
            trace = render_peaks(inside, nucleus, _FREQUENCY_MHZ[nucleus], axis)
            drawn[nucleus] = Spectrum(
                nucleus, axis, trace, source=query.name, solvent=query.solvent or None, peaks=inside
            )
    return SpectrumPair(drawn["1H"], drawn["13C"])


def rank_pool(
    result: RankedQueries, pool: CandidatePool, spectra: Callable[[str], AnalysedPair | None], started: float
) -> None:
    """Rank one query by both nuclei and by each alone, and add the ranks to ``result``.

    Parameters
    ----------
    spectra
        Function that gives the spectra of some nuclei; None if they cannot be read, and the truth
        then ranks last. It raises ValueError if the query has no such spectrum.
    started
        Time of ``time.perf_counter`` before the candidates were read (s).
    """
    for shown in NUCLEI_SHOWN:
        try:
            pair = spectra(shown)
        except ValueError:
            continue
        if shown == "both":
            result.solvents.append(_named_solvent(pair))
        if pair is None:
            result.ranks[shown].append(len(pool.smiles))
            continue
        query = pool.matcher.query(pair)
        scores = pool.scores(query)
        result.ranks[shown].append(rank_of_truth(scores, pool.truth))
        if shown == "both":
            result.seconds += time.perf_counter() - started
            result.candidates += len(pool.smiles)
        outcome = pool.posterior_outcomes(query, scores, kind_of(pair))
        result.outcomes[shown] += [] if outcome is None else [outcome]


def rank_benchmark(
    queries: Sequence[BenchmarkQuery],
    matcher: Matcher,
    *,
    transform: Callable[[Spectrum], Spectrum] = lambda spectrum: spectrum,
    advance: Callable[[int], None] = lambda done: None,
) -> RankedQueries:
    """Rank the true compound of each query of a benchmark set.

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
        pool = CandidatePool(matcher, query.pool, query.pool.index(query.truth))

        def spectra(shown: str, query: BenchmarkQuery = query) -> AnalysedPair | None:
            pair = benchmark_spectra(query, matcher.geometry, shown)
            try:
                return analyse_unmasked(
                    SpectrumPair(*(None if s is None else transform(s) for s in (pair.h1, pair.c13)))
                )
            except SpectrumError:
                return None

        rank_pool(result, pool, spectra, started)
        advance(number)
    return result
