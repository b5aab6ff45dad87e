"""Evidence of observed signals for candidates: how much likelier they make the list than chance would."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from specmol_core.matching.alignment import AlignmentTerms, align
from specmol_core.matching.observed import MULTIPLICITIES, Observed
from specmol_core.matching.predicted import CARBON_KINDS, EXCHANGING, KINDS, PaddedLines, pad_lines

__all__ = [
    "EvidenceModel",
    "NucleusModel",
    "ProtonReading",
    "carbon_terms",
    "evidence",
    "proton_entries",
    "proton_reading",
    "proton_terms",
]

_FLOOR = -12.0
"""Least log-likelihood ratio of one pair: farther off is not worse, it is no pair."""
_LEAST = 0.3
"""Share of a proton from which an integral stands for one: exchanging protons are often seen in part."""
_PROTONS_A_SIGNAL = 2.0
"""Typical; only what the evidence of integrals is scaled to."""


@dataclass(frozen=True)
class NucleusModel:
    """What an observed list does beside showing the predicted lines; logarithms are natural."""

    window: float
    """Range over which a chance line may stand (ppm)."""
    dof: float
    """Degrees of freedom of the deviation of observed from predicted shifts."""
    widen: float
    """Factor on the predicted spreads."""
    missing: tuple[float, ...]
    """Log-probability that a line of each kind is not observed: C, CH, CH2, CH3; on carbon, on N, O or S."""
    extra: float
    """Log-rate of observed entries that are nobody's, against what the window would hold by chance."""
    merged: float
    """Log-probability that two lines which would stand apart are reported as one."""
    split: float
    """Log-probability that one line of several nuclei shows as two entries."""
    crowded: float = -6.0
    """Log-probability that a signal holds one proton more than its integral says; 1H only."""
    together: float = 1.0
    """Power of the number of protons of a line by which the weight of each falls: at 1 a line weighs as one."""
    shared: float = 0.0
    """Power of the number of protons that integrals are shared among by which their evidence falls: at 1 a spectrum
    tells no more of a candidate of many protons than of one of few."""


_CARBON = NucleusModel(220.0, 3.5, 1.45, (-5.0, -7.0, -6.0, -6.0), -6.5, -1.5, -3.0)
_CARBON_READ = NucleusModel(220.0, 3.5, 1.45, (-3.0, -6.0, -7.0, -6.0), -3.5, -0.5, -4.0)
_PROTON = NucleusModel(12.0, 2.1, 1.3, (-9.0, -0.5), -7.0, -2.0, 0.0, crowded=-9.0, together=0.3)
_PROTON_READ = NucleusModel(12.0, 2.1, 1.3, (-9.0, -0.1), -3.0, -2.5, -0.75, crowded=-4.5, together=0.45, shared=0.45)


@dataclass(frozen=True)
class EvidenceModel:
    """Both nuclei, in lists and as read off traces, and what multiplicities tell."""

    c13: NucleusModel = _CARBON
    h1: NucleusModel = _PROTON
    c13_read: NucleusModel = _CARBON_READ
    h1_read: NucleusModel = _PROTON_READ
    multiplicity: NDArray[np.float64] = field(default_factory=lambda: np.zeros((KINDS["1H"], len(MULTIPLICITIES))))
    """Log-ratio of seeing each multiplicity for each kind of proton, against all kinds together."""
    multiplicity_weight: float = 0.5
    """Factor on it: neighbouring signals are no independent witnesses."""

    def of(self, observed: Observed) -> NucleusModel:
        """What holds for these signals."""
        if observed.nucleus == "13C":
            return self.c13 if observed.listed else self.c13_read
        return self.h1 if observed.listed else self.h1_read


def evidence(
    model: EvidenceModel, observed: Sequence[Observed], candidates: Sequence[bytes | memoryview]
) -> NDArray[np.float64]:
    """Log-likelihood ratio (spectra, candidates) of each spectrum under each candidate, against lines by chance.

    Parameters
    ----------
    observed
        Signals of the spectra that there are.
    candidates
        Stored lines of each candidate, see ``predicted``.
    """
    rows = np.zeros((len(observed), len(candidates)))
    for row, one in zip(rows, observed, strict=True):
        lines = pad_lines(candidates, one.nucleus)
        if one.nucleus == "13C":
            row[:] = align(carbon_terms(model.of(one), one, lines))
        else:
            row[:] = _proton_evidence(model, one, lines)
    return rows


