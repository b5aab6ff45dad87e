"""Evidence of observed signals for candidates: how much likelier they make the list than chance would."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import lgamma, log, pi
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from specmol_core.matchnet_x.alignment import AlignmentTerms, align
from specmol_core.matchnet_x.heights import USUAL
from specmol_core.matchnet_x.kernels import (
    CELLS,
    NEVER,
    Carbons,
    Pairing,
    Protons,
    carbon_ratios,
    fill_carbon,
    fill_proton,
    height_scale,
    proton_ratios,
)
from specmol_core.matchnet_x.observed_signals import MULTIPLICITIES, Observed
from specmol_core.matchnet_x.predicted_lines import EXCHANGING, KINDS, Lines, unpack_lines
from specmol_core.runtime.compiled import shared_out

__all__ = [
    "EvidenceModel",
    "NucleusModel",
    "ProtonReading",
    "carbon_terms",
    "evidence",
    "hidden_lines",
    "proton_entries",
    "proton_reading",
    "usual_height",
]

_LEAST = 0.3
"""Share of a proton from which an integral stands for one: exchanging protons are often seen in part."""
_LEAST_AT_ONCE = 250
"""Candidates that are worth a thread."""
_NEAR = 2.0
"""Spreads from a range in which no line is seen that a line may well be in it."""
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
    elsewhere: float = -9.0
    """Log-probability that a proton that exchanges stands anywhere in the window, in any order; 1H only."""
    bound: float = 1.0
    """Most log-likelihood ratio that a proton that exchanges brings where it stands as predicted; 1H only."""
    shared: float = 0.0
    """Power of the number of protons that integrals are shared among by which their evidence falls: at 1 a spectrum
    tells no more of a candidate of many protons than of one of few."""


_CARBON = NucleusModel(220.0, 3.5, 1.45, (-5.0, -7.0, -6.0, -6.0), -6.5, -1.5, -3.0)
_CARBON_READ = NucleusModel(220.0, 3.5, 1.45, (-3.0, -6.0, -7.0, -6.0), -3.5, 1.5, -1.75)
_PROTON = NucleusModel(12.0, 2.1, 1.3, (-9.0, -0.5), -7.0, -2.0, 0.0, crowded=-9.0, together=0.3, elsewhere=-3.0)
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
    multiplicity_read: NDArray[np.float64] = field(default_factory=lambda: np.zeros((KINDS["1H"], len(MULTIPLICITIES))))
    """The same of multiplicities that were read off a trace: crowded signals are no longer what authors call them."""
    multiplicity_read_weight: float = 0.5
    """Factor on it."""
    heights: NDArray[np.float64] = field(default_factory=lambda: np.zeros((KINDS["13C"], CELLS)))
    """Log-ratio of the height of a line of each kind of carbon, per carbon, against lines that are nobody's."""
    height_weight: float = 0.5
    """Factor on the log-ratio."""

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

    Raises
    ------
    ValueError
        If the bytes of a candidate are no lines.
    """
    rows = np.zeros((len(observed), len(candidates)))
    for row, one in zip(rows, observed, strict=True):
        _weigh(model, one, unpack_lines(candidates, one.nucleus), row)
    return rows


def _weigh(model: EvidenceModel, observed: Observed, lines: Lines, out: NDArray[np.float64]) -> None:
    """The ratio (candidates,) of one spectrum under each candidate, on all cores."""
    if observed.nucleus == "13C":
        carbons = _carbons(model, observed)

        def work(start: int, stop: int) -> None:
            carbon_ratios(carbons, *_some(lines, start, stop), out[start:stop])
    else:
        protons, readings = _protons(model, observed), _readings(model, observed, lines)

        def work(start: int, stop: int) -> None:
            own = readings._replace(which=readings.which[start:stop])
            proton_ratios(protons, *_some(lines, start, stop), *own, out[start:stop])

    shared_out(work, len(out), _LEAST_AT_ONCE)


def _some(lines: Lines, start: int, stop: int) -> Lines:
    return lines._replace(first=lines.first[start : stop + 1])


def _pairing(model: NucleusModel, observed: Observed) -> Pairing:
    dof = model.dof
    constant = lgamma((dof + 1) / 2) - lgamma(dof / 2) - 0.5 * log(dof * pi) + log(model.window)
    error = float(observed.error.max(initial=0.0))
    return Pairing(np.float32(dof), np.float32(model.widen), np.float32(error), np.float32(constant))


def _carbons(model: EvidenceModel, observed: Observed) -> Carbons:
    own, told = model.of(observed), np.isfinite(observed.height).all()
    heights = np.log(observed.height if told else np.zeros(0)).astype(np.float32)
    return Carbons(
        _pairing(own, observed),
        observed.ppm.astype(np.float32),
        np.array(own.missing, np.float32),
        np.float32(own.merged + log(observed.merged / own.window)),
        np.float32(own.split),
        np.full(len(observed), own.extra, np.float32),
        _hidden(own, observed),
        heights,
        np.sort(heights)[::-1],
        USUAL,
        (model.height_weight * model.heights).astype(np.float32),
    )


def _hidden(model: NucleusModel, observed: Observed) -> NDArray[np.float32]:
    ranges = np.array(observed.hidden, dtype=np.float64).reshape(-1, 2)
    width = np.maximum(ranges[:, 1] - ranges[:, 0], 1e-6)
    return np.stack([ranges.mean(1), np.log(width / model.window)], axis=1).astype(np.float32)


def hidden_lines(model: NucleusModel, observed: Observed, lines: Lines) -> NDArray[np.bool_]:
    """Which lines (lines,) on carbon may well stand where none is seen: within two spreads."""
    near = np.zeros(len(lines.ppm), np.bool_)
    reach = _NEAR * model.widen * lines.spread
    for low, high in observed.hidden:
        near |= (lines.ppm > low - reach) & (lines.ppm < high + reach)
    return near if observed.nucleus == "13C" else near & (lines.kind < EXCHANGING)


def _protons(model: EvidenceModel, observed: Observed) -> Protons:
    own = model.of(observed)
    if observed.listed:
        told = model.multiplicity_weight * model.multiplicity
    else:
        told = model.multiplicity_read_weight * model.multiplicity_read
    return Protons(
        _pairing(own, observed),
        observed.ppm.astype(np.float32),
        told[:, observed.multiplicity].astype(np.float32),
        np.array(own.missing, np.float32),
        _hidden(own, observed),
        EXCHANGING,
        *(
            np.float32(value)
            for value in (own.merged, own.split, own.crowded, own.elsewhere, own.bound, own.extra, own.together)
        ),
    )


def carbon_terms(model: EvidenceModel, observed: Observed, lines: Lines) -> AlignmentTerms:
    """Terms of a 13C list under the lines of one candidate."""
    size, own = len(lines.ppm), _carbons(model, observed)
    terms = AlignmentTerms(*_empty(size, len(observed)), own.extra, np.full(size, NEVER, np.float32))
    fill_carbon(own, *lines[:4], terms.match, terms.missing, terms.merged, terms.split)
    return terms


def usual_height(model: EvidenceModel, observed: Observed, lines: Lines) -> float:
    """Logarithm of the height of one carbon with hydrogen, if a 13C spectrum is that of one candidate."""
    return float(height_scale(_carbons(model, observed), lines.nuclei, lines.kind))


def _empty(
    size: int, width: int
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    match, split = np.empty((size, width), np.float32), np.full((size, width), NEVER, np.float32)
    return match, np.empty(size, np.float32), np.empty(size, np.float32), split


class _Readings(NamedTuple):
    """What integrals may stand for."""

    which: NDArray[np.int64]
    """(candidates, readings) place of each candidate's readings in what follows."""
    entry: NDArray[np.int64]
    """Signal of each observed proton, see :func:`proton_entries`, of one reading behind the other."""
    starts: NDArray[np.int64]
    """(readings + 1,) where each begins."""
    share: NDArray[np.float64]
    """(readings,) factor on the evidence."""


