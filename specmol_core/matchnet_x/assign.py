"""The best alignment of one candidate, told atom by atom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from specmol_core.matcher.assignment import AssignedSignal, Assignment
from specmol_core.matchnet_x.alignment import alignment_path
from specmol_core.matchnet_x.likelihood import EvidenceModel, carbon_terms, hidden_lines, proton_reading
from specmol_core.matchnet_x.observed_signals import Observed
from specmol_core.matchnet_x.predicted_lines import Lines, atoms_of_lines, pack_lines, predicted_lines, unpack_lines
from specmol_core.shifts.graph import ShiftGraph
from specmol_core.spectra.spectrum import Nucleus

__all__ = ["aligned_pairs", "assign"]

_FAR, _NEAR = 6.0, 2.0
"""Spreads from the prediction at which a signal is not believed to be the line's, and within which it is."""


def assign(
    model: EvidenceModel,
    observed: Sequence[Observed],
    graph: ShiftGraph,
    means: NDArray[np.float32],
    spreads: NDArray[np.float32],
) -> Assignment:
    """Which signal belongs to which atoms, by the alignment that the evidence of the candidate rests on.

    Parameters
    ----------
    means, spreads
        Predicted shifts (atoms, 4) and spreads (atoms, 2) of the candidate, see ``ShiftPredictor.batches``.
    """
    stored = predicted_lines([graph], means, spreads)[0]
    signals: list[AssignedSignal] = []
    for one in sorted(observed, key=lambda o: o.nucleus != "13C"):
        lines = unpack_lines([pack_lines(stored)], one.nucleus)
        atoms = atoms_of_lines(graph, means, lines, one.nucleus)
        signals += _told(model, one, lines, atoms, _nearer(one, lines, aligned_pairs(model, one, lines)))
    return Assignment(tuple(signals))


def _nearer(observed: Observed, lines: Lines, pairs: Counter[tuple[int, int]]) -> Counter[tuple[int, int]]:
    """The pairs, but for lines that went far off while a signal stands where they were predicted.

    An integral that was read a proton short sends that proton to a neighbour: nobody would believe the shift before the
    integral. What the evidence is stays as it was.
    """
    found: Counter[tuple[int, int]] = Counter()
    for (line, entry), count in pairs.items():
        spreads = np.abs(observed.ppm - lines.ppm[line]) / max(float(lines.spread[line]), 1e-6)
        nearest = int(spreads.argmin())
        found[line, nearest if spreads[entry] >= _FAR and spreads[nearest] <= _NEAR else entry] += count
    return found


def aligned_pairs(model: EvidenceModel, observed: Observed, lines: Lines) -> Counter[tuple[int, int]]:
    """Nuclei of each pair of a line and a signal in the best alignment of one candidate."""
    if observed.nucleus == "13C":
        return _carbon_pairs(model, observed, lines)
    return _proton_pairs(model, observed, lines)


def _carbon_pairs(model: EvidenceModel, observed: Observed, lines: Lines) -> Counter[tuple[int, int]]:
    pairs = alignment_path(carbon_terms(model, observed, lines))
    shown = Counter(line for line, _ in pairs)
    return Counter({(line, entry): max(int(lines.nuclei[line]) // shown[line], 1) for line, entry in pairs})


def _proton_pairs(model: EvidenceModel, observed: Observed, lines: Lines) -> Counter[tuple[int, int]]:
    """Protons of each line in each signal."""
    reading = proton_reading(model, observed, lines)
    pairs = alignment_path(reading.terms)
    return Counter((int(reading.lines[proton]), int(reading.entry[entry])) for proton, entry in pairs)


def _told(
    model: EvidenceModel,
    observed: Observed,
    lines: Lines,
    atoms: Sequence[tuple[int, ...]],
    pairs: Counter[tuple[int, int]],
) -> list[AssignedSignal]:
    nucleus: Nucleus = observed.nucleus
    hidden = hidden_lines(model.of(observed), observed, lines)
    seen_lines, seen_entries = {i for i, _ in pairs}, {j for _, j in pairs}
    rows = [
        AssignedSignal(
            nucleus, float(observed.ppm[j]), float(lines.ppm[i]), float(lines.spread[i]), atoms[i], float(count),
            observed.names[j],
        )
        for (i, j), count in pairs.items()
    ]  # fmt: skip
    rows += [
        AssignedSignal(
            nucleus, None, float(lines.ppm[i]), float(lines.spread[i]), atoms[i], float(lines.nuclei[i]),
            hidden=bool(hidden[i]),
        )
        for i in range(len(lines.ppm))
        if i not in seen_lines
    ]  # fmt: skip
    rows += [
        AssignedSignal(nucleus, float(observed.ppm[j]), None, None, (), _amount(observed, j), observed.names[j])
        for j in range(len(observed))
        if j not in seen_entries
    ]
    return sorted(rows, key=lambda s: (-(s.ppm if s.ppm is not None else s.predicted or 0.0), s.atoms))


def _amount(observed: Observed, entry: int) -> float | None:
    amount = float(observed.amount[entry])
    return round(amount, 1) if np.isfinite(amount) else None
