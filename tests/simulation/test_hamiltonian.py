"""The exact solver against the full Hamiltonian in the product basis."""

from __future__ import annotations

import math
from functools import reduce

import numpy as np
import pytest

from specmol_core.simulation.hamiltonian import MAX_BLOCK, largest_block, line_count, transitions

_SX = np.array([[0, 1], [1, 0]]) / 2
_SY = np.array([[0, -1j], [1j, 0]]) / 2
_SZ = np.diag([0.5, -0.5])


def _spin(operator: np.ndarray, k: int, n: int) -> np.ndarray:
    return reduce(np.kron, [operator if i == k else np.eye(2) for i in range(n)])


def _brute_force(hz: np.ndarray, couplings: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return frequency and intensity (1 per proton) of all lines from one 2**n matrix."""
    n = len(hz)
    h = sum(hz[k] * _spin(_SZ, k, n) for k in range(n)).astype(complex)
    for k in range(n):
        for m in range(k):
            h += couplings[k, m] * sum(_spin(s, k, n) @ _spin(s, m, n) for s in (_SX, _SY, _SZ))
    energy, vector = np.linalg.eigh(h)
    lowering = sum(_spin(_SX, k, n) - 1j * _spin(_SY, k, n) for k in range(n))
    strength = np.abs(vector.conj().T @ lowering @ vector) ** 2
    frequency = energy[None, :] - energy[:, None]
    seen = strength > 1e-9
    return frequency[seen], strength[seen] * n / strength[seen].sum()


def _moments(frequency: np.ndarray, intensity: np.ndarray, probes: np.ndarray) -> np.ndarray:
    """Return the spectrum with narrow lines, which is independent of how lines are listed."""
    return (intensity[:, None] / (1 + ((frequency[:, None] - probes) / 0.5) ** 2)).sum(0)


@pytest.mark.parametrize("counts", [(1, 1), (1, 1, 1), (2, 1), (3, 2), (1, 1, 1, 1), (2, 2, 1), (3, 1, 1), (1,) * 5])
@pytest.mark.parametrize("seed", [0, 1])
def test_lines_match_the_full_hamiltonian(counts: tuple[int, ...], seed: int) -> None:
    rng = np.random.default_rng(seed)
    groups = len(counts)
    hz = rng.uniform(0, 40, groups)
    couplings = np.triu(rng.normal(0, 8, (groups, groups)), 1)
    couplings += couplings.T
    each = np.repeat(np.arange(groups), counts)
    # Couplings within a group must not matter.
    full = couplings[np.ix_(each, each)] + 5.0 * (each[:, None] == each[None, :])

    lines = transitions(counts, hz[None], couplings)

    probes = np.linspace(-60, 100, 2000)
    expected = _moments(*_brute_force(hz[each], full), probes)
    assert _moments(lines.frequency[0], lines.intensity[0], probes) == pytest.approx(expected, abs=1e-8)
    assert lines.intensity.sum() == pytest.approx(sum(counts))
    assert lines.flip.sum(axis=-1) == pytest.approx(1.0)
    assert line_count(counts) == lines.frequency.shape[1]


@pytest.mark.parametrize("difference", [0.5, 8.0, 30.0, 300.0])
def test_ab_quartet_matches_the_closed_formula(difference: float) -> None:
    j = 12.0
    lines = transitions((1, 1), np.array([[difference / 2, -difference / 2]]), np.array([[0, j], [j, 0]]))

    order = np.argsort(lines.frequency[0])
    d = math.hypot(difference, j)
    assert lines.frequency[0][order] == pytest.approx([-(d + j) / 2, -(d - j) / 2, (d - j) / 2, (d + j) / 2])
    outer, inner = (1 - j / d) / 2, (1 + j / d) / 2
    assert lines.intensity[0][order] == pytest.approx([outer, inner, inner, outer])


def test_frequency_sets_are_solved_independently() -> None:
    rng = np.random.default_rng(5)
    hz = rng.uniform(0, 50, (4, 3))
    couplings = np.array([[0, 7, 2], [7, 0, -12], [2, -12, 0]], dtype=float)

    together = transitions((2, 1, 1), hz, couplings)

    for i in range(len(hz)):
        alone = transitions((2, 1, 1), hz[i : i + 1], couplings)
        assert np.array_equal(alone.frequency[0], together.frequency[i])
        assert np.array_equal(alone.intensity[0], together.intensity[i])


def test_methyl_groups_have_small_blocks_and_large_systems_are_refused() -> None:
    assert largest_block((1,) * 6) == 20
    assert largest_block((3, 3)) == 4
    assert largest_block((1,) * 8) > MAX_BLOCK
    with pytest.raises(ValueError, match="split the cluster"):
        transitions((1,) * 8, np.zeros((1, 8)), np.zeros((8, 8)))