def _log_student(z: NDArray[np.float32], dof: float) -> NDArray[np.float32]:
    constant = gammaln((dof + 1) / 2) - gammaln(dof / 2) - 0.5 * np.log(dof * np.pi)
    found: NDArray[np.float32] = np.float32(constant) - np.float32((dof + 1) / 2) * np.log1p(z * z / np.float32(dof))
    return found


def _pair_ratio(
    model: NucleusModel, ppm: NDArray[np.float32], spread: NDArray[np.float32], at: NDArray[np.float32], error: float
) -> NDArray[np.float32]:
    """Log-ratio (candidates, P, M) of a line standing at an entry, against a uniform chance over the window."""
    scale = np.hypot(spread * np.float32(model.widen), np.float32(error))
    scale = np.maximum(scale, np.float32(1e-4))[..., None]
    z = (ppm[..., None] - at) / scale
    ratio = _log_student(z, model.dof) - np.log(scale) + np.float32(np.log(model.window))
    floored: NDArray[np.float32] = np.maximum(ratio, np.float32(_FLOOR))
    return floored


def carbon_terms(model: NucleusModel, observed: Observed, lines: PaddedLines) -> AlignmentTerms:
    """Terms of a 13C list: one line per class of carbons, one entry per observed line."""
    at, error = observed.ppm.astype(np.float32), float(observed.error.max(initial=0.0))
    match = _pair_ratio(model, lines.ppm, lines.spread, at, error)
    missing = np.array(model.missing, np.float32)[lines.kind.clip(max=len(CARBON_KINDS) - 1)]
    # Two lines within the resolution are one: the second needs no place of its own, only to be that near.
    merged = np.full(lines.ppm.shape, model.merged + np.log(observed.merged / model.window), np.float32)
    return AlignmentTerms(match, missing, merged, _split(match, at, model, lines), _extra(model, len(at)), lines.sizes)


def _split(
    match: NDArray[np.float32], at: NDArray[np.float32], model: NucleusModel, lines: PaddedLines
) -> NDArray[np.float32]:
    """A line of several carbons as two neighbouring entries: alike by the graph, yet not in space."""
    split = np.full(match.shape, -1e9, np.float32)
    if match.shape[2] > 1:
        near = np.float32(np.log(model.window)) - np.diff(at) / np.float32(0.5)
        pair = np.maximum(match[..., :-1], match[..., 1:]) + near + np.float32(model.split)
        split[..., 1:] = np.where((lines.nuclei > 1)[..., None], pair, np.float32(-1e9))
    return split


def _extra(model: NucleusModel, entries: int) -> NDArray[np.float32]:
    return np.full(entries, model.extra, np.float32)


def _proton_evidence(model: EvidenceModel, observed: Observed, lines: PaddedLines) -> NDArray[np.float64]:
    result = np.full(len(lines.sizes), -np.inf)
    for totals in _totals(observed, lines):
        for total in np.unique(totals).tolist():
            rows = np.flatnonzero(totals == total)
            terms = proton_terms(model, observed, lines.of(rows), total).terms
            result[rows] = np.maximum(result[rows], align(terms) * _share(model, observed, total))
    return result


def _share(model: EvidenceModel, observed: Observed, total: int) -> float:
    """Factor on the evidence of integrals that are shared out among so many protons: they are samples of one curve."""
    if observed.counted:
        return 1.0
    usual = _PROTONS_A_SIGNAL * _large(observed.amount)
    return float((usual / max(total, 1)) ** model.of(observed).shared)


def _large(amount: NDArray[np.float64]) -> int:
    """How many signals are no impurity's by their size."""
    share = np.maximum(np.nan_to_num(amount, nan=1.0), 0.0)
    return int((share > _LEAST * share.max(initial=0.0)).sum())


