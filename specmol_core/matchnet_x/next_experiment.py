"""Which further experiment, or which signal of the given ones, distinguishes candidates best."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from math import log
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from specmol_core.matcher.advice import Advice, DifferingSignal, ExpectedExperiment
from specmol_core.matchnet_x.likelihood import LikelihoodModel
from specmol_core.matchnet_x.predicted_lines import VICINAL_COUNTS, proton_kinds
from specmol_core.shifts.predictor import ShiftPredictor
from specmol_core.shifts.salts import parts_of_smiles
from specmol_core.spectra.spectrum import NUCLEI, Nucleus

__all__ = ["PredictedSpectra", "Signals", "advise", "predicted_spectra", "separation"]

_DECISIVE = log(20.0)
"""Expected log-likelihood ratio from which an experiment decides (nats)."""
_MAX_RATIO = 6.0
"""Log-likelihood ratio of a signal that the other candidate does not have (nats)."""
_OTHER_SOLVENTS = ("CDCl3", "DMSO-d6", "CD3OD", "acetone-d6", "C6D6")
"""Solvents that are proposed, names of ``shifts.conventions.SOLVENTS``."""
_DECIMALS = {"13C": 2, "1H": 3}
"""Decimals (ppm) to which predicted shifts of equivalent atoms are equal."""
_MIN_DIFFERENCE = 1.0
"""Least difference of a signal, in uncertainties, that is worth a comparison."""
_LABELS = ("s", "d", "t", "q")
_CARBON, _HYDROGENS = 1, 2


class Signals(NamedTuple):
    """Predicted signals of one experiment; arrays are (signals,) or (signals, dimensions)."""

    ppm: NDArray[np.float64]
    uncertainty_ppm: NDArray[np.float64]
    kind: NDArray[np.int64]
    """Signals of different kinds are distinguished by the experiment itself."""
    weight: NDArray[np.float64]
    """Factor on the log-likelihood ratio of each signal."""


class PredictedSpectra(NamedTuple):
    """The predicted experiments of one candidate."""

    signals: dict[str, Signals]
    """Signals of ``13C``, ``DEPT``, ``1H`` (on carbon), ``HSQC``, and ``13C with H``, the carbons of HSQC."""
    labels: tuple[str, ...]
    """Multiplicity of each signal of 1H."""


def predicted_spectra(predictor: ShiftPredictor, smiles: str, carbon: str, proton: str) -> PredictedSpectra:
    """Return the predicted experiments of a candidate, of a salt its main part, in the solvents of both nuclei.

    DEPT is the 13C spectrum with the number of hydrogens on each carbon; HSQC is the one that tells
    CH2 from CH and CH3.
    """
    graph = parts_of_smiles(smiles)[0].graph
    ((_, means, uncertainties),) = predictor.batches_in([graph], carbon, proton)
    vicinal = proton_kinds(graph) % VICINAL_COUNTS
    carbons: set[tuple[float, float, int]] = set()
    protons: dict[tuple[float, float, int, int], int] = {}
    pairs: set[tuple[float, float, float, float, bool]] = set()
    for atom in np.flatnonzero(graph.atoms[:, 0] == _CARBON).tolist():
        hydrogens = int(graph.atoms[atom, _HYDROGENS])
        c, c_error = (round(float(x), _DECIMALS["13C"]) for x in (means[atom, 0], uncertainties[atom, 0]))
        carbons.add((c, c_error, min(hydrogens, 3)))
        for shift in (means[atom, 2:] if hydrogens == 2 else means[atom, 1:2]) if hydrogens else ():
            h, h_error = (round(float(x), _DECIMALS["1H"]) for x in (shift, uncertainties[atom, 1]))
            key = (h, h_error, int(vicinal[atom]), hydrogens)
            protons[key] = protons.get(key, 0) + (1 if hydrogens == 2 else hydrogens)
            pairs.add((c, h, c_error, h_error, hydrogens == 2))
    lines = sorted(carbons)
    rows = [(h, e, v) for (h, e, v, _), count in sorted(protons.items()) for _ in range(count)]
    counts = [count for _, count in sorted(protons.items()) for _ in range(count)]
    cross = sorted(pairs)
    signals = {
        "13C": _signals([(c,) for c, *_ in lines], [(e,) for _, e, _ in lines]),
        "DEPT": _signals([(c,) for c, *_ in lines], [(e,) for _, e, _ in lines], [h for *_, h in lines]),
        "13C with H": _signals([(c,) for c, _, h in lines if h], [(e,) for _, e, h in lines if h]),
        "1H": _signals([(h,) for h, *_ in rows], [(e,) for _, e, _ in rows])._replace(
            weight=np.array(counts, np.float64) ** -0.5
        ),
        "HSQC": _signals([p[:2] for p in cross], [p[2:4] for p in cross], [int(p[4]) for p in cross]),
    }
    return PredictedSpectra(signals, tuple(_LABELS[v] if v < len(_LABELS) else "m" for *_, v in rows))


def _signals(
    ppm: Sequence[tuple[float, ...]], uncertainty: Sequence[tuple[float, ...]], kind: Sequence[int] | None = None
) -> Signals:
    width = len(ppm[0]) if ppm else 1
    return Signals(
        np.array(ppm, np.float64).reshape(-1, width),
        np.array(uncertainty, np.float64).reshape(-1, width),
        np.zeros(len(ppm), np.int64) if kind is None else np.array(kind, np.int64),
        np.ones(len(ppm)),
    )


def separation(first: Signals, second: Signals, dof: NDArray[np.float64], factors: NDArray[np.float64]) -> float:
    """Return the expected log-likelihood ratio (nats) of the right one of two candidates over the other.

    Signals are paired so that the sum is least. A pair has the log-ratio of Student's distributions at
    the predicted shift, and a signal without a partner ``_MAX_RATIO``.

    Parameters
    ----------
    dof, factors
        Degrees of freedom, and factor on the ratio, of each dimension (dimensions,).
    """
    costs, pairs = _pairing(first, second, dof, factors)
    return float(costs[pairs].sum())


def _pairing(
    first: Signals, second: Signals, dof: NDArray[np.float64], factors: NDArray[np.float64]
) -> tuple[NDArray[np.float64], tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Costs (n + m, n + m) of n and m signals, padded for signals without a partner, and the best pairs."""
    from scipy.optimize import linear_sum_assignment  # slow to load, and seldom needed

    n, m = len(first.kind), len(second.kind)
    variance = (first.uncertainty_ppm[:, None] ** 2 + second.uncertainty_ppm**2) / 2
    squares = (first.ppm[:, None] - second.ppm) ** 2 / np.maximum(variance, 1e-12)
    ratio = ((dof + 1) / 2 * np.log1p(squares / dof) * factors).sum(-1)
    ratio *= (first.weight[:, None] + second.weight) / 2
    ratio[first.kind[:, None] != second.kind] = np.inf
    alone = _MAX_RATIO * factors.max()
    costs = np.zeros((n + m, n + m))
    costs[:n, :m] = np.minimum(ratio, 1e3)
    costs[:n, m:], costs[n:, :m] = alone * first.weight[:, None], alone * second.weight
    return costs, linear_sum_assignment(costs)


