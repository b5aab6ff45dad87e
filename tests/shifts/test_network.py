from __future__ import annotations

import numpy as np
import pytest
import torch
from rdkit import Chem

from specmol_core.errors import CheckpointError, UsageError
from specmol_core.shifts.config import ShiftNetworkConfig
from specmol_core.shifts.graph import shift_graph
from specmol_core.shifts.inference import collate, tensor_shapes
from specmol_core.shifts.network import ShiftBatch, ShiftNetwork
from specmol_core.shifts.predictor import ShiftPredictor, save_predictor

SMILES = ["CCO", "c1ccncc1", "C", "C[C@H](N)C(=O)O", "FC(F)(F)c1ccc(Br)s1"]
SMALL = ShiftNetworkConfig(width=16, hidden=24, layers=3)
CALIBRATION = ((1.5, 3.0), (0.5, 5.0))


@pytest.fixture
def network() -> ShiftNetwork:
    torch.manual_seed(0)
    return ShiftNetwork(SMALL)


@pytest.fixture
def mols() -> list[Chem.Mol]:
    return [Chem.MolFromSmiles(s) for s in SMILES]


def test_neighbours_are_summed_by_the_formula(network: ShiftNetwork, mols: list[Chem.Mol]) -> None:
    batch = ShiftBatch.of(collate([shift_graph(m) for m in mols], 0))
    conv = network.layers[0].conv
    x = torch.randn(len(batch.atoms), SMALL.width)

    expected = torch.zeros_like(x)
    for source, target, code in zip(*batch.edges.tolist(), batch.code.tolist(), strict=True):
        expected[target] += torch.relu(x[source] + conv.kinds.weight[code])

    torch.testing.assert_close(conv(x, batch), expected)


def test_a_batch_agrees_with_the_slow_definition(mols: list[Chem.Mol]) -> None:
    graphs = [shift_graph(m) for m in [*mols, *map(Chem.MolFromSmiles, ("C[C@H](O)[C@@H](C)F", "C", "F/C=C/C"))]]
    atoms: list[list[int]] = []
    edges: list[tuple[int, int, int]] = []
    molecule: list[int] = []
    for index, graph in enumerate(graphs):
        rows = zip(graph.source.tolist(), graph.target.tolist(), graph.code.tolist(), strict=True)
        edges += [(len(atoms) + a, len(atoms) + b, code) for a, b, code in rows]
        atoms += graph.atoms.tolist()
        molecule += [index] * len(graph.atoms)

    batch = collate(graphs, 3)

    assert batch.atoms.tolist() == atoms
    assert batch.edges.T.tolist() == [[a, b] for a, b, _ in edges]
    assert batch.code.tolist() == [code for *_, code in edges]
    assert batch.edge_starts.tolist() == [sum(b < atom for _, b, _ in edges) for atom in range(len(atoms))]
    assert batch.molecule.tolist() == molecule
    assert batch.solvent.tolist() == [3] * len(graphs)
    assert {part.dtype for part in batch} == {np.dtype(np.int64)}


@pytest.mark.parametrize("solvent", [0, 3])
def test_inference_agrees_with_the_network_that_trains(
    network: ShiftNetwork, mols: list[Chem.Mol], solvent: int
) -> None:
    with torch.no_grad():
        for parameter in network.parameters():
            parameter += 0.3 * torch.randn_like(parameter)  # norms and biases that are not 1 and 0
        graphs = collate([shift_graph(m) for m in mols], solvent)
        expected = network.eval()(ShiftBatch.of(graphs))

    means, scales = ShiftPredictor.of(network, CALIBRATION).inference(graphs)

    assert means == pytest.approx(expected.means.numpy(), rel=1e-4, abs=1e-3)
    assert scales == pytest.approx(expected.scales.numpy(), rel=1e-4)


def test_the_shapes_of_a_checkpoint_are_those_of_the_network() -> None:
    for config in (SMALL, ShiftNetworkConfig()):
        found = {name: tuple(t.shape) for name, t in ShiftNetwork(config).state_dict().items()}

        assert found == tensor_shapes(config)


