"""Exact lines of a cluster of strongly coupled spins, from its spin Hamiltonian.

``H = sum_k nu_k Iz_k + sum_k<l J_kl I_k . I_l`` in Hz. It conserves the total Mz, so each Mz block
is diagonalised separately. ``n`` magnetically equivalent protons act as composite particles of spin
n/2, n/2 - 1, ... (Corio, "Structure of High-Resolution NMR Spectra", 1966, ch. 4), so a methyl
group is one spin 3/2 and two spins 1/2 instead of eight states. Arrays that depend only on the
numbers of protons are cached.
"""

from __future__ import annotations

import math
from functools import lru_cache
from itertools import combinations, product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["MAX_BLOCK", "Transitions", "largest_block", "line_count", "transitions"]

MAX_BLOCK = 36
"""Maximum states of an Mz block that is diagonalised; seven different protons need 35."""

Float = NDArray[np.float64]
Index = NDArray[np.int64]


class Transitions(NamedTuple):
    """Lines of a cluster, one row per set of frequencies."""

    frequency: Float
    """(sets, lines), Hz."""
    intensity: Float
    """(sets, lines): the sum of each row is the number of protons."""
    flip: Float
    """(sets, lines, groups): change of each group's <Iz> in the transition; its sum over groups is
    1."""


class _Blocks(NamedTuple):
    """All Mz blocks of one size."""

    mz: Float
    """(blocks, size, groups): Iz of each group in each basis state."""
    zz: Float
    """(blocks, size, pairs): product of the Iz of two groups."""
    off_diagonal: tuple[Index, Index, Index]
    """Block, row and column of each off-diagonal element."""
    pair: Index
    """Pair of groups whose coupling causes the element."""
    element: Float
    """Value of the element for a coupling of 1 Hz."""


class _Steps(NamedTuple):
    """All pairs of neighbouring Mz blocks with the same two sizes."""

    upper: tuple[int, Index]
    """Size and indices of the blocks with the higher Mz; ``lower`` is analogous."""
    lower: tuple[int, Index]
    lowering: Float
    """(steps, lower size, upper size): matrix elements of the total I-."""
    weight: Float
    """(steps,): number of composite particles of this kind."""


def transitions(counts: tuple[int, ...], frequencies: Float, couplings: Float) -> Transitions:
    """Return all single-quantum lines of coupled groups of magnetically equivalent protons.

    Parameters
    ----------
    counts
        Number of protons of each group.
    frequencies
        Larmor frequencies (sets, groups), Hz; all sets are solved at once.
    couplings
        Coupling constants (groups, groups), Hz, symmetric; the diagonal is ignored.

    Examples
    --------
    Two protons 10 Hz apart with a coupling of 7.5 Hz:

    >>> lines = transitions((1, 1), np.array([[0.0, 10.0]]), np.array([[0.0, 7.5], [7.5, 0.0]]))
    >>> sorted(np.round(lines.frequency[0], 2).tolist())
    [-5.0, 2.5, 7.5, 15.0]
    """
    blocks, steps = _structure(counts)
    first, second = _pairs(len(counts))
    constants = couplings[first, second]
    solved = {size: _solve(block, frequencies, constants) for size, block in blocks.items()}
    parts = [_lines(step, solved) for step in steps]
    sets, groups = frequencies.shape
    frequency = np.concatenate([p[0].reshape(sets, -1) for p in parts], axis=1)
    intensity = np.concatenate([p[1].reshape(sets, -1) for p in parts], axis=1)
    flip = np.concatenate([p[2].reshape(sets, -1, groups) for p in parts], axis=1)
    intensity *= sum(counts) / intensity.sum(axis=1, keepdims=True)
    return Transitions(frequency, intensity, flip)


@lru_cache(maxsize=4096)
def largest_block(counts: tuple[int, ...]) -> int:
    """Return the number of states in the largest Mz block of groups of ``counts`` protons."""
    states = np.ones(1, dtype=np.int64)
    for count in counts:
        states = np.convolve(states, np.ones(count + 1, dtype=np.int64))
    return int(states.max())


def line_count(counts: tuple[int, ...]) -> int:
    """Return the number of lines that :func:`transitions` returns, including faint ones.

    Raises
    ------
    ValueError
        If a block would have more than MAX_BLOCK states.
    """
    return sum(step.lowering.size for step in _structure(counts)[1])


def _solve(block: _Blocks, frequencies: Float, constants: Float) -> tuple[Float, Float, Float]:
    """Return energies (sets, blocks, size), eigenvectors, and <Iz> (sets, blocks, size, groups)."""
    number, size, _ = block.mz.shape
    diagonal = np.einsum("bsg,fg->fbs", block.mz, frequencies) + block.zz @ constants
    if size == 1:
        shape = (len(frequencies), number, 1)
        return diagonal, np.ones((*shape, 1)), np.broadcast_to(block.mz, (*shape, block.mz.shape[2]))
    matrix = np.zeros((len(frequencies), number, size, size))
    index = np.arange(size)
    matrix[:, :, index, index] = diagonal
    b, i, j = block.off_diagonal
    matrix[:, b, i, j] = block.element * constants[block.pair]
    energy, vector = np.linalg.eigh(matrix)
    return energy, vector, np.swapaxes(vector * vector, -1, -2) @ block.mz


