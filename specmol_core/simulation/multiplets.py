"""Describe a signal as a spectroscopist does: by its multiplicity and coupling constants."""

from __future__ import annotations

from specmol_core.simulation.spin_system import SpinSystem

__all__ = ["describe_multiplet"]

_MIN_COUPLING_HZ = 1.0
"""Smaller couplings are not visible."""
_MERGE_DISTANCE_HZ = 0.6
"""Couplings closer than this are reported as one coupling."""
_MIN_FIRST_ORDER_RATIO = 3.0
"""Below this ratio of shift difference to coupling a signal is called m."""
_MULTIPLICITY_LETTERS = ("", "d", "t", "q", "quint", "sext", "sept", "oct", "non")
_MAX_LETTERS = 4


def describe_multiplet(system: SpinSystem, groups: list[int], frequency_mhz: float) -> tuple[str, tuple[float, ...]]:
    """Return the multiplicity and the couplings of chemically equivalent groups.

    Parameters
    ----------
    groups
        Indices of all groups of one kind.
    frequency_mhz
        1H frequency of the instrument (MHz).

    Returns
    -------
    Multiplicity (s, d, t, q, dd, dt, ..., m) and absolute couplings (Hz) in falling order.
    """
    first = groups[0]
    first_group = system.groups[first]
    row = system.couplings[first]
    partners: list[tuple[float, int]] = []
    for partner in row.nonzero()[0].tolist():
        constant, group = abs(float(row[partner])), system.groups[partner]
        if constant < _MIN_COUPLING_HZ:
            continue
        if group.is_proton and group.kind == first_group.kind:
            if group.atoms == first_group.atoms:
                return "m", ()
            continue
        if group.is_proton and abs(group.ppm - first_group.ppm) * frequency_mhz < _MIN_FIRST_ORDER_RATIO * constant:
            return "m", ()
        partners.append((constant, group.count))
    return _multiplicity(sorted(partners, reverse=True))


def _multiplicity(partners: list[tuple[float, int]]) -> tuple[str, tuple[float, ...]]:
    merged: list[tuple[float, int]] = []
    for constant, count in partners:
        if merged and merged[-1][0] - constant <= _MERGE_DISTANCE_HZ:
            mean, previous_count = merged[-1]
            merged[-1] = ((mean * previous_count + constant * count) / (previous_count + count), previous_count + count)
        else:
            merged.append((constant, count))
    if not merged:
        return "s", ()
    if len(merged) > _MAX_LETTERS or any(count >= len(_MULTIPLICITY_LETTERS) for _, count in merged):
        return "m", ()
    return "".join(_MULTIPLICITY_LETTERS[count] for _, count in merged), tuple(constant for constant, _ in merged)