def test_one_by_one_equals_a_batch(network: ShiftNetwork, mols: list[Chem.Mol]) -> None:
    predictor = ShiftPredictor.of(network, CALIBRATION)

    together = predictor.predict(mols)
    alone = [predictor.predict([m])[0] for m in mols]

    for a, b in zip(together, alone, strict=True):
        assert a.c13 == pytest.approx(b.c13, abs=1e-3)
        assert a.h1.keys() == b.h1.keys()
        assert a.c13_uncertainty == pytest.approx(b.c13_uncertainty, abs=1e-4)


def test_every_carbon_and_every_hydrogen_has_a_shift(network: ShiftNetwork, mols: list[Chem.Mol]) -> None:
    for mol, shifts in zip(mols, ShiftPredictor.of(network, CALIBRATION).predict(mols), strict=True):
        assert sorted(shifts.c13) == [a.GetIdx() for a in mol.GetAtoms() if a.GetAtomicNum() == 6]
        hydrogens = {a.GetIdx(): a.GetTotalNumHs() for a in mol.GetAtoms() if a.GetTotalNumHs()}
        assert {a: len(v) for a, v in shifts.h1.items()} == hydrogens
        assert shifts.c13_uncertainty.keys() == shifts.c13.keys()
        assert shifts.h1_uncertainty.keys() == shifts.h1.keys()
        assert min([*shifts.c13_uncertainty.values(), *shifts.h1_uncertainty.values()], default=1) > 0
        assert (shifts.dof_c13, shifts.dof_h1) == (3.0, 5.0)


def test_equivalent_atoms_and_mirror_images_have_equal_shifts(network: ShiftNetwork) -> None:
    benzene, left, right = ShiftPredictor.of(network, CALIBRATION).predict(
        [Chem.MolFromSmiles(s) for s in ("c1ccccc1", "C[C@H]1CC[C@@H](O)C1", "C[C@@H]1CC[C@H](O)C1")]
    )

    assert max(benzene.c13.values()) == pytest.approx(min(benzene.c13.values()), abs=1e-4)
    assert left.c13 == pytest.approx(right.c13, abs=1e-4)


def test_order_of_the_atoms_changes_nothing(network: ShiftNetwork) -> None:
    mol = Chem.MolFromSmiles("CC(=O)Nc1ccc(O)cc1")
    order = np.random.default_rng(0).permutation(mol.GetNumAtoms()).tolist()
    mixed = Chem.RenumberAtoms(mol, order)

    first, second = ShiftPredictor.of(network, CALIBRATION).predict([mol, mixed])

    assert {order[a]: v for a, v in second.c13.items()} == pytest.approx(first.c13, abs=1e-3)


def test_solvent_is_an_input(network: ShiftNetwork) -> None:
    predictor, mol = ShiftPredictor.of(network, CALIBRATION), Chem.MolFromSmiles("CCO")

    assert predictor.predict([mol], "DMSO-d6")[0].c13 != predictor.predict([mol], "CDCl3")[0].c13
    with pytest.raises(UsageError, match="solvent 'ether' is unknown"):
        predictor.predict([mol], "ether")


def test_a_checkpoint_is_restored(network: ShiftNetwork, mols: list[Chem.Mol], tmp_path) -> None:
    path = tmp_path / "shifts.safetensors"
    save_predictor(path, network, CALIBRATION, {"note": 1})

    loaded = ShiftPredictor.load(path)

    assert loaded.predict(mols) == ShiftPredictor.of(network, CALIBRATION).predict(mols)
    assert len(loaded.digest) == 64


def test_a_damaged_checkpoint_is_refused(network: ShiftNetwork, tmp_path) -> None:
    path = tmp_path / "shifts.safetensors"
    save_predictor(path, network, ((0.0, 3.0), (1.0, 3.0)), {})
    with pytest.raises(CheckpointError, match="calibration"):
        ShiftPredictor.load(path)
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(CheckpointError):
        ShiftPredictor.load(path)
