"""What a spectroscopist would call a signal: its multiplicity and coupling constants."""

from __future__ import annotations

from specmol_core.simulation.spin_system import SpinSystem

__all__ = ["describe"]

_SMALLEST_HZ = 1.0
"""Couplings below this do not show."""
_SAME_HZ = 0.6
"""Couplings closer than this are reported as one."""
_SECOND_ORDER = 3.0
"""Below this ratio of shift difference to coupling a signal is a multiplet."""
_NAMES = ("", "d", "t", "q", "quint", "sext", "sept", "oct", "non")
_MOST_GROUPS = 4


def describe(system: SpinSystem, groups: list[int], frequency_mhz: float) -> tuple[str, tuple[float, ...]]:
    """Multiplicity (s, d, t, q, dd, dt, ..., m) and couplings (Hz, absolute, falling) of chemically equivalent groups.

    Parameters
    ----------
    groups
        Indices of all groups of one kind.
    """
    first = groups[0]
    own = system.groups[first]
    row = system.couplings[first]
    partners: list[tuple[float, int]] = []
    for other in row.nonzero()[0].tolist():
        constant, group = abs(float(row[other])), system.groups[other]
        if constant < _SMALLEST_HZ:
            continue
        if group.is_proton and group.kind == own.kind:
            if group.atoms == own.atoms:
                return "m", ()
            continue
        if group.is_proton and abs(group.ppm - own.ppm) * frequency_mhz < _SECOND_ORDER * constant:
            return "m", ()
        partners.append((constant, group.count))
    return _name(sorted(partners, reverse=True))


def _name(partners: list[tuple[float, int]]) -> tuple[str, tuple[float, ...]]:
    together: list[tuple[float, int]] = []
    for constant, count in partners:
        if together and together[-1][0] - constant <= _SAME_HZ:
            mean, before = together[-1]
            together[-1] = ((mean * before + constant * count) / (before + count), before + count)
        else:
            together.append((constant, count))
    if not together:
        return "s", ()
    if len(together) > _MOST_GROUPS or any(count >= len(_NAMES) for _, count in together):
        return "m", ()
    return "".join(_NAMES[count] for _, count in together), tuple(constant for constant, _ in together)
