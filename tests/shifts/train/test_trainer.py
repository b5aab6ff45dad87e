from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch
from rdkit import Chem

from specmol_core.shifts.config import ShiftNetworkConfig, ShiftTrainConfig
from specmol_core.shifts.graph import shift_graph
from specmol_core.shifts.predictor import ShiftPredictor
from specmol_core.shifts.train.held_out import evaluate_held_out
from specmol_core.shifts.train.shift_batches import epoch_batches, labelled_batch
from specmol_core.shifts.train.shift_errors import write_calibrated_predictor
from specmol_core.shifts.train.shift_pack import ShiftPack, pack_records
from specmol_core.shifts.train.shift_records import ShiftLabels, ShiftRecord
from specmol_core.shifts.train.trainer import ShiftTrainer, residuals

pytestmark = pytest.mark.slow

CONFIG = ShiftTrainConfig(
    epochs=6, batch_atoms=120, learning_rate=5e-3, ema_decay=0.9, network=ShiftNetworkConfig(24, 32, 2)
)

ENDS = ("O", "N", "C(C)C", "C(=O)O", "Cl", "Br", "F", "S", "C#N", "C(=O)N", "OC", "NC", "SC", "C=C", "I", "C#C")


def record(smiles: str, *, measured: bool) -> ShiftRecord:
    """Shifts that follow from the number of hydrogens and of heavy neighbours."""
    mol = Chem.MolFromSmiles(smiles)
    rows = []
    for atom in mol.GetAtoms():
        if atom.GetAtomicNum() == 6:
            rows.append((atom.GetIdx(), 0, 10.0 + 20 * atom.GetDegree()))
            if atom.GetTotalNumHs():
                rows.append((atom.GetIdx(), 1, 0.5 + atom.GetTotalNumHs()))
    atom, slot, value = zip(*rows, strict=True)
    labels = ShiftLabels(
        np.array(atom, np.int16),
        np.array(slot, np.uint8),
        np.array(value, np.float32),
        np.arange(len(rows), dtype=np.int16),
    )
    return ShiftRecord(smiles, smiles, shift_graph(mol), labels, 0, measured)


@pytest.fixture(scope="module")
def pack() -> ShiftPack:
    chains = ["C" * n + end for n in range(1, 18) for end in ENDS]
    records = [record(Chem.CanonSmiles(s), measured=True) for s in chains]
    return pack_records(records[::2], [record(r.smiles, measured=False) for r in records[1::2]], frozenset(), Counter())


def test_a_batch_holds_its_molecules(pack: ShiftPack) -> None:
    chosen = np.array([3, 0, 7])

    batch = labelled_batch(pack, chosen)

    start = 0
    for mean_index, molecule in enumerate(chosen):
        rows = slice(pack.atom_start[molecule], pack.atom_start[molecule + 1])
        size = rows.stop - rows.start
        assert (batch.graphs.atoms[start : start + size].numpy() == pack.atoms[rows]).all()
        assert (batch.graphs.molecule[start : start + size] == mean_index).all()
        start += size
    assert start == len(batch.graphs.atoms)
    values = np.concatenate([pack.values[pack.label_start[m] : pack.label_start[m + 1]] for m in chosen])
    assert (batch.value.numpy() == values).all()
    assert batch.group.tolist() == list(range(len(values)))
    degree = torch.bincount(batch.graphs.edges[1], minlength=start)
    assert (batch.graphs.edge_starts == torch.cumsum(degree, 0) - degree).all()


def test_batches_hold_every_molecule_once(pack: ShiftPack) -> None:
    order = np.random.default_rng(0).permutation(len(pack))

    parts = list(epoch_batches(pack, order, 60))

    assert np.concatenate(parts).tolist() == order.tolist()
    assert max(np.diff(pack.atom_start)[p].sum() for p in parts) <= 60 + np.diff(pack.atom_start).max()


@pytest.mark.slow
def test_training_learns_and_resumes(pack: ShiftPack, tmp_path: Path) -> None:
    log: list[dict] = []
    whole = ShiftTrainer(pack, CONFIG, tmp_path / "a").run(log.append)

    class Stop(Exception):
        pass

    def stop(entry: dict) -> None:
        if entry["epoch"] == 3:
            raise Stop

    with pytest.raises(Stop):
        ShiftTrainer(pack, CONFIG, tmp_path / "b").run(stop)
    resumed = ShiftTrainer(pack, CONFIG, tmp_path / "b").run(lambda entry: None)

    assert log[-1]["13C mae"] < 0.5 * log[0]["13C mae"]
    for a, b in zip(whole.parameters(), resumed.parameters(), strict=True):
        torch.testing.assert_close(a, b)

    path = tmp_path / "shifts.safetensors"
    predictor = write_calibrated_predictor(path, pack, whole, {})
    report = evaluate_held_out(pack, predictor)
    assert report["13C"]["assigned error"] == pytest.approx(report["13C"]["sorted error"], rel=0.9)
    assert ShiftPredictor.load(path).calibration == predictor.calibration


def test_the_state_of_another_training_is_refused(pack: ShiftPack, tmp_path: Path) -> None:
    from dataclasses import replace

    from specmol_core.errors import DatasetError

    short = replace(CONFIG, epochs=1)
    ShiftTrainer(pack, short, tmp_path).run(lambda entry: None)
    with pytest.raises(DatasetError, match="another training"):
        ShiftTrainer(pack, replace(short, learning_rate=1e-3), tmp_path).run(lambda entry: None)


def test_residuals_pair_sets_by_rank(pack: ShiftPack) -> None:
    trainer = ShiftTrainer(pack, CONFIG, Path("unused"))
    batch = labelled_batch(pack, np.arange(4))
    merged = batch._replace(group=torch.zeros_like(batch.group), value=torch.sort(batch.value).values)
    output = trainer.network.eval()(merged.graphs)

    residual, scale = residuals(output, merged)

    predicted = torch.sort(output.means.reshape(-1)[merged.mean_index]).values
    torch.testing.assert_close(residual, predicted - merged.value)
    assert (scale > 0).all()