def _lines(step: _Steps, solved: dict[int, tuple[Float, Float, Float]]) -> tuple[Float, Float, Float]:
    """Return frequency, intensity and flips of the lines of a step (sets, steps, lower, upper)."""
    (upper_size, upper), (lower_size, lower) = step.upper, step.lower
    energy_u, vector_u, mz_u = (x[:, upper] for x in solved[upper_size])
    energy_l, vector_l, mz_l = (x[:, lower] for x in solved[lower_size])
    moment = np.swapaxes(vector_l, -1, -2) @ (step.lowering @ vector_u)
    frequency = energy_u[:, :, None, :] - energy_l[:, :, :, None]
    flip = mz_u[:, :, None, :, :] - mz_l[:, :, :, None, :]
    return frequency, moment * moment * step.weight[:, None, None], flip


@lru_cache(maxsize=256)
def _pairs(groups: int) -> tuple[Index, Index]:
    pairs = np.array(list(combinations(range(groups), 2)), dtype=np.int64).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]


class _Basis(NamedTuple):
    """One Mz block of one choice of composite spins."""

    states: list[tuple[float, ...]]
    spins: tuple[float, ...]
    weight: int


@lru_cache(maxsize=512)
def _structure(counts: tuple[int, ...]) -> tuple[dict[int, _Blocks], list[_Steps]]:
    """Return the blocks by size, and the steps between them, for groups of ``counts`` protons.

    Raises
    ------
    ValueError
        If a block would have more than MAX_BLOCK states.
    """
    if largest_block(counts) > MAX_BLOCK:
        raise ValueError(f"groups of {counts} protons need a block of over {MAX_BLOCK} states; split the cluster")
    by_size: dict[int, list[_Basis]] = {}
    steps: dict[tuple[int, int], list[tuple[int, int, Float, int]]] = {}
    for spins in product(*(_composites(count) for count in counts)):
        weight = math.prod(w for _, w in spins)
        levels = _levels(tuple(s for s, _ in spins))
        above: tuple[_Basis, int] | None = None
        for total in sorted(levels, reverse=True):
            basis = _Basis(levels[total], tuple(s for s, _ in spins), weight)
            same_size = by_size.setdefault(len(basis.states), [])
            same_size.append(basis)
            if above is not None:
                sizes = (len(above[0].states), len(basis.states))
                steps.setdefault(sizes, []).append((above[1], len(same_size) - 1, _lowering(above[0], basis), weight))
            above = (basis, len(same_size) - 1)
    return (
        {size: _blocks(same_size) for size, same_size in by_size.items()},
        [_stacked_steps(sizes, rows) for sizes, rows in steps.items()],
    )


def _stacked_steps(sizes: tuple[int, int], rows: list[tuple[int, int, Float, int]]) -> _Steps:
    upper = np.array([r[0] for r in rows], dtype=np.int64)
    lower = np.array([r[1] for r in rows], dtype=np.int64)
    weight = np.array([r[3] for r in rows], dtype=np.float64)
    return _Steps((sizes[0], upper), (sizes[1], lower), np.stack([r[2] for r in rows]), weight)


def _composites(count: int) -> list[tuple[float, int]]:
    """Return the composite spins of ``count`` equivalent protons, and how often each occurs."""
    composites = []
    for k in range(count // 2 + 1):
        composites.append((count / 2 - k, math.comb(count, k) - (math.comb(count, k - 1) if k else 0)))
    return composites


def _levels(spins: tuple[float, ...]) -> dict[float, list[tuple[float, ...]]]:
    """Return the product states by total Mz."""
    levels: dict[float, list[tuple[float, ...]]] = {}
    for state in product(*([s - k for k in range(int(2 * s) + 1)] for s in spins)):
        levels.setdefault(sum(state), []).append(state)
    return levels


def _blocks(same_size: list[_Basis]) -> _Blocks:
    mz = np.array([b.states for b in same_size], dtype=np.float64)
    first, second = _pairs(mz.shape[2])
    entries: list[tuple[int, int, int, int, float]] = []
    for number, basis in enumerate(same_size):
        index = {s: i for i, s in enumerate(basis.states)}
        for pair, (k, m) in enumerate(zip(first.tolist(), second.tolist(), strict=True)):
            for state, column in index.items():
                for up, down in ((k, m), (m, k)):
                    row = index.get(_shifted_state(_shifted_state(state, up, 1.0), down, -1.0))
                    if row is not None:
                        size = _ladder(basis.spins[up], state[up], 1) * _ladder(basis.spins[down], state[down], -1)
                        entries.append((number, row, column, pair, size / 2))
    table = np.array(entries, dtype=np.float64).reshape(-1, 5)
    b, i, j, pair_of = table[:, :4].astype(np.int64).T
    return _Blocks(mz, mz[:, :, first] * mz[:, :, second], (b, i, j), pair_of, table[:, 4])


def _lowering(upper: _Basis, lower: _Basis) -> Float:
    index = {s: i for i, s in enumerate(lower.states)}
    matrix = np.zeros((len(lower.states), len(upper.states)))
    for column, state in enumerate(upper.states):
        for k, spin in enumerate(upper.spins):
            row = index.get(_shifted_state(state, k, -1.0))
            if row is not None:
                matrix[row, column] = _ladder(spin, state[k], -1)
    return matrix


def _shifted_state(state: tuple[float, ...], group: int, step: float) -> tuple[float, ...]:
    return (*state[:group], state[group] + step, *state[group + 1 :])


def _ladder(spin: float, mz: float, step: int) -> float:
    """Return the matrix element of I+ (step 1) or I- (step -1)."""
    return math.sqrt(spin * (spin + 1) - mz * (mz + step))
