from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.tiny_fixtures import TEST, Sources, atom_rows, write_pairs, write_shifts

from specmol_core.errors import DatasetError, UsageError
from specmol_core.matchnet.pairs.likelihood_pairs import evaluate_likelihood
from specmol_core.matchnet_x.checkpoint import load_matchnet_x
from specmol_core.matchnet_x.matcher import MatchNetXMatcher
from specmol_core.shipped import shipped_weights
from specmol_core.simulation.dataset.dataset import Dataset, open_dataset


@pytest.fixture(scope="module")
def matcher(matchnet_x_checkpoint: Path) -> MatchNetXMatcher:
    return load_matchnet_x(matchnet_x_checkpoint, shipped_weights())


@pytest.fixture
def dataset(dataset_path: Path) -> Iterator[Dataset]:
    with open_dataset(dataset_path) as opened:
        yield opened


@pytest.mark.slow
@pytest.mark.parametrize("image_columns", [0, 256])
def test_true_pairs_score_best_with_the_shifts_of_the_simulation(
    dataset: Dataset, matcher: MatchNetXMatcher, sources: Sources, image_columns: int
) -> None:
    tables = sources.splits["test"]

    (found,) = evaluate_likelihood(
        dataset, matcher, tables, shifts=[sources.shifts], image_columns=image_columns, rounds=20
    )

    assert (found["table"], found["pairs"], found["skipped"]) == ("test_rand", 8, {})
    assert found["auc"] > 0.7
    assert {"precision", "recall", "f1", "accuracy", "calibration_error"} <= set(found)


@pytest.mark.slow
def test_without_tables_the_lines_are_predicted(dataset: Dataset, matcher: MatchNetXMatcher, tmp_path: Path) -> None:
    lines = ["CC(C)CN,NCC(C)C,1", "OC,CC(C)CN,0", "C1,CC(C)CN,0", "[Na]C,CC(C)CN,0"]
    table = tmp_path / "odd.csv"
    table.write_text("\n".join(["candidate_smiles,spectrum_smiles,label", *lines]))

    (found,) = evaluate_likelihood(dataset, matcher, [table], rounds=2)

    assert found["pairs"] == 2
    assert found["skipped"] == {"candidate unreadable or outside the model": 2}


def test_candidates_without_shifts_are_counted(
    dataset: Dataset, matcher: MatchNetXMatcher, sources: Sources, tmp_path: Path
) -> None:
    few = write_shifts(tmp_path / "few.parquet", [r for s in (*TEST, "CCO") for r in atom_rows(s)])

    (found,) = evaluate_likelihood(dataset, matcher, sources.splits["test"], shifts=[few], rounds=2)

    assert found["pairs"] == 5
    assert found["skipped"] == {"candidate not in the tables of shifts": 3}
    assert "validation" in found["note"]
    assert "f1" not in found


def test_one_nucleus_alone(dataset: Dataset, matcher: MatchNetXMatcher, sources: Sources) -> None:
    tables = sources.splits["test"]

    errors = {
        nuclei: evaluate_likelihood(dataset, matcher, tables, shifts=[sources.shifts], nuclei=nuclei, rounds=2)[0][
            "calibration_error"
        ]
        for nuclei in ("both", "1H", "13C")
    }

    assert len(set(errors.values())) == 3


def test_invalid_arguments(dataset: Dataset, matcher: MatchNetXMatcher, sources: Sources, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nuclei is '15N'"):
        evaluate_likelihood(dataset, matcher, sources.splits["test"], nuclei="15N")
    with pytest.raises(UsageError, match="images of 5 columns"):
        evaluate_likelihood(dataset, matcher, sources.splits["test"], image_columns=5)
    nothing = write_pairs(tmp_path / "no.csv", [{"candidate_smiles": "CO", "spectrum_smiles": "CCO", "label": 0}])
    with pytest.raises(DatasetError, match="none of its pairs"):
        evaluate_likelihood(dataset, matcher, [nothing])