class _Comparison:
    """Separations of candidates by each experiment, in given solvents."""

    def __init__(self, model: LikelihoodModel, factors: tuple[float, float], spectra: Sequence[PredictedSpectra]):
        self._dof = np.array([model.c13.dof, model.h1.dof])
        self._factors, self.spectra = np.array(factors), spectra
        self.pairs = list(combinations(range(len(spectra)), 2))

    def ratios(self, experiment: str) -> NDArray[np.float64]:
        """Expected log-likelihood ratio (pairs,) of each pair of candidates by an experiment."""
        part = self._dimensions(experiment)
        signals = [spectrum.signals[experiment] for spectrum in self.spectra]
        return np.array(
            [separation(signals[a], signals[b], self._dof[part], self._factors[part]) for a, b in self.pairs]
        )

    def largest_difference(self, nucleus: Nucleus, a: int, b: int, ranks: tuple[int, int]) -> DifferingSignal | None:
        """The paired signals of two candidates that differ most in uncertainties."""
        part = self._dimensions(nucleus)
        first, second = (self.spectra[i].signals[nucleus] for i in (a, b))
        _, (rows, columns) = _pairing(first, second, self._dof[part], self._factors[part])
        paired = [(i, j) for i, j in zip(rows, columns, strict=True) if i < len(first.kind) and j < len(second.kind)]
        if not paired:
            return None
        i, j = np.array(paired).T
        scale = np.sqrt((first.uncertainty_ppm[i, 0] ** 2 + second.uncertainty_ppm[j, 0] ** 2) / 2)
        difference = np.abs(first.ppm[i, 0] - second.ppm[j, 0]) / np.maximum(scale, 1e-6)
        k = int(difference.argmax())
        labels = [self.spectra[c].labels[at] if nucleus == "1H" else "" for c, at in ((a, i[k]), (b, j[k]))]
        ppm = float(first.ppm[i[k], 0]), float(second.ppm[j[k], 0])
        return DifferingSignal(nucleus, ranks, ppm, (labels[0], labels[1]), float(difference[k]))

    @staticmethod
    def _dimensions(experiment: str) -> slice:
        return slice(0, 2) if experiment == "HSQC" else slice(1, 2) if experiment == "1H" else slice(0, 1)