def _readings(model: EvidenceModel, observed: Observed, lines: Lines) -> _Readings:
    """Integrals stand for the protons on carbon, or for all; a counted list needs no guess."""
    count = len(lines.first) - 1
    if observed.counted:
        totals = np.zeros((count, 1), np.int64)
    else:
        on_carbon = np.where(lines.kind < EXCHANGING, lines.nuclei, 0)
        sums = [_sums(on_carbon, lines.first), _sums(lines.nuclei, lines.first)]
        if observed.hidden:
            hidden = np.where(hidden_lines(model.of(observed), observed, lines), lines.nuclei, 0)
            sums += [total - _sums(hidden, lines.first) for total in sums]
        totals = np.stack(sums, axis=1)
    # Each again without the signals that may be the solvent's: even numbers stand for all, odd ones for the others.
    keys = 2 * totals if not observed.doubtful.any() else np.concatenate((2 * totals, 2 * totals + 1), axis=1)
    known, which = np.unique(keys, return_inverse=True)
    told = [(int(key) // 2, _amounts(observed, sure=bool(key % 2))) for key in known]
    entries = [proton_entries(observed, total, amount) for total, amount in told]
    starts = np.concatenate(([0], np.cumsum([len(e) for e in entries], dtype=np.int64)))
    share = np.array([_share(model, observed, total, amount) for total, amount in told])
    # Where two readings are one, the second is skipped: it must follow the first.
    places = np.sort(which.reshape(keys.shape), axis=1)
    return _Readings(places, np.concatenate([np.zeros(0, np.int64), *entries]), starts, share)


def _sums(values: NDArray[np.int64], first: NDArray[np.int64]) -> NDArray[np.int64]:
    found: NDArray[np.int64] = np.diff(np.concatenate(([0], np.cumsum(values)))[first])
    return found


def _share(model: EvidenceModel, observed: Observed, total: int, amount: NDArray[np.float64]) -> float:
    """Factor on the evidence of integrals that are shared out among so many protons: they are samples of one curve."""
    if observed.counted:
        return 1.0
    usual = _PROTONS_A_SIGNAL * _large(amount)
    return float((usual / max(total, 1)) ** model.of(observed).shared)


def _amounts(observed: Observed, *, sure: bool = False) -> NDArray[np.float64]:
    """The amount of each signal, 1 where it is not known; 0 of doubtful ones where only the others count."""
    found: NDArray[np.float64] = np.maximum(np.nan_to_num(observed.amount, nan=1.0), 0.0)
    return np.where(observed.doubtful, 0.0, found) if sure else found


def _large(amount: NDArray[np.float64]) -> int:
    """How many signals are no impurity's by their size."""
    return int((amount > _LEAST * amount.max(initial=0.0)).sum())


def proton_entries(observed: Observed, total: int, amount: NDArray[np.float64] | None = None) -> NDArray[np.int64]:
    """Which signal each proton of the list belongs to (protons,), rising.

    Counted signals have their own numbers, one at least. Integrals are shared out so that all together are ``total``
    protons; a signal of less than ``_LEAST`` of one is taken for an impurity's and has none.

    Parameters
    ----------
    amount
        (signals,) in place of the observed ones.
    """
    share = _amounts(observed) if amount is None else amount
    if observed.counted:
        numbers = np.maximum(np.rint(share), 1).astype(np.int64)
    else:
        share = share if share.any() else np.ones(len(share))
        # A candidate of few protons must answer for every large signal all the same.
        wanted = share * (max(total, _large(share)) / max(float(share.sum()), 1e-12))
        numbers = np.maximum(np.rint(wanted), wanted >= _LEAST).astype(np.int64)
    return np.repeat(np.arange(len(numbers)), numbers.clip(max=60))


class ProtonReading(NamedTuple):
    """A 1H list under one candidate, proton by proton."""

    terms: AlignmentTerms
    lines: NDArray[np.int64]
    """(predicted protons,) line of each."""
    entry: NDArray[np.int64]
    """(observed protons,) signal of each."""


def proton_reading(model: EvidenceModel, observed: Observed, lines: Lines) -> ProtonReading:
    """The likelier reading of the integrals under a single candidate."""
    readings = _readings(model, observed, lines)
    own = _protons(model, observed)
    protons = np.repeat(np.arange(len(lines.ppm)), lines.nuclei)
    best, found = -np.inf, None
    for which in dict.fromkeys(readings.which[0].tolist()):
        entry = readings.entry[readings.starts[which] : readings.starts[which + 1]]
        match, missing, crowded, split = _empty(len(protons), len(entry))
        crowded[:] = own.crowded
        extra, elsewhere = np.full(len(entry), own.extra, np.float32), np.empty(len(protons), np.float32)
        fill_proton(own, *lines[:4], entry, match, missing, elsewhere, np.empty(len(own.at), np.float32))
        terms = AlignmentTerms(match, missing, crowded, split, extra, elsewhere)
        weighed = align(terms) * float(readings.share[which])
        if found is None or weighed > best:
            best, found = weighed, ProtonReading(terms, protons, entry)
    assert found is not None
    return found
