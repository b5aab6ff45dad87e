"""Assignment of observed signals to the atoms of a candidate."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from specmol_core.matcher.assignment import AssignedSignal, Assignment
from specmol_core.matchnet_x.alignment import align, alignment_path
from specmol_core.matchnet_x.counted_carbons import carbon_groups, group_path
from specmol_core.matchnet_x.likelihood import (
    LikelihoodModel,
    carbon_terms,
    group_terms,
    maybe_masked_lines,
    observed_lines,
    proton_terms,
)
from specmol_core.matchnet_x.observed_signals import Observed
from specmol_core.matchnet_x.predicted_lines import PredictedLines, pack_lines
from specmol_core.matchnet_x.salt_lines import PartShifts, atoms_of_salt_lines, salt_lines
from specmol_core.spectra.spectrum import Nucleus

__all__ = ["aligned_pairs", "assign", "assigned_pairs", "carbon_path", "reading_notes"]

_MISMATCH_UNCERTAINTIES, _MATCH_UNCERTAINTIES = 6.0, 2.0
"""Distance from a prediction, in its uncertainties, from which a signal is a mismatch, and up to
which it is a match."""


def assign(
    model: LikelihoodModel,
    observed: Sequence[Observed],
    shifts: Sequence[PartShifts],
) -> Assignment:
    """Assign signals to atoms by the best alignment of the candidate.

    Lines of counter-ions that the spectrum does not show are left out.

    Parameters
    ----------
    shifts
        Predicted shifts of the parts of the candidate, the main part first.
    """
    stored = salt_lines(shifts)
    signals: list[AssignedSignal] = []
    for spectrum_signals in sorted(observed, key=lambda o: o.nucleus != "13C"):
        lines, is_shown = observed_lines(model, spectrum_signals, pack_lines(stored.lines))
        all_atoms = atoms_of_salt_lines(shifts, stored, spectrum_signals.nucleus)
        atoms = [own for own, shown in zip(all_atoms, is_shown, strict=True) if shown]
        signals += _assigned_signals(
            model,
            spectrum_signals,
            lines,
            atoms,
            assigned_pairs(model, spectrum_signals, lines),
        )
    return Assignment(tuple(signals))


def _reassign_distant_pairs(
    observed: Observed, lines: PredictedLines, pairs: Counter[tuple[int, int]]
) -> Counter[tuple[int, int]]:
    """Pair lines that have a distant signal with the signal at their predicted shift, if any.

    If an integral is one proton too small, the alignment pairs that proton with another signal,
    although the shift is more reliable than the integral. The log-likelihood ratio does not change.
    """
    result: Counter[tuple[int, int]] = Counter()
    for (line, entry), count in pairs.items():
        uncertainties = np.abs(observed.ppm - lines.ppm[line]) / max(float(lines.uncertainty_ppm[line]), 1e-6)
        nearest = int(uncertainties.argmin())
        result[
            line,
            nearest
            if uncertainties[entry] >= _MISMATCH_UNCERTAINTIES and uncertainties[nearest] <= _MATCH_UNCERTAINTIES
            else entry,
        ] += count
    return result


def assigned_pairs(model: LikelihoodModel, observed: Observed, lines: PredictedLines) -> Counter[tuple[int, int]]:
    """Number of nuclei of each pair (line, signal) of one candidate; each signal near its line."""
    return _reassign_distant_pairs(observed, lines, aligned_pairs(model, observed, lines))


def aligned_pairs(model: LikelihoodModel, observed: Observed, lines: PredictedLines) -> Counter[tuple[int, int]]:
    """Number of nuclei of each pair (line, signal) in the best alignment of one candidate."""
    if observed.nucleus == "13C":
        return _carbon_pairs(model, observed, lines)
    return _proton_pairs(model, observed, lines)


def carbon_path(
    model: LikelihoodModel, observed: Observed, lines: PredictedLines
) -> tuple[list[tuple[int, int]], bool]:
    """Return the pairs (line, signal) of the best alignment of one candidate, and whether numbers of carbons were used.

    A list with numbers of carbons has two readings, see ``counted_carbons``; the likelier one counts.
    """
    terms = carbon_terms(model, observed, lines)
    groups = carbon_groups(observed)
    if groups is not None:
        score, pairs = group_path(group_terms(model, observed, groups, lines), groups)
        if score > align(terms):
            return pairs, True
    return alignment_path(terms), False


def reading_notes(model: LikelihoodModel, observed: Sequence[Observed], best: bytes) -> tuple[str, ...]:
    """Return how a 13C list with repeated values or numbers of carbons was read for the best candidate."""
    notes = []
    for signals in observed:
        groups = carbon_groups(signals)
        if groups is None:
            continue
        _, are_counted = carbon_path(model, signals, observed_lines(model, signals, best)[0])
        if are_counted:
            notes.append(
                f"13C: repeated values and numbers of carbons in the list count as carbons: {groups.describe()}"
            )
        else:
            notes.append(
                "13C: each entry of the list was read as a signal; repeated values and numbers of carbons "
                f"({groups.describe()}) fit the best candidate less"
            )
    return tuple(notes)


def _carbon_pairs(model: LikelihoodModel, observed: Observed, lines: PredictedLines) -> Counter[tuple[int, int]]:
    pairs, _ = carbon_path(model, observed, lines)
    signals_of_line = Counter(line for line, _ in pairs)
    return Counter({(line, entry): max(int(lines.nuclei[line]) // signals_of_line[line], 1) for line, entry in pairs})


def _proton_pairs(model: LikelihoodModel, observed: Observed, lines: PredictedLines) -> Counter[tuple[int, int]]:
    """Number of protons of each pair (line, signal)."""
    protons = proton_terms(model, observed, lines)
    pairs = alignment_path(protons.terms)
    return Counter(
        (int(protons.line_of_proton[proton]), int(protons.signal_of_proton[entry])) for proton, entry in pairs
    )


def _assigned_signals(
    model: LikelihoodModel,
    observed: Observed,
    lines: PredictedLines,
    atoms: Sequence[tuple[int, ...]],
    pairs: Counter[tuple[int, int]],
) -> list[AssignedSignal]:
    nucleus: Nucleus = observed.nucleus
    may_be_masked = maybe_masked_lines(model.parameters_for(observed), observed, lines)
    observed_lines, explained_signals = {i for i, _ in pairs}, {j for _, j in pairs}
    signals_of_line = Counter(i for i, _ in pairs)
    counted = _counted_signals(model, observed, lines)
    rows = [
        AssignedSignal(
            nucleus, float(observed.ppm[j]), float(lines.ppm[i]), float(lines.uncertainty_ppm[i]), atoms[i],
            # A line with one signal of a trace is observed as a whole, even if the integral is too small.
            float(count if observed.from_peak_list or signals_of_line[i] > 1 else lines.nuclei[i]),
            observed.multiplicity_labels[j],
            integral=_integral(observed, j),
        )
        for (i, j), count in pairs.items()
    ]  # fmt: skip
    rows += [
        AssignedSignal(
            nucleus, None, float(lines.ppm[i]), float(lines.uncertainty_ppm[i]), atoms[i], float(lines.nuclei[i]),
            may_be_masked=bool(may_be_masked[i]),
        )
        for i in range(len(lines.ppm))
        if i not in observed_lines
    ]  # fmt: skip
    rows += [
        AssignedSignal(
            nucleus, float(observed.ppm[j]), None, None, (), _amount(observed, j), observed.multiplicity_labels[j],
            integral=_integral(observed, j), is_counted=j in counted,
        )
        for j in range(len(observed))
        if j not in explained_signals
    ]  # fmt: skip
    return sorted(rows, key=lambda s: (-(s.ppm if s.ppm is not None else s.predicted_ppm or 0.0), s.atoms))


def _counted_signals(model: LikelihoodModel, observed: Observed, lines: PredictedLines) -> set[int]:
    """The signals that a candidate has to explain: of 1H those with at least one proton."""
    if observed.nucleus == "13C":
        return set(range(len(observed)))
    return set(proton_terms(model, observed, lines).signal_of_proton.tolist())


def _integral(observed: Observed, entry: int) -> float | None:
    """Integral of a signal of a 1H trace."""
    return None if observed.from_peak_list or observed.nucleus == "13C" else _amount(observed, entry)


def _amount(observed: Observed, entry: int) -> float | None:
    amount = float(observed.amount[entry])
    return round(amount, 1) if np.isfinite(amount) else None
