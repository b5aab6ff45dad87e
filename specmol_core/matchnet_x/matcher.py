"""The matchnet-x matcher: scores predicted lines of molecules against observed signals."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from specmol_core.errors import UsageError
from specmol_core.matcher.advice import Advice
from specmol_core.matcher.assignment import Assignment
from specmol_core.matcher.components import ComponentOutcome, KnownCompound, ResidualSignals
from specmol_core.matcher.judgement import Judgement, ScoredCandidates
from specmol_core.matcher.scores import rounded_scores
from specmol_core.matchnet_x.assign import assign, reading_notes
from specmol_core.matchnet_x.components.known import without_known
from specmol_core.matchnet_x.components.minor import rest_scores
from specmol_core.matchnet_x.components.outcome import outcome_of
from specmol_core.matchnet_x.components.residual import read_rest
from specmol_core.matchnet_x.components.search import best_sets
from specmol_core.matchnet_x.groups import judge
from specmol_core.matchnet_x.joint_vectors import JOINT_WIDTH, candidate_vectors, query_vector
from specmol_core.matchnet_x.likelihood import LikelihoodModel, log_likelihood_ratios
from specmol_core.matchnet_x.misfit import none_features
from specmol_core.matchnet_x.next_experiment import advise
from specmol_core.matchnet_x.observed_signals import Observed, observed_pair
from specmol_core.matchnet_x.posterior import Posterior, PosteriorModel
from specmol_core.matchnet_x.predicted_lines import pack_lines, predicted_lines
from specmol_core.matchnet_x.refine import Refiner
from specmol_core.matchnet_x.salt_lines import PartShifts, joined_lines, with_known_shifts
from specmol_core.matchnet_x.unexplained import strong_unexplained, with_unexplained
from specmol_core.molecules.graph import MoleculeGraph
from specmol_core.shifts.conventions import network_solvent
from specmol_core.shifts.predictor import ShiftBackend, ShiftPredictor
from specmol_core.shifts.records import PARSER, shift_graphs
from specmol_core.shifts.salts import SaltPart, parts_of_graphs, parts_of_smiles
from specmol_core.spectra.analysis.analysis import AnalysedPair
from specmol_core.spectra.geometry import Geometry

__all__ = ["MatchNetXMatcher", "ObservedQuery", "ScoreFactors"]

_PAYLOAD_FORMAT = "lines-6"
"""Version of the payload and of the joint space."""
EMBEDDING_SOLVENT = "CDCl3"
"""Solvent in which the lines of payloads from ``embed`` are predicted."""


@dataclass(frozen=True)
class ScoreFactors:
    """Factors (inverse temperatures) on the log-likelihood ratios of 13C and 1H."""

    single: tuple[float, float]
    """For one spectrum, from a peak list."""
    paired: tuple[float, float]
    """For a pair of spectra, from peak lists."""
    single_trace: tuple[float, float]
    """For one spectrum, from a trace."""
    paired_trace: tuple[float, float]
    """For a pair of spectra, from traces."""

    def factors_for(self, observed: Sequence[Observed]) -> list[float]:
        """The factor of each of these spectra."""
        from_peak_list, is_pair = all(o.from_peak_list for o in observed), len(observed) > 1
        single, paired = (self.single, self.paired) if from_peak_list else (self.single_trace, self.paired_trace)
        pair = paired if is_pair else single
        return [pair[o.nucleus == "1H"] for o in observed]


@dataclass(frozen=True)
class ObservedQuery:
    """Signals of a query: one or two spectra."""

    observed: tuple[Observed, ...]
    joint: NDArray[np.float32]
    """Vector of the joint space (joint_width,)."""
    is_rest: bool = False
    """Whether signals of known compounds were taken from the spectra."""

    @property
    def solvents(self) -> tuple[str, str]:
        """Solvents of the network for 13C and 1H.

        A spectrum whose solvent is unknown has that of the other spectrum. If both are unknown, the
        solvent is CDCl3, in which the lines of ``embed`` are predicted.
        """
        named = {o.nucleus: o.solvent for o in self.observed}
        known = next((name for name in named.values() if name), EMBEDDING_SOLVENT)
        carbon, proton = (network_solvent(named.get(nucleus) or known) for nucleus in ("13C", "1H"))
        return carbon, proton


class MatchNetXMatcher:
    """A shift predictor with a likelihood model.

    Attributes
    ----------
    id
        sha256 of the hashes of checkpoint and predictor.
    embedding_id
        sha256 of the predictor's hash and the payload format; caches stay valid if only the
        likelihood model changes.
    """

    model = "matchnet-x"
    parser = PARSER
    joint_width = JOINT_WIDTH
    elements = ("H", "B", "C", "N", "O", "F", "Si", "P", "S", "Cl", "Se", "Br", "I")
    device = "cpu"

    def __init__(
        self,
        predictor: ShiftPredictor,
        likelihood_model: LikelihoodModel,
        weights: ScoreFactors,
        posterior: PosteriorModel,
        digest: str,
        posterior_trace: PosteriorModel | None = None,
    ) -> None:
        self.id = digest
        self.embedding_id = hashlib.sha256(f"{_PAYLOAD_FORMAT}:{predictor.digest}".encode()).hexdigest()
        self.geometry = Geometry()
        self.predictor, self.likelihood_model = predictor, likelihood_model
        self.weights = weights
        self.posterior = posterior
        self.posterior_trace = posterior if posterior_trace is None else posterior_trace

    def embed(self, graphs: Sequence[MoleculeGraph]) -> tuple[list[bytes], NDArray[np.float16]]:
        """Payload of each molecule, and vectors of the joint space (molecules, joint_width)."""
        lines = self._payloads(parts_of_graphs(shift_graphs(graphs)), (EMBEDDING_SOLVENT, EMBEDDING_SOLVENT))
        return lines, candidate_vectors(lines)

    def payloads_for(self, query: ObservedQuery, smiles: Iterable[str]) -> list[bytes] | None:
        """Payloads of candidates in the solvent of the query; None if ``embed`` predicts for it."""
        if set(query.solvents) == {EMBEDDING_SOLVENT}:
            return None
        parts = list(map(parts_of_smiles, smiles))
        return self._payloads(parts, query.solvents) if parts else []

    def _payloads(self, molecules: Sequence[tuple[SaltPart, ...]], solvents: tuple[str, str]) -> list[bytes]:
        lines: list[NDArray[np.void]] = []
        graphs = [part.graph for parts in molecules for part in parts]
        for part, means, uncertainties in self.predictor.batches_in(graphs, *solvents):
            lines += predicted_lines(part, means, uncertainties)
        if len(lines) == len(molecules):
            return list(map(pack_lines, lines))
        rows = iter(lines)
        own = [[next(rows) for _ in parts] for parts in molecules]
        return [pack_lines(joined_lines(*pair).lines) for pair in zip(molecules, own, strict=True)]

    def query(self, pair: AnalysedPair) -> ObservedQuery:
        """The observed signals of a pair of spectra, and their vector of the joint space."""
        observed = observed_pair(pair)
        return ObservedQuery(observed, query_vector(observed))

    def scores(
        self, query: ObservedQuery, payloads: Sequence[bytes | memoryview], joint: NDArray[np.float16] | None = None
    ) -> NDArray[np.float64]:
        """Score (n,) of each candidate: its log-likelihood ratios times the fitted factors."""
        factors = self.weights.factors_for(query.observed)
        if query.is_rest:
            scores = rest_scores(self.likelihood_model, factors, query.observed, payloads)
        else:
            scores = np.array(factors) @ log_likelihood_ratios(self.likelihood_model, query.observed, payloads)
        return rounded_scores(scores)

    def judge(self, query: ObservedQuery, scores: NDArray[np.float64], candidates: ScoredCandidates) -> Judgement:
        """Groups of indistinguishable candidates, their probabilities, and the outcome."""
        posterior_model = self.posterior if all(o.from_peak_list for o in query.observed) else self.posterior_trace
        rest_fits = False

        def posterior(best: NDArray[np.float64], constitution: NDArray[np.int64]) -> Posterior:
            others = best[constitution != constitution[0]]
            lead = float(best[0] - others[0]) if len(others) else None
            features = none_features(self.likelihood_model, query.observed, candidates.payload(0), float(best[0]), lead)
            nonlocal rest_fits
            rest_fits = posterior_model.explained_part_fits(features)
            return posterior_model.posterior(best, features, constitution)

        judgement = judge(scores, candidates, posterior)
        best = candidates.payload(int(judgement.order[0]))
        judgement = replace(judgement, notes=reading_notes(self.likelihood_model, query.observed, best))
        unexplained = strong_unexplained(self.likelihood_model, query.observed, best)
        return with_unexplained(judgement, unexplained, rest_fits=rest_fits)

    @property
    def assigner(self) -> MatchNetXMatcher:
        """This matcher, which assigns signals to atoms."""
        return self

    @property
    def adviser(self) -> MatchNetXMatcher:
        """This matcher, which predicts spectra of candidates."""
        return self

    @property
    def rescorer(self) -> Callable[[ShiftBackend], Refiner]:
        """Function that makes a rescorer from a second shift predictor."""
        return lambda backend: Refiner(self.predictor, self.scores, backend)

    def advise(self, query: ObservedQuery, candidates: Sequence[tuple[int, str]]) -> Advice:
        """Return what would decide between candidates (rank and SMILES), in the solvents of the query."""
        given = [signals.nucleus for signals in query.observed]
        return advise(self.predictor, self.likelihood_model, self.weights.paired, given, query.solvents, candidates)

    def assign(self, query: ObservedQuery, smiles: str) -> Assignment:
        """Assign the signals to the atoms of a candidate that this matcher can embed."""
        parts = parts_of_smiles(smiles)
        shifts: list[PartShifts] = []
        for graphs, means, uncertainties in self.predictor.batches_in([part.graph for part in parts], *query.solvents):
            stops = np.cumsum([len(graph.atoms) for graph in graphs])[:-1]
            columns = zip(np.split(means, stops), np.split(uncertainties, stops), strict=True)
            shifts += [PartShifts(parts[len(shifts) + i], *pair) for i, pair in enumerate(columns)]
        return assign(self.likelihood_model, query.observed, with_known_shifts(shifts))

    @property
    def unmixer(self) -> MatchNetXMatcher:
        """This matcher, which explains spectra of mixtures."""
        return self

    def without_known(
        self, pair: AnalysedPair, smiles: Sequence[str], fitted: ResidualSignals | None = None
    ) -> tuple[ObservedQuery | None, tuple[KnownCompound, ...]]:
        """Return the query of a pair without the signals of known compounds, and these compounds with their signals.

        The query is None if no signal is left.
        """
        query = self.query(pair.with_weak_lines())
        payloads = self._payloads(list(map(parts_of_smiles, smiles)), query.solvents)
        left, known = without_known(self.likelihood_model, query.observed, smiles, payloads)
        for one in known:
            if not any(part.ppm or part.missing_ppm for part in one.signals):
                what = "proton on carbon" if query.observed[0].nucleus == "1H" else "carbon"
                raise UsageError(f"--known {one.smiles}: has no {what}, so the spectrum cannot show it; omit it")
        rests = [read_rest(one, rest, fitted) for one, rest in zip(pair.analyses, left, strict=True)]
        kept = tuple(signals for signals in rests if len(signals))
        rest = replace(query, observed=kept, joint=query_vector(kept), is_rest=True) if kept else None
        return rest, known

    def component_sets(
        self, query: ObservedQuery, candidates: ScoredCandidates, count: int, most: int
    ) -> ComponentOutcome:
        """Return which sets of candidates explain the spectra."""
        payloads = [candidates.payload(k) for k in range(count)]
        factors = self.weights.factors_for(query.observed)
        found = best_sets(self.likelihood_model, factors, query.observed, payloads, most)
        return outcome_of(self.likelihood_model, query.observed, candidates, found, count)
