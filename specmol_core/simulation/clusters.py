"""Lines of a spin system: exact within strongly coupled clusters, first order between them."""

from __future__ import annotations

from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from specmol_core.simulation.hamiltonian import MAX_BLOCK, largest_block, line_count, transitions
from specmol_core.simulation.spin_system import SpinSystem
from specmol_core.simulation.splitting import (
    PairCorrections,
    first_order_lines,
    line_shares,
    merge_unresolved,
    thin_lines,
)

__all__ = ["STRONG_RATIO", "ClusterLines", "cluster_lines", "group_lines", "split_into_clusters"]

STRONG_RATIO = 10.0
"""Protons whose shifts differ by less than this many times their coupling are in one cluster.

At larger ratios the pair formula of weak coupling is right to 0.3 % of the intensities."""
_MAX_WEAK_BLOCK = 6
"""A cluster takes in weakly coupled neighbours while its largest block has at most this many
states: four protons."""
_MAX_SOLVED_LINES = 6000
"""Maximum lines computed for one cluster over all states of its weakly coupled neighbours. It
bounds the run time."""
_MAX_SPLIT_LINES = 1200
"""Maximum lines of a cluster while its neighbours split them."""
_MIN_INEQUALITY_HZ = 0.5
"""A neighbour whose couplings to the members of a cluster differ by more than this changes their
pattern."""
_GROUP_RANGE_HZ = 25.0
"""Distance from the shift of a group beyond which a line of its cluster rather belongs to another."""
_MIN_RELATIVE_AREA = 2e-4
"""Lines below this share of the cluster's strongest are dropped, and the others are scaled up."""

Float = NDArray[np.float64]


class ClusterLines(NamedTuple):
    """All lines of one cluster."""

    hz: Float
    """(lines,)"""
    area: Float
    """(lines,) area in protons; the sum is the number of protons."""


def split_into_clusters(system: SpinSystem, members: list[int], hz: Float) -> list[list[int]]:
    """Split the groups ``members`` into clusters of strongly coupled groups.

    Groups are linked in order of the ratio of shift difference to coupling, smallest first. A link
    that would make a block of more than MAX_BLOCK states is treated as weak. Chemically equivalent
    but magnetically different protons share a cluster with the protons that they couple with
    unequally (AA'XX'), at any distance. The X of an ABX system joins the cluster if that is cheap.

    Parameters
    ----------
    hz
        Larmor frequency of every group of the system (groups,), Hz; NaN for F and P.
    """
    cluster = {i: [i] for i in members}
    for _, i, j in sorted(_links(system, members, hz)):
        _join(system, cluster, i, j, MAX_BLOCK)
    if any(len(c) > 1 for c in cluster.values()):
        for _, i, j in sorted(_unequal_links(system, cluster, hz)):
            _join(system, cluster, i, j, _MAX_WEAK_BLOCK)
    return [c for i, c in cluster.items() if c[0] == i]


def _join(system: SpinSystem, cluster: dict[int, list[int]], i: int, j: int, limit: int) -> None:
    """Merge two clusters, unless a block of the result would have more than ``limit`` states."""
    if cluster[i] is cluster[j]:
        return
    merged = sorted(cluster[i] + cluster[j])
    if largest_block(tuple(sorted(system.groups[k].count for k in merged))) <= limit:
        for k in merged:
            cluster[k] = merged


def _unequal_links(system: SpinSystem, cluster: dict[int, list[int]], hz: Float) -> list[tuple[float, int, int]]:
    """Return weak links to groups that couple unequally with a cluster (X of ABX)."""
    links = []
    for i, cluster_members in cluster.items():
        if len(cluster_members) == 1:
            continue
        for j in system.couplings[i].nonzero()[0].tolist():
            if (
                j in cluster
                and j not in cluster_members
                and np.ptp(system.couplings[j, cluster_members]) > _MIN_INEQUALITY_HZ
            ):
                links.append((float(abs(hz[i] - hz[j]) / abs(system.couplings[i, j])), i, j))
    return links


