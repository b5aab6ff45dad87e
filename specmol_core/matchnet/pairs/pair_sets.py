"""Pairs of candidates and spectra that can be scored, and the figures of their logits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from specmol_core.errors import DatasetError, UsageError
from specmol_core.matchnet.config import TrainConfig
from specmol_core.matchnet.data.pair_table import read_pair_table
from specmol_core.matchnet.data.pairs import validation_pairs
from specmol_core.metrics import (
    accuracy,
    bootstrap_interval,
    expected_calibration_error,
    fit_logistic,
    precision_recall_f1,
    roc_auc,
)
from specmol_core.molecules.without_stereo import constitution_of_smiles
from specmol_core.simulation.dataset.dataset import SPLITS, Dataset
from specmol_core.spectra.spectrum import NUCLEI, Nucleus

__all__ = [
    "BOOTSTRAP_ROUNDS",
    "NOT_EXPRESSIBLE",
    "PairSet",
    "calibrated_figures",
    "figures",
    "shown_nuclei",
    "usable_pairs",
    "validation_pair_set",
]

NOT_EXPRESSIBLE = "candidate unreadable or outside the model"
"""Usual reason for omitting a pair."""
BOOTSTRAP_ROUNDS = 1000
"""Rounds of the bootstrap of the AUC."""
_NUCLEI_CHOICES: dict[str, tuple[Nucleus, ...]] = {"both": NUCLEI, "1H": ("1H",), "13C": ("13C",)}
"""Nuclei that are used, by the value of ``nuclei``."""
_CALIBRATED_FIGURES = ("precision", "recall", "f1", "accuracy", "calibration_error")
_UNCALIBRATED_NOTE = "the dataset has no validation pairs for a calibration: the AUC is that of the uncalibrated score"


class PairSet(NamedTuple):
    """Pairs that can be scored."""

    candidates: tuple[str, ...]
    """Distinct SMILES without stereochemistry."""
    candidate: NDArray[np.int64]
    """(p,) index into candidates."""
    row: NDArray[np.int64]
    """(p,) dataset row of the spectra."""
    label: NDArray[np.int64]
    """(p,) 1 if candidate and spectra belong to the same structure, otherwise 0."""
    skipped: dict[str, int]
    """Number of omitted pairs, by reason."""


def shown_nuclei(nuclei: str) -> tuple[Nucleus, ...]:
    """Return the nuclei that are used, 1H first.

    Raises
    ------
    UsageError
        If ``nuclei`` is none of both, 1H and 13C.

    Examples
    --------
    >>> shown_nuclei("both")
    ('1H', '13C')
    """
    if nuclei not in _NUCLEI_CHOICES:
        raise UsageError(f"nuclei is {nuclei!r}; give one of {', '.join(_NUCLEI_CHOICES)}")
    return _NUCLEI_CHOICES[nuclei]


def usable_pairs(dataset: Dataset, table: Path, rejection_reason: Callable[[str | None], str]) -> PairSet:
    """Return the pairs of a table that can be scored, and count the others.

    The spectra of a pair are those of the dataset's molecule with the same SMILES without
    stereochemistry. A pair is omitted if there are no such spectra, if they were trained on, or if
    the model rejects the candidate.

    Parameters
    ----------
    rejection_reason
        Returns why the model rejects a candidate, or an empty string. Its argument is the SMILES
        without stereochemistry, or None if RDKit cannot read it.

    Raises
    ------
    DatasetError
        If the table is unreadable, or none of its pairs can be used.
    """
    pairs = read_pair_table(table)
    spectra = {name: i for i, name in enumerate(dataset.smiles)}
    nonisomeric = {text: constitution_of_smiles(text) for text in {t for p in pairs for t in (p.candidate, p.spectrum)}}
    rejection_reasons = {text: rejection_reason(nonisomeric[text]) for text in {p.candidate for p in pairs}}
    candidates: dict[str, int] = {}
    usable: list[tuple[int, int, int]] = []
    skipped: Counter[str] = Counter()
    for pair in pairs:
        candidate, truth = nonisomeric[pair.candidate], nonisomeric[pair.spectrum] if pair.spectrum else None
        molecule = spectra.get(truth or "")
        if not pair.spectrum:
            skipped["no structure named for the spectra"] += 1
        elif candidate is None or rejection_reasons[pair.candidate]:
            skipped[rejection_reasons[pair.candidate]] += 1
        elif molecule is None:
            skipped["spectrum not in the dataset"] += 1
        elif SPLITS[dataset.split[molecule]] == "train":
            skipped["spectrum is in the training split"] += 1
        else:
            row = int(np.searchsorted(dataset.molecule, molecule))
            usable.append((candidates.setdefault(candidate, len(candidates)), row, pair.label))
    if not usable:
        raise DatasetError(table, f"none of its pairs can be used ({dict(skipped)}); give a table of other pairs")
    columns = np.array(usable, dtype=np.int64)
    return PairSet(tuple(candidates), columns[:, 0], columns[:, 1], columns[:, 2], dict(skipped))


def validation_pair_set(dataset: Dataset, rejection_reason: Callable[[str | None], str]) -> PairSet:
    """Return the dataset's validation pairs of candidates that the model accepts.

    The pairs are those of a training with the default settings.
    """
    if not len(dataset.molecules_of("validation")):
        empty = np.zeros(0, np.int64)
        return PairSet((), empty, empty, empty, {})
    config = TrainConfig()
    pairs = validation_pairs(dataset, seed=config.seed, hard_negatives=config.hard_negatives, count=config.neighbours)
    is_usable = np.array([not rejection_reason(smiles) for smiles in pairs.candidates], np.bool_)[pairs.candidate]
    return PairSet(pairs.candidates, pairs.candidate[is_usable], pairs.row[is_usable], pairs.label[is_usable], {})


def calibrated_figures(
    test_sets: Mapping[Path, PairSet],
    validation: PairSet,
    features: Callable[[PairSet], NDArray[np.float64]],
    plain_weights: Sequence[float],
    rounds: int,
) -> list[dict[str, Any]]:
    """Return for each table its name without ``.csv`` (``table``), and the values of ``figures``.

    The logit of a pair is a logistic regression on its features, fitted to the validation pairs. If
    the validation pairs do not have both labels, only the AUC of the uncalibrated score is given,
    with an explanation in ``note``.

    Parameters
    ----------
    features
        Returns the features (p, columns) of pairs.
    plain_weights
        (columns,) weights of the features in the uncalibrated score.
    rounds
        Rounds of the bootstrap.
    """
    weights = _calibrate(features(validation), validation.label) if len(np.unique(validation.label)) > 1 else None
    results = []
    for path, pairs in test_sets.items():
        columns = features(pairs)
        logits = columns @ np.array(plain_weights) if weights is None else columns @ weights[:-1] + weights[-1]
        table_figures = figures(pairs, logits, rounds)
        if weights is None:
            table_figures = {k: v for k, v in table_figures.items() if k not in _CALIBRATED_FIGURES} | {
                "note": _UNCALIBRATED_NOTE
            }
        results.append({"table": path.name.split(".csv")[0], **table_figures})
    return results


def _calibrate(columns: NDArray[np.float64], label: NDArray[np.int64]) -> NDArray[np.float64]:
    """Fit the weights and the intercept (columns + 1,) of features (p, columns)."""
    scale = columns.std(axis=0)
    # Features are scaled, so that the ridge penalty does not depend on their units. The penalty
    # matters, because the validation pairs are separated almost perfectly.
    scale[scale == 0] = 1.0
    weights: NDArray[np.float64] = fit_logistic(columns / scale, label) / np.append(scale, 1.0)
    return weights


def figures(pairs: PairSet, logits: NDArray[np.float64], rounds: int) -> dict[str, Any]:
    """Return the figures of the logits (p,) of pairs; a logit above 0 is a match.

    The interval of the AUC is the 95 % percentile bootstrap over pairs with ``rounds`` rounds.
    """
    label, predicted = pairs.label, logits > 0
    precision, recall, f1 = precision_recall_f1(label, predicted)
    low, high = bootstrap_interval(lambda i: roc_auc(label[i], logits[i]), len(label), rounds=rounds)
    return {
        "pairs": len(label),
        "auc": roc_auc(label, logits),
        "auc_low": low,
        "auc_high": high,
        "precision": precision,
        "recall": recall,
        "f1": f1,
        "accuracy": accuracy(label, predicted),
        "calibration_error": expected_calibration_error(label, 1 / (1 + np.exp(-logits))),
        "skipped": pairs.skipped,
    }
