from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from rdkit import Chem

from specmol_core.errors import CheckpointError
from specmol_core.shifts.config import ShiftNetworkConfig
from specmol_core.shifts.conventions import SOLVENTS
from specmol_core.shifts.graph import ShiftGraph, shift_graph
from specmol_core.shifts.network import ShiftNetwork
from specmol_core.shifts.predictor import FORMAT, ShiftPredictor, save_predictor, starting_weights
from specmol_core.spectra.reference.solvents import SOLVENTS as REFERENCE_SOLVENTS
from specmol_core.storage.weights import read_arrays, write_arrays

CONFIG = ShiftNetworkConfig(24, 32, 2)
CALIBRATION = ((1.0, 4.0), (1.0, 4.0))


@pytest.fixture
def network() -> ShiftNetwork:
    torch.manual_seed(0)
    network = ShiftNetwork(CONFIG)
    torch.nn.init.normal_(network.solvents.weight, std=2.0)
    torch.nn.init.normal_(network.out.weight, std=0.3)
    return network


@pytest.fixture
def graphs() -> list[ShiftGraph]:
    return [shift_graph(Chem.MolFromSmiles(smiles)) for smiles in ("CCO", "c1ccccc1O", "CC(C)C(=O)NC")]


def test_solvents_have_the_names_of_the_reference_table() -> None:
    assert set(SOLVENTS) - {solvent.name for solvent in REFERENCE_SOLVENTS} == {"other", "unknown"}


def test_each_nucleus_has_its_solvent(network: ShiftNetwork, graphs: list[ShiftGraph]) -> None:
    predictor = ShiftPredictor.of(network, CALIBRATION)
    ((_, in_dmso, dmso_scale),), ((_, in_water, water_scale),) = (
        list(predictor.batches(graphs, solvent)) for solvent in ("DMSO-d6", "D2O")
    )

    ((_, means, scales),) = predictor.batches_in(graphs, "DMSO-d6", "D2O")

    assert np.abs(in_dmso - in_water).max() > 0.1
    np.testing.assert_array_equal(means[:, 0], in_dmso[:, 0])
    np.testing.assert_array_equal(means[:, 1:], in_water[:, 1:])
    np.testing.assert_array_equal(scales, np.stack((dmso_scale[:, 0], water_scale[:, 1]), 1))


def test_one_solvent_for_both_nuclei(network: ShiftNetwork, graphs: list[ShiftGraph]) -> None:
    predictor = ShiftPredictor.of(network, CALIBRATION)

    ((_, means, _),) = predictor.batches_in(graphs, "C6D6", "C6D6")

    np.testing.assert_array_equal(means, next(predictor.batches(graphs, "C6D6"))[1])


def older(path: Path, network: ShiftNetwork, known: list[str]) -> Path:
    """A checkpoint that knows other solvents."""
    save_predictor(path, network, CALIBRATION, {})
    arrays, header, _ = read_arrays(path, FORMAT)
    rows = [SOLVENTS.index(name) for name in known]
    arrays = dict(arrays) | {"solvents.weight": arrays["solvents.weight"][rows]}
    write_arrays(path, arrays, header | {"solvents": known})
    return path


def test_new_solvents_start_as_other(network: ShiftNetwork, tmp_path: Path) -> None:
    path = older(tmp_path / "old.safetensors", network, ["D2O", "CDCl3", "other", "unknown"])

    weights = starting_weights(path, CONFIG)

    expected = network.solvents.weight.detach().numpy()
    table = weights["solvents.weight"]
    for index, name in enumerate(SOLVENTS):
        like = name if name in ("D2O", "CDCl3", "unknown") else "other"
        np.testing.assert_array_equal(table[index], expected[SOLVENTS.index(like)])
    assert {k: v.shape for k, v in weights.items()} == {k: tuple(v.shape) for k, v in network.state_dict().items()}


@pytest.mark.parametrize("known", [[], ["CDCl3"], ["CDCl3", "other", "unknown", "D2O"]])
def test_start_without_its_solvents_is_refused(network: ShiftNetwork, tmp_path: Path, known: list[str]) -> None:
    path = older(tmp_path / "old.safetensors", network, ["D2O", "CDCl3", "other"])
    arrays, header, _ = read_arrays(path, FORMAT)
    write_arrays(path, arrays, header | {"solvents": known})

    with pytest.raises(CheckpointError, match="lists no solvents"):
        starting_weights(path, CONFIG)


def test_start_of_another_size_is_refused(network: ShiftNetwork, tmp_path: Path) -> None:
    path = tmp_path / "small.safetensors"
    save_predictor(path, network, CALIBRATION, {})

    with pytest.raises(CheckpointError, match="of another shape"):
        starting_weights(path, ShiftNetworkConfig(24, 48, 2))