def _links(system: SpinSystem, members: list[int], hz: Float) -> list[tuple[float, int, int]]:
    """Return the strong links: ratio of shift difference to coupling, and the two groups."""
    links = []
    constants = system.couplings
    groups_by_kind: dict[tuple[int, int], list[int]] = {}
    for i in members:
        groups_by_kind.setdefault(system.groups[i].kind, []).append(i)
    for position, i in enumerate(members):
        for j in members[position + 1 :]:
            constant = abs(constants[i, j])
            if not constant:
                continue
            ratio = abs(hz[i] - hz[j]) / constant
            like_i, like_j = groups_by_kind[system.groups[i].kind], groups_by_kind[system.groups[j].kind]
            if ratio and len(like_i) > 1 and len(like_j) > 1 and _is_unequal(constants, like_i, like_j):
                ratio = min(ratio, 1.0)
            if ratio < STRONG_RATIO:
                links.append((float(ratio), i, j))
    return links


def _is_unequal(constants: Float, first: list[int], second: list[int]) -> bool:
    """Return whether coupled equivalent spins couple unequally with another set (AA'XX')."""
    between = constants[np.ix_(first, second)]
    inside = max(np.abs(constants[np.ix_(first, first)]).max(), np.abs(constants[np.ix_(second, second)]).max())
    return bool(inside > 0.0 and np.ptp(between) > _MIN_INEQUALITY_HZ)


def cluster_lines(system: SpinSystem, cluster: list[int], hz: Float, corrections: PairCorrections) -> ClusterLines:
    """Return the lines of one cluster, split by all outside groups that it couples with.

    A weakly coupled spin splits every line by the effective coupling of that line's transition,
    with the tilt and the displacement of an AB system. For spins that couple unequally with the
    members of a cluster, the cluster is solved once per state of these spins (the X approximation).

    Parameters
    ----------
    hz
        Larmor frequency of every group of the system (groups,), Hz; NaN for F and P.
    """
    outer = _outer_groups(system, cluster)
    counts = [system.groups[i].count for i in outer]
    if len(cluster) == 1:
        return _first_order_lines(system, cluster[0], outer, counts, hz, corrections)
    protons = sum(system.groups[i].count for i in cluster)
    lines = _cluster_lines(system, cluster, outer, counts, hz, corrections)
    line, area = merge_unresolved(lines.hz, lines.area)
    return ClusterLines(line, area * (protons / area.sum()))


def group_lines(system: SpinSystem, cluster: list[int], hz: Float, corrections: PairCorrections) -> list[ClusterLines]:
    """Return the lines of each group of a cluster; together they are those of ``cluster_lines``.

    A line of a strongly coupled cluster belongs to the groups whose spins its transition flips, to
    near ones more than to far ones. The area of each group is its number of protons.

    Parameters
    ----------
    hz
        Larmor frequency of every group of the system (groups,), Hz; NaN for F and P.
    """
    outer = _outer_groups(system, cluster)
    counts = [system.groups[i].count for i in outer]
    if len(cluster) == 1:
        return [_first_order_lines(system, cluster[0], outer, counts, hz, corrections)]
    lines = _cluster_lines(system, cluster, outer, counts, hz, corrections)
    distance = (lines.hz[:, None] - hz[cluster]) / _GROUP_RANGE_HZ
    share = (lines.flip.clip(0.0, None) ** 2 + 1e-6) / (1 + distance**2)
    share /= share.sum(axis=1, keepdims=True).clip(1e-12, None)
    parts = []
    for column, group in enumerate(cluster):
        line, area = merge_unresolved(lines.hz, lines.area * share[:, column])
        parts.append(ClusterLines(line, area * (system.groups[group].count / area.sum())))
    return parts


class _SplitLines(NamedTuple):
    hz: Float
    area: Float
    flip: Float
    """(lines, groups of the cluster): change of each group's spin."""