def advise(
    predictor: ShiftPredictor,
    model: LikelihoodModel,
    factors: tuple[float, float],
    given: Sequence[Nucleus],
    solvents: tuple[str, str],
    candidates: Sequence[tuple[int, str]],
) -> Advice:
    """Return what would distinguish candidates, from their predicted spectra.

    An experiment counts for what it tells beyond the given spectra.

    Parameters
    ----------
    factors
        Factors on the log-likelihood ratios of 13C and 1H.
    given
        Nuclei of the given spectra.
    solvents
        Solvents of 13C and 1H.
    candidates
        Rank and SMILES of each candidate; at least two.
    """
    ranks, smiles = zip(*candidates, strict=True)

    def compare(carbon: str, proton: str) -> _Comparison:
        return _Comparison(model, factors, [predicted_spectra(predictor, text, carbon, proton) for text in smiles])

    here = compare(*solvents)
    known = {nucleus: here.ratios(nucleus) for nucleus in given}
    gains: dict[str, NDArray[np.float64]] = {
        nucleus: here.ratios(nucleus) for nucleus in reversed(NUCLEI) if nucleus not in given
    }
    nothing = np.zeros(len(here.pairs))
    gains["DEPT"] = here.ratios("DEPT") - known.get("13C", nothing)
    shared = here.ratios("13C with H") if "13C" in given else nothing
    gains["HSQC"] = here.ratios("HSQC") - shared - known.get("1H", nothing)
    for solvent in _OTHER_SOLVENTS:
        if solvent not in solvents:
            there = compare(solvent, solvent)
            gains |= {f"{nucleus} in {solvent}": there.ratios(nucleus) - known[nucleus] for nucleus in given}
    experiments = [
        ExpectedExperiment(n, max(float(g.min()), 0.0), bool(g.min() >= _DECISIVE)) for n, g in gains.items()
    ]
    regions = [
        signal
        for other in range(1, len(ranks))
        for nucleus in given
        if (signal := here.largest_difference(nucleus, 0, other, (ranks[0], ranks[other]))) is not None
        and signal.uncertainties >= _MIN_DIFFERENCE
    ]
    regions.sort(key=lambda signal: -signal.uncertainties)
    return Advice(tuple(ranks), tuple(smiles), tuple(experiments), tuple(regions))
