"""Which species a spectrum shows, and how much of the others it could hide."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy

import numpy as np
from numpy.typing import NDArray

from specmol_core.mixtures.chain import Chain, Problem, State
from specmol_core.mixtures.kernels import species_columns
from specmol_core.mixtures.posterior import mode_weights, weighted_quantile

__all__ = ["evidence_of", "find_absent", "hidden_limits", "needed_evidence"]

Float = NDArray[np.float64]

_MIN_EVIDENCE, _EVIDENCE_PER_SIGNAL = 1.0, 3.0
"""Rise of the energy without a species, below which it is not seen: a sum, and for each signal. Each
signal of a species that is not there finds a place below or beside others by chance."""
_MAX_FRACTION = 0.12
"""Largest mole fraction of a species that is not seen: a larger one of little evidence is not distinguished
from others, but there."""
_MIN_WEIGHT = 0.05
"""Weight of the searches in which a species is larger, from which it may be."""
_MIN_OWN = 0.01
"""Least share of the information about a species that is its own."""
_DRAWS = 256
_MAX_SCALES = 4.0


def evidence_of(problem: Problem, state: State) -> Float:
    """Return by how much the energy rises without each species (species,): the amounts of the others are
    fitted again."""
    parent = problem.templates.parent
    rises = np.zeros(problem.species)
    for k in range(problem.species):
        if not state.amounts[parent == k].any():
            continue
        rest, without = copy(problem), state.copy()
        rest.absent = problem.absent | (parent == k)
        without.amounts[rest.absent] = 0.0
        rest.solve(without)
        rises[k] = without.energy - state.energy
    return rises


def needed_evidence(problem: Problem, state: State) -> Float:
    """Return the evidence from which each species is seen (species,)."""
    t = problem.templates
    visible = np.bincount(t.parent[t.owner], state.amounts[t.owner] > 0, problem.species)[: problem.species]
    return np.asarray(_MIN_EVIDENCE + _EVIDENCE_PER_SIGNAL * visible)


def find_absent(
    problem: Problem,
    chains: Sequence[Chain],
    standards: Sequence[int] = (),
    known: NDArray[np.bool_] | None = None,
) -> tuple[NDArray[np.bool_], Float]:
    """Return which columns belong to species that are not seen (columns,), and the evidence of each species.

    The evidence is by how much the energy rises without a species (species,). The species of least
    evidence is left out first: of two that explain the same signals, one is seen.

    Parameters
    ----------
    chains
        Results of the searches, best first. A species that is large in another of them is there, but
        not distinguished.
    standards
        Species that were added, for which half of the evidence is enough.
    known
        Species that are not left out (species,): other spectra show them, so that the places of
        their signals are known.
    """
    parent = problem.templates.parent
    found = np.zeros(problem.species)
    rest, state = copy(problem), chains[0].best.copy()
    weights = mode_weights(chains, problem.config)
    fractions = np.array([_fractions(problem, chain.best) for chain in chains])
    may_be_large = weights @ (fractions > _MAX_FRACTION) > _MIN_WEIGHT
    while True:
        evidence = evidence_of(rest, state)
        limits = needed_evidence(problem, state)
        limits[list(standards)] *= 0.5
        if known is not None:
            limits[known] = -np.inf
        left = np.array([not rest.absent[parent == k].any() for k in range(problem.species)])
        found[left] = evidence[left]
        small = left & (evidence < limits) & (_fractions(problem, state) <= _MAX_FRACTION) & ~may_be_large
        if not small.any():
            return rest.absent, found
        k = int(np.argmin(np.where(small, evidence / limits, np.inf)))
        rest.absent = rest.absent | (parent == k)
        state.amounts[rest.absent] = 0.0
        rest.solve(state)


def _fractions(problem: Problem, state: State) -> Float:
    amounts = np.bincount(problem.templates.parent, state.amounts)[: problem.species]
    return np.asarray(amounts / max(float(amounts.sum()), 1e-300))


def hidden_limits(problem: Problem, state: State, rng: np.random.Generator) -> Float:
    """Return the largest amount of each absent species that the spectrum could hide; 0 for others (species,).

    The signals of the species are drawn from their predictions many times, each time with an amount
    that the spectrum allows. Draws that the spectrum favours weigh more. The limit is the quantile of
    these amounts.
    """
    parent = problem.templates.parent
    limits = np.zeros(problem.species)
    residual = problem.residual(state)
    weight = problem.robust(residual)
    strides = problem.spectrum.grid.strides
    seen = problem.columns(state)[:, state.amounts > 0]
    others = np.concatenate([(w * part)[:, ::n] for w, part, n in zip(weight[:, None], seen, strides, strict=True)], 1)
    gram = np.concatenate([part[:, ::n] for part, n in zip(seen, strides, strict=True)], 1) @ others.T
    inverse = np.linalg.pinv(gram, hermitian=True)
    for k in np.unique(parent[problem.absent]).tolist():
        gains, amounts = np.zeros(_DRAWS), np.zeros(_DRAWS)
        own = parent == k
        for draw in range(_DRAWS):
            column = _drawn_column(problem, state, own, rng)
            linear = square = 0.0
            for c, r, w, stride in zip(column, residual, weight, strides, strict=True):
                weighted = (w * c)[::stride]
                linear += float(weighted @ r[::stride])
                square += float(weighted @ c[::stride])
            shared = others @ np.concatenate([c[::n] for c, n in zip(column, strides, strict=True)])
            # What the species that are seen could give up for it makes its amount less certain.
            square = max(square - float(shared @ inverse @ shared), _MIN_OWN * square)
            if square > 0:
                gains[draw] = 0.5 * max(linear, 0.0) ** 2 / square
                amounts[draw] = max(linear, 0.0) / square + abs(rng.standard_normal()) / np.sqrt(square)
        shares = np.exp((gains - gains.max()) / problem.config.mode_temperature)
        limits[k] = weighted_quantile(amounts, shares / shares.sum(), [problem.config.coverage])[0]
    return limits


def _drawn_column(problem: Problem, state: State, own: NDArray[np.bool_], rng: np.random.Generator) -> Float:
    """Return the spectrum (scales, cells) of a species of amount 1 with drawn shifts; its forms are equal parts."""
    t = problem.templates
    drawn = state.copy()
    signals = np.flatnonzero(own[t.owner])
    spread = np.clip(rng.standard_t(t.dof[signals]), -_MAX_SCALES, _MAX_SCALES)
    drawn.position[signals] = np.round(t.centre[signals] + state.offset + t.scale[signals] * spread)
    second = signals[(t.partner[signals] >= 0) & (t.partner[signals] < signals)]
    spread = np.clip(rng.standard_t(t.dof[second]), -_MAX_SCALES, _MAX_SCALES)
    drawn.position[second] = np.round(drawn.position[t.partner[second]] + t.gap[second] + t.gap_scale[second] * spread)
    drawn.variant[signals] = rng.integers(0, t.variants[signals])
    columns = np.zeros((len(problem.spectrum.data), t.columns, problem.spectrum.grid.cells))
    species_columns(
        t.values, t.table[signals], t.owner[signals], t.nuclei[signals],
        drawn.position[signals], drawn.variant[signals], columns,
    )  # fmt: skip
    return np.asarray(columns[:, own].mean(axis=1))
