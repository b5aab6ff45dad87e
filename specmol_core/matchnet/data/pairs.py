"""Pairs of molecules and spectra: those of each epoch, and the fixed validation pairs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from specmol_core.molecules.neighbours import fingerprints, nearest
from specmol_core.simulation.dataset.dataset import Dataset

__all__ = ["EpochPlan", "ValidationPairs", "draw_negatives", "plan_epoch", "validation_pairs"]


@dataclass(frozen=True)
class EpochPlan:
    """Pairs of one epoch: n true pairs, and a false molecule for the same n spectra."""

    molecule: NDArray[np.int64]
    """(n,) index of the molecule in the dataset, in the order of training."""
    row: NDArray[np.int64]
    """(n,) dataset row of the spectra: one of the molecule's simulations."""
    negative: NDArray[np.int64]
    """(n,) index of the false molecule, never the molecule itself."""
    withheld_nucleus: NDArray[np.int8]
    """(n,) 1 if 1H is withheld, 2 if 13C is withheld, otherwise 0."""


def draw_negatives(
    truths: NDArray[np.int64], neighbours: NDArray[np.int32], hard_fraction: float, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Draw a false molecule (n,) for each true one; all are indices into one list of structures.

    With probability ``hard_fraction`` it is drawn uniformly from the neighbours of the true
    molecule, otherwise uniformly from all other structures.

    Parameters
    ----------
    truths
        (n,) indices of the true molecules.
    neighbours
        (structures, K) indices of the K structures most similar to each.

    Examples
    --------
    >>> neighbours = np.array([[1], [0], [1]])
    >>> draw_negatives(np.array([0, 1, 2]), neighbours, 1.0, np.random.default_rng(0)).tolist()
    [1, 0, 1]
    """
    total, count = neighbours.shape
    any_molecule = (truths + 1 + rng.integers(0, total - 1, len(truths))) % total
    near = neighbours[truths, rng.integers(0, count, len(truths))].astype(np.int64)
    return np.where(rng.random(len(truths)) < hard_fraction, near, any_molecule)


def plan_epoch(
    dataset: Dataset,
    neighbours: NDArray[np.int32],
    *,
    seed: int,
    epoch: int,
    hard_negatives: float,
    nucleus_dropout: float,
) -> EpochPlan:
    """Draw the pairs of an epoch over the training split; seed and epoch number determine them.

    ``neighbours`` (molecules, K) holds indices into ``dataset.molecules_of("train")``.
    """
    rng = np.random.default_rng((seed, epoch, 1))
    molecules = dataset.molecules_of("train")
    order = rng.permutation(len(molecules))
    negative = draw_negatives(order, neighbours, hard_negatives, rng)
    starts = np.searchsorted(dataset.molecule, molecules[order])
    copies = np.searchsorted(dataset.molecule, molecules[order], side="right") - starts
    rows = starts + (rng.random(len(order)) * copies).astype(np.int64)
    chance = rng.random(len(order))
    withheld_nucleus = np.where(chance < nucleus_dropout, 1, np.where(chance < 2 * nucleus_dropout, 2, 0)).astype(
        np.int8
    )
    return EpochPlan(molecules[order], rows, molecules[negative], withheld_nucleus)


@dataclass(frozen=True)
class ValidationPairs:
    """Fixed pairs: all true pairs of the validation split, then its false pairs."""

    candidates: tuple[str, ...]
    """Distinct SMILES without stereochemistry of the candidates."""
    candidate: NDArray[np.int64]
    """(p,) index into candidates."""
    row: NDArray[np.int64]
    """(p,) dataset row of the spectra."""
    label: NDArray[np.int64]
    """(p,) 1 if candidate and spectra belong to the same structure, otherwise 0."""


def validation_pairs(dataset: Dataset, *, seed: int, hard_negatives: float, count: int) -> ValidationPairs:
    """Return the validation pairs of a run; they depend on the seed alone.

    Each false candidate of the validation table is paired with spectra of the validation split. If
    the table does not name the structure of the spectra, it is drawn as for training: with
    probability ``hard_negatives`` from the ``count`` molecules most similar to the candidate,
    otherwise from all molecules, but never the candidate itself.
    """
    molecules = dataset.molecules_of("validation")
    rows = np.searchsorted(dataset.molecule, molecules)
    names = [dataset.smiles[m] for m in molecules]
    spectrum_index = {name: i for i, name in enumerate(names)}
    rng = np.random.default_rng((seed, 0, 2))
    named = [(c, spectrum_index[s]) for c, s in dataset.false_pairs if s in spectrum_index]
    unassigned = [c for c, s in dataset.false_pairs if not s] if len(names) > 1 else []
    pairs = named + list(
        zip(unassigned, _spectra_for(unassigned, names, spectrum_index, rng, hard_negatives, count), strict=True)
    )
    candidates = tuple(dict.fromkeys([*names, *(c for c, _ in pairs)]))
    index = {name: i for i, name in enumerate(candidates)}
    negative = np.array([index[c] for c, _ in pairs], dtype=np.int64)
    return ValidationPairs(
        candidates,
        np.concatenate((np.arange(len(names)), negative)),
        np.concatenate((rows, rows[np.array([s for _, s in pairs], dtype=np.int64)])),
        np.repeat([1, 0], [len(names), len(pairs)]),
    )


def _spectra_for(
    candidates: list[str],
    names: list[str],
    spectrum_index: dict[str, int],
    rng: np.random.Generator,
    hard_fraction: float,
    count: int,
) -> list[int]:
    """Return the index in ``names`` of spectra for each candidate, never its own spectra."""
    if not candidates:
        return []
    # One more than ``count``, because the candidate may be its own nearest neighbour.
    near = nearest(fingerprints(candidates), fingerprints(names), count + 1, same=False)
    drawn = []
    for candidate, row in zip(candidates, near.tolist(), strict=True):
        own_index = spectrum_index.get(candidate, -1)
        pool = [i for i in row if i != own_index][:count] if rng.random() < hard_fraction else []
        choice = int(pool[rng.integers(len(pool))]) if pool else int(rng.integers(len(names)))
        drawn.append((choice + 1) % len(names) if choice == own_index else choice)
    return drawn
