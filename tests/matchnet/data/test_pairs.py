from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from specmol_core.matchnet.data.pairs import draw_negatives, plan_epoch, validation_pairs
from specmol_core.molecules.neighbours import fingerprints, nearest
from specmol_core.simulation.dataset.dataset import open_dataset

NEIGHBOURS = np.array([[1, 2], [0, 2], [1, 3], [2, 4], [3, 2]], dtype=np.int32)


@pytest.mark.parametrize("hard", [0.0, 0.5, 1.0])
def test_negatives_are_never_the_true_molecule(hard: float) -> None:
    truths = np.arange(5).repeat(400)

    found = draw_negatives(truths, NEIGHBOURS, hard, np.random.default_rng(1))

    assert not (found == truths).any()
    near = (NEIGHBOURS[truths] == found[:, None]).any(1).mean()
    # Two of the four others are neighbours, so half of the random ones are neighbours.
    assert near == pytest.approx(hard + (1 - hard) / 2, abs=0.04)


def test_random_negatives_are_uniform() -> None:
    found = draw_negatives(np.zeros(8000, dtype=np.int64), NEIGHBOURS, 0.0, np.random.default_rng(1))

    assert np.bincount(found, minlength=5) / 8000 == pytest.approx([0, 0.25, 0.25, 0.25, 0.25], abs=0.02)


def test_an_epoch_has_every_molecule_once(dataset_path: Path) -> None:
    with open_dataset(dataset_path) as dataset:
        train = dataset.molecules_of("train")
        table = nearest(*[fingerprints([dataset.smiles[m] for m in train])] * 2, 4, same=True)
        settings = {"seed": 3, "hard_negatives": 0.5, "nucleus_dropout": 0.2}
        plan, repeated, later = (plan_epoch(dataset, table, epoch=e, **settings) for e in (0, 0, 1))

        assert sorted(plan.molecule) == sorted(train)
        np.testing.assert_array_equal(dataset.molecule[plan.row], plan.molecule)
        assert set(plan.negative) <= set(train)
        assert not (plan.negative == plan.molecule).any()
        assert set(plan.withheld_nucleus) <= {0, 1, 2}
        assert set(dataset.copy[plan.row]) == {0, 1}
    for name in ("molecule", "row", "negative", "withheld_nucleus"):
        np.testing.assert_array_equal(getattr(plan, name), getattr(repeated, name))
        assert not np.array_equal(getattr(plan, name), getattr(later, name))


@pytest.mark.parametrize("hard", [0.0, 1.0])
def test_validation_pairs_are_fixed_and_correctly_labelled(dataset_path: Path, hard: float) -> None:
    with open_dataset(dataset_path) as dataset:
        pairs = validation_pairs(dataset, seed=1, hard_negatives=hard, count=2)
        repeated = validation_pairs(dataset, seed=1, hard_negatives=hard, count=2)
        shown = [dataset.smiles[dataset.molecule[row]] for row in pairs.row]
        assert set(pairs.row) <= set(dataset.rows_of("validation"))

    offered = [pairs.candidates[i] for i in pairs.candidate]
    assert pairs.label.tolist() == [1] * 6 + [0] * 6
    assert [a == b for a, b in zip(offered, shown, strict=True)] == [bool(x) for x in pairs.label]
    np.testing.assert_array_equal(pairs.row, repeated.row)
    if hard:
        # The false pair of o-cresol shows one of the two most similar validation molecules.
        assert shown[offered.index("Cc1ccccc1O")] in ("CCc1ccccc1", "COc1ccccc1")