def _cluster_lines(
    system: SpinSystem, cluster: list[int], outer: list[int], counts: list[int], hz: Float, corrections: PairCorrections
) -> _SplitLines:
    """Return the lines of a cluster of several groups, split by its outside groups."""
    block = np.ix_(cluster, outer)
    constants, tilt = system.couplings[block], corrections.tilt[block]
    centre = hz[cluster] + corrections.displacement[block] @ np.array(counts, dtype=np.float64)
    line, area, flip, rest = _exact_lines(system, cluster, centre, constants, tilt, counts)
    # The flips are thinned with the splittings.
    split, slope = np.hstack((flip @ constants, flip)), (flip @ tilt).clip(-1.0, 1.0)
    for x in sorted(rest, key=lambda x: -float(np.abs(constants[:, x]).max())):
        line, area, split, slope = thin_lines(line, area, split, slope, _MAX_SPLIT_LINES)
        steps = np.arange(counts[x] + 1)
        offset = counts[x] / 2 - steps
        area = (area[:, None] * line_shares(counts[x], slope[:, x])).ravel()
        line = (line[:, None] + split[:, x, None] * offset).ravel()
        split, slope = np.repeat(split, len(steps), axis=0), np.repeat(slope, len(steps), axis=0)
    return _SplitLines(line, area, split[:, len(outer) :])


def _first_order_lines(
    system: SpinSystem, group: int, outer: list[int], counts: list[int], hz: Float, corrections: PairCorrections
) -> ClusterLines:
    """Return the lines of one group without strong couplings."""
    constants = system.couplings[group, outer].tolist()
    offset, share = first_order_lines(constants, counts, corrections.tilt[group, outer].tolist())
    displacement_hz = sum(n * d for n, d in zip(counts, corrections.displacement[group, outer].tolist(), strict=True))
    line, share = merge_unresolved(offset + (float(hz[group]) + displacement_hz), share)
    return ClusterLines(line, share * (system.groups[group].count / share.sum()))


def _outer_groups(system: SpinSystem, cluster: list[int]) -> list[int]:
    """Return the outside groups that split the cluster's lines.

    Isochronous ones of its kind do not.
    """
    inside, kinds = set(cluster), {system.groups[i].kind for i in cluster}
    coupled = np.flatnonzero(system.couplings[cluster].any(axis=0)).tolist()
    only_kind = next(iter(kinds)) if len(kinds) == 1 else None
    same_kind = {i for i in coupled if system.groups[i].is_proton and system.groups[i].kind == only_kind}
    return [i for i in coupled if i not in inside and i not in same_kind]


def _exact_lines(
    system: SpinSystem, cluster: list[int], centre: Float, constants: Float, tilt: Float, counts: list[int]
) -> tuple[Float, Float, Float, list[int]]:
    """Return lines, areas and flips of a cluster, and the outside groups still to split them."""
    sizes = tuple(system.groups[i].count for i in cluster)
    unequal = np.ptp(constants, axis=0).tolist() if counts else []
    chosen: list[int] = []
    sets, limit = 1, max(1, _MAX_SOLVED_LINES // line_count(sizes))
    for x in sorted(range(len(counts)), key=lambda x: -unequal[x]):
        if unequal[x] > _MIN_INEQUALITY_HZ and sets * (counts[x] + 1) <= limit:
            chosen.append(x)
            sets *= counts[x] + 1
    states = np.array(list(product(*(range(counts[x] + 1) for x in chosen))), dtype=np.int64).reshape(sets, len(chosen))
    half = np.array([counts[x] / 2 for x in chosen])
    frequency = centre + (half - states) @ constants[:, chosen].T
    solved = transitions(sizes, frequency, system.couplings[np.ix_(cluster, cluster)])
    area = solved.intensity
    for column, x in enumerate(chosen):
        slope = (solved.flip @ tilt[:, x]).clip(-1.0, 1.0)
        share = line_shares(counts[x], slope.ravel()).reshape(*slope.shape, -1)
        area = area * np.take_along_axis(share, states[:, column][:, None, None], axis=2)[..., 0]
    is_visible = area > _MIN_RELATIVE_AREA * area.max()
    return (
        solved.frequency[is_visible],
        area[is_visible],
        solved.flip[is_visible],
        [x for x in range(len(counts)) if x not in chosen],
    )