def _totals(observed: Observed, lines: PaddedLines) -> list[NDArray[np.int64]]:
    """Protons (candidates,) that integrals may stand for: those on carbon, or all; a counted list needs no guess."""
    everything = np.where(lines.inside, lines.nuclei, 0)
    if observed.counted:
        return [np.zeros(len(lines.sizes), np.int64)]
    return [np.where(lines.kind < EXCHANGING, everything, 0).sum(1), everything.sum(1)]


def proton_reading(model: EvidenceModel, observed: Observed, lines: PaddedLines) -> ProtonReading:
    """The likelier reading of the integrals under a single candidate."""
    totals = [int(totals[0]) for totals in _totals(observed, lines)]
    readings = [proton_terms(model, observed, lines, total) for total in totals]
    weighed = [float(align(r.terms)[0]) * _share(model, observed, t) for r, t in zip(readings, totals, strict=True)]
    return readings[int(np.argmax(weighed))]


def proton_entries(observed: Observed, total: int) -> NDArray[np.int64]:
    """Which signal each proton of the list belongs to (protons,), rising.

    Counted signals have their own numbers, one at least. Integrals are shared out so that all together are ``total``
    protons; a signal of less than ``_LEAST`` of one is taken for an impurity's and has none.
    """
    amount = observed.amount
    if observed.counted:
        numbers = np.maximum(np.rint(np.nan_to_num(amount, nan=1.0)), 1).astype(np.int64)
    else:
        share = np.maximum(np.nan_to_num(amount, nan=1.0), 0.0)
        share = share if share.any() else np.ones(len(share))
        # A candidate of few protons must answer for every large signal all the same.
        wanted = share * (max(total, _large(share)) / max(float(share.sum()), 1e-12))
        numbers = np.maximum(np.rint(wanted), wanted >= _LEAST).astype(np.int64)
    return np.repeat(np.arange(len(numbers)), numbers.clip(max=60))


class ProtonReading(NamedTuple):
    """A 1H list proton by proton."""

    terms: AlignmentTerms
    lines: NDArray[np.int64]
    """(candidates, most protons) line of each predicted proton."""
    entry: NDArray[np.int64]
    """(protons,) signal of each observed proton."""


def proton_terms(model: EvidenceModel, observed: Observed, lines: PaddedLines, total: int) -> ProtonReading:
    """Terms of a 1H list, proton by proton.

    Parameters
    ----------
    total
        Protons that the integrals stand for, where the list is not counted.
    """
    own, entry = model.of(observed), proton_entries(observed, total)
    at, error = observed.ppm.astype(np.float32), float(observed.error.max(initial=0.0))
    told = (model.multiplicity_weight * model.multiplicity[:, observed.multiplicity]).astype(np.float32)
    ratio = _pair_ratio(own, lines.ppm, lines.spread, at, error) + told[lines.kind]
    rows, columns, sizes = _by_proton(lines)
    weight = (np.maximum(lines.nuclei, 1) ** -own.together).astype(np.float32)
    match = (ratio * weight[..., None])[rows[:, None], columns][..., entry]
    boundary = np.zeros((*columns.shape, len(entry)), np.float32)
    if columns.shape[1] > 1 and len(entry) > 1:
        line, signal = (columns[:, 1:] == columns[:, :-1])[..., None], entry[1:] == entry[:-1]
        boundary[:, 1:, 1:] = np.where(line & ~signal, own.split, 0.0) + np.where(~line & signal, own.merged, 0.0)
    match += boundary
    missing = (np.array(own.missing, np.float32)[(lines.kind >= EXCHANGING).astype(np.int64)])[rows[:, None], columns]
    crowded = np.full(missing.shape, own.crowded, np.float32)
    split = np.full(match.shape, -1e9, np.float32)
    terms = AlignmentTerms(match, missing, crowded, split, _extra(own, len(entry)), sizes)
    return ProtonReading(terms, columns, entry)


def _by_proton(lines: PaddedLines) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Line of each proton (candidates, most protons), and protons of each candidate."""
    count = np.where(lines.inside, lines.nuclei, 0)
    sizes = count.sum(1)
    ends = np.cumsum(count, axis=1)
    places = np.arange(int(sizes.max(initial=0)))
    columns = (places[None, :, None] >= ends[:, None, :]).sum(2).clip(max=max(lines.ppm.shape[1] - 1, 0))
    return np.arange(len(sizes)), columns, sizes
