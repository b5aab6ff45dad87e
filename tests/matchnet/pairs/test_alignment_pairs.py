from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from support.tiny_fixtures import TEST, Sources, atom_rows, write_pairs, write_shifts

from specmol_core.errors import DatasetError, UsageError
from specmol_core.matchnet.pairs.alignment_pairs import evaluate_alignment, simulated_peaks
from specmol_core.matchnet_x.plain_alignment import GAP_COSTS_PPM, alignment_costs
from specmol_core.simulation.dataset.dataset import Dataset, open_dataset
from specmol_core.spectra.geometry import Geometry


@pytest.fixture
def dataset(dataset_path: Path) -> Iterator[Dataset]:
    with open_dataset(dataset_path) as opened:
        yield opened


def test_true_pairs_align_best(dataset: Dataset, sources: Sources) -> None:
    (found,) = evaluate_alignment(dataset, sources.splits["test"], [sources.shifts], rounds=20)

    assert (found["table"], found["pairs"], found["skipped"]) == ("test_rand", 8, {})
    assert found["auc"] > 0.85
    assert {"precision", "recall", "f1", "accuracy", "calibration_error"} <= set(found)


def test_the_score_is_the_cost_over_the_error(dataset: Dataset, sources: Sources, tmp_path: Path) -> None:
    # One true and one false pair: their order is that of costs computed by hand.
    rows = [{"candidate_smiles": s, "spectrum_smiles": TEST[2], "label": int(s == TEST[2])} for s in (TEST[2], "CCO")]
    (found,) = evaluate_alignment(dataset, [write_pairs(tmp_path / "two.csv", rows)], [sources.shifts], rounds=2)

    row = int(np.flatnonzero(np.array(dataset.smiles)[dataset.molecule] == TEST[2])[0])
    costs = []
    for smiles in (TEST[2], "CCO"):
        shifts = {n: [s for _, nucleus, _, s in atom_rows(smiles) if nucleus == n] for n in ("13C", "1H")}
        carbons = np.array(sorted(set(shifts["13C"])))
        # Protons on oxygen and nitrogen have made-up shifts below 3 ppm here, and are not compared.
        protons = np.array(sorted(s for s in shifts["1H"]))[: 5 if smiles == "CCO" else None]
        protons = protons[protons > 5] if smiles == TEST[2] else protons
        cost = alignment_costs([carbons], simulated_peaks(dataset, "13C", row), GAP_COSTS_PPM["13C"])[0] / 1.5
        costs.append(
            cost + alignment_costs([protons], simulated_peaks(dataset, "1H", row), GAP_COSTS_PPM["1H"])[0] / 0.12
        )
    assert costs[0] < costs[1]
    assert found["auc"] == 1.0


def test_peaks_rounded_to_the_columns_of_an_image(dataset: Dataset) -> None:
    row = int(dataset.rows_of("test")[0])
    exact, rounded = simulated_peaks(dataset, "13C", row), simulated_peaks(dataset, "13C", row, 256)
    axis = Geometry().axis("13C")

    assert len(exact) == len(rounded) > 0
    assert np.abs(exact - rounded).max() <= axis.step / 2 + 1e-9
    assert np.isin(rounded, axis.grid()).all()


def test_every_proton_on_carbon_is_a_peak(dataset: Dataset) -> None:
    # Aniline: five protons on carbon in three groups.
    row = int(np.flatnonzero(np.array(dataset.smiles)[dataset.molecule] == "Nc1ccccc1")[0])

    assert len(simulated_peaks(dataset, "1H", row)) == 5


def test_candidates_without_shifts_are_counted(dataset: Dataset, sources: Sources, tmp_path: Path) -> None:
    few = write_shifts(tmp_path / "few.parquet", [r for s in TEST for r in atom_rows(s)])

    (found,) = evaluate_alignment(dataset, sources.splits["test"], [few], rounds=2)

    assert found["pairs"] == 4
    assert found["skipped"] == {"candidate not in the tables of shifts": 4}


def test_without_validation_pairs_there_is_the_auc_alone(dataset: Dataset, sources: Sources, tmp_path: Path) -> None:
    rows = [r for s in (*TEST, "CCO", "CCCO", "CC(C)O", "CCCCO") for r in atom_rows(s)]
    (found,) = evaluate_alignment(
        dataset, sources.splits["test"], [write_shifts(tmp_path / "some.parquet", rows)], rounds=2
    )

    assert "validation" in found["note"]
    assert set(found) == {"table", "pairs", "auc", "auc_low", "auc_high", "skipped", "note"}


def test_invalid_arguments(dataset: Dataset, sources: Sources, tmp_path: Path) -> None:
    tables, shifts = sources.splits["test"], [sources.shifts]
    with pytest.raises(UsageError, match="nuclei is '15N'"):
        evaluate_alignment(dataset, tables, shifts, nuclei="15N")
    with pytest.raises(UsageError, match="images of 8 columns"):
        evaluate_alignment(dataset, tables, shifts, columns=8)
    other = write_shifts(tmp_path / "other.parquet", atom_rows("CCCCCCCCCC"))
    with pytest.raises(DatasetError, match="holds none of the candidates"):
        evaluate_alignment(dataset, tables, [other])
