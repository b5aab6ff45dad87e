"""What makes the amounts of a fit doubtful, in words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from specmol_core.mixtures.background import exchangeable_atoms, exchanging_name
from specmol_core.mixtures.fit import MixtureFit

__all__ = ["doubts"]

_MAX_UNEXPLAINED = 0.1
"""Share of the area of signals of none of the species that may be impurities."""
_MAX_MISFIT = 0.25
"""Share of the area in which data and model differ, from which patterns do not fit."""
_SHORT_REPETITION_S = 10.0
"""Five times the T1 of many protons of small molecules, 2 s."""
_MIN_BROAD_SHARE, _MIN_LEFT_OVER = 0.02, 0.02
"""Shares of the area of a broad line of exchanging protons, and of signals of none of the species, that are told."""
_CARBON_NOTE = (
    "13C areas depend on relaxation and NOE: without long delays and gated decoupling each fraction may be wrong by a "
    "third or more: use the 1H spectrum"
)


def doubts(
    fit: MixtureFit, seen: Sequence[bool], groups: Sequence[tuple[int, ...]], unexplained: float
) -> tuple[str, ...]:
    """Return a sentence for each reason to doubt the amounts.

    Parameters
    ----------
    seen
        Whether each species is seen.
    groups
        Species that cannot be distinguished.
    unexplained
        Share of the area of signals of none of the species.
    """
    notes = [_CARBON_NOTE] if fit.spectrum.nucleus == "13C" else []
    repetition = fit.spectrum.repetition_s
    if fit.spectrum.nucleus == "1H" and repetition is not None and repetition < _SHORT_REPETITION_S:
        notes.append(
            f"a scan every {repetition:.1f} s: areas of protons whose T1 is above {repetition / 5:.1f} s may be too "
            "small, unless the pulse is short; wait longer between the scans"
        )
    for members in groups:
        names = " and ".join(fit.species[k].name for k in members)
        notes.append(f"the spectrum does not distinguish {names}: only their sum is known")
    notes += _lost_signals(fit)
    notes += _exchanging(fit, seen, unexplained) if fit.spectrum.nucleus == "1H" else []
    notes += [
        f"the standard {s.name} is not seen: amounts in its unit are not known"
        for s, there in zip(fit.species, seen, strict=True) if s.role == "standard" and not there
    ]  # fmt: skip
    for species, part, there in zip(fit.species, fit.signals, seen, strict=False):
        if there and len(part) == 1 and part[0].atoms:
            notes.append(f"{species.name} has one signal only: whatever else stands there counts as {species.name}")
    if unexplained > _MAX_UNEXPLAINED:
        notes.append(f"{unexplained:.0%} of the intensity belongs to none of the species: is one missing?")
    misfit = float(np.abs(fit.residual[fit.cells.weight[0] > 0]).sum()) - unexplained
    if misfit > _MAX_MISFIT:
        notes.append(
            f"the predicted multiplets miss {misfit:.0%} of the intensity: look at the picture of quantify --explain"
        )
    return tuple(notes)


def _lost_signals(fit: MixtureFit) -> list[str]:
    """Return a note for each species of which an excluded range or the window hides much."""
    grid, weight = fit.cells.grid, fit.cells.weight[0]
    notes = []
    for species, part in zip(fit.species, fit.signals, strict=False):
        total = hidden = 0.0
        for signal in part:
            cell = round(grid.cell(signal.ppm))
            total += signal.nuclei
            hidden += signal.nuclei * (not 0 <= cell < grid.cells or weight[cell] == 0)
        if total and hidden > 0.5 * total:
            where = "all" if hidden == total else f"{hidden:.0f} of {total:.0f}"
            notes.append(
                f"{where} nuclei of {species.name} are predicted outside the window or in excluded ranges "
                "(suppressed lines): its amount is uncertain"
            )
    return notes


def _exchanging(fit: MixtureFit, seen: Sequence[bool], unexplained: float) -> list[str]:
    """Return notes on protons on other atoms than carbon: a broad line, or signals that may be theirs."""
    grid = fit.cells.grid
    shares = dict(zip((b.name for b in fit.background), fit.contributions[len(fit.species) :], strict=True))
    notes, without = [], []
    for species, there in zip(fit.species, seen, strict=True):
        if not there or not exchangeable_atoms(species):
            continue
        broad = shares.get(exchanging_name(species))
        share = 0.0 if broad is None else float(broad.sum())
        if broad is None or share < _MIN_BROAD_SHARE:
            without.append(species.name)
            continue
        ppm = grid.ppm(float(broad @ np.arange(grid.cells)) / share)
        notes.append(
            f"a broad line at {ppm:.1f} ppm with {share:.0%} of the intensity counts as exchanging protons of "
            f"{species.name}: signals on it are uncertain"
        )
    if without and unexplained > _MIN_LEFT_OVER:
        notes.append(
            f"protons on O, N or S of {' and '.join(without)} exchange and have no signal in the fit: signals of none "
            "of the species may be theirs"
        )
    return notes
