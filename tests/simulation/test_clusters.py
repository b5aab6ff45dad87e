"""Clusters and weak couplings against the exact solution of the whole spin system."""

from __future__ import annotations

import numpy as np
import pytest

from specmol_core.simulation.clusters import cluster_lines, split_into_clusters
from specmol_core.simulation.hamiltonian import MAX_BLOCK, largest_block, transitions
from specmol_core.simulation.spin_system import SpinGroup, SpinSystem
from specmol_core.simulation.splitting import pair_corrections


def _system(kinds: list[int], counts: list[int], couplings: list[tuple[int, int, float]]) -> SpinSystem:
    matrix = np.zeros((len(kinds), len(kinds)))
    for i, j, constant in couplings:
        matrix[i, j] = matrix[j, i] = constant
    groups = tuple(SpinGroup((k, 0), n, (i,), 0.0) for i, (k, n) in enumerate(zip(kinds, counts, strict=True)))
    return SpinSystem(groups, matrix)


def _drawn(line: np.ndarray, area: np.ndarray, grid: np.ndarray) -> np.ndarray:
    """Return the spectrum with a line width of 1 Hz."""
    return (area[:, None] * 0.25 / ((line[:, None] - grid) ** 2 + 0.25)).sum(0)


def _compare(system: SpinSystem, hz: np.ndarray) -> tuple[list[list[int]], float]:
    """Return the clusters, and the largest error of the spectrum relative to its maximum."""
    clusters = split_into_clusters(system, list(range(len(hz))), hz)
    corrections = pair_corrections(system.couplings, hz.copy())
    parts = [cluster_lines(system, c, hz, corrections) for c in clusters]
    exact = transitions(tuple(g.count for g in system.groups), hz[None], system.couplings)
    grid = np.arange(hz.min() - 60, hz.max() + 60, 0.1)
    found = _drawn(np.concatenate([p.hz for p in parts]), np.concatenate([p.area for p in parts]), grid)
    expected = _drawn(exact.frequency[0], exact.intensity[0], grid)
    return clusters, float(np.abs(found - expected).max() / expected.max())


def test_x_of_abx_joins_the_cluster() -> None:
    system = _system([0, 1, 2], [1, 1, 1], [(0, 1, -14.0), (0, 2, 9.0), (1, 2, 4.0)])

    clusters, error = _compare(system, np.array([0.0, 20.0, 800.0]))

    assert clusters == [[0, 1, 2]]
    assert error < 1e-3


def test_ab_part_with_a_distant_x_is_exact() -> None:
    system = _system([0, 1, 2], [1, 1, 1], [(0, 1, -14.0), (0, 2, 9.0), (1, 2, 4.0)])
    hz = np.array([0.0, 20.0, 4000.0])
    part = cluster_lines(system, [0, 1], hz, pair_corrections(system.couplings, hz.copy()))
    exact = transitions((1, 1, 1), hz[None], system.couplings)

    grid = np.arange(-50, 80, 0.1)

    expected = _drawn(exact.frequency[0], exact.intensity[0], grid)
    assert _drawn(part.hz, part.area, grid) == pytest.approx(expected, abs=0.02 * expected.max())


def test_ethyl_group_is_first_order_with_roof_effect() -> None:
    system = _system([0, 1], [3, 2], [(0, 1, 7.1)])

    clusters, error = _compare(system, np.array([0.0, 250.0]))

    assert clusters == [[0], [1]]
    assert error < 0.06


def test_aa_xx_is_one_cluster_at_any_distance() -> None:
    couplings = [(0, 2, 8.4), (1, 3, 8.4), (0, 3, 0.4), (1, 2, 0.4), (0, 1, 2.5), (2, 3, 2.5)]
    system = _system([0, 0, 1, 1], [1, 1, 1, 1], couplings)

    clusters, error = _compare(system, np.array([0.0, 0.0, 900.0, 900.0]))

    assert clusters == [[0, 1, 2, 3]]
    assert error < 0.02


def test_large_system_is_split_at_its_weakest_links() -> None:
    chain = [(i, i + 1, 7.0) for i in range(9)]
    system = _system(list(range(10)), [2] * 10, chain)
    hz = np.cumsum([0.0, 5.0, 5.0, 5.0, 20.0, 5.0, 5.0, 5.0, 20.0, 5.0])

    clusters = split_into_clusters(system, list(range(10)), hz)

    assert sorted(i for c in clusters for i in c) == list(range(10))
    assert all(largest_block((2,) * len(c)) <= MAX_BLOCK for c in clusters)
    assert not any({3, 4} <= set(c) or {7, 8} <= set(c) for c in clusters)
    parts = [cluster_lines(system, c, hz, pair_corrections(system.couplings, hz.copy())) for c in clusters]
    assert sum(p.area.sum() for p in parts) == pytest.approx(20.0)
