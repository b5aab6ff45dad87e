from __future__ import annotations

import numpy as np
import pytest
from rdkit import Chem

from specmol_core.shifts.acids import is_acid_proton
from specmol_core.shifts.graph import shift_graph
from specmol_core.shifts.inference import collate
from specmol_core.shifts.predictor import ShiftPredictor


@pytest.mark.parametrize(
    ("smiles", "acids"),
    [
        ("CC(=O)O", [3]),
        ("OC(=O)CCC(O)=O", [0, 6]),
        ("O=C(O)c1ccccc1O", [2]),
        ("CC(=O)[O-]", []),
        ("CC(=O)OC", []),
        ("CC(O)=C", []),
        ("CS(=O)(=O)O", []),
        ("O=C1C=CC(O)=C1", []),
        ("CC(=O)NO", []),
        ("OC=O", [0]),
    ],
)
def test_the_hydroxyl_groups_of_carboxylic_acids_are_found(smiles: str, acids: list[int]) -> None:
    graphs = collate([shift_graph(Chem.MolFromSmiles(text)) for text in ("CCO", smiles)], 0)

    assert np.flatnonzero(is_acid_proton(graphs)).tolist() == [3 + atom for atom in acids]


@pytest.mark.parametrize(
    ("smiles", "solvent", "listed"),
    [
        ("CC(=O)O", "CDCl3", 11.4),
        ("CCCCCCCC(=O)O", "CDCl3", 11.2),
        ("O=C(O)c1ccccc1", "DMSO-d6", 12.9),
        ("OC(=O)CCC(=O)O", "DMSO-d6", 12.1),
    ],
)
def test_acid_protons_stand_where_catalogues_list_them(smiles: str, solvent: str, listed: float) -> None:
    mol = Chem.MolFromSmiles(smiles)
    (hydroxyl,) = mol.GetSubstructMatches(Chem.MolFromSmarts("[CX3](=O)[OX2H]"))[0][2:]

    shifts = ShiftPredictor.load().predict([mol], solvent)[0]

    assert shifts.h1[hydroxyl][0] == pytest.approx(listed, abs=1.2)


def test_other_atoms_keep_their_shifts() -> None:
    """The shifts beside the acid are those of the network."""
    predictor = ShiftPredictor.load()
    graphs = collate([shift_graph(Chem.MolFromSmiles("CCC(=O)O"))], 0)

    (_, means, _), *_ = predictor.batches([shift_graph(Chem.MolFromSmiles("CCC(=O)O"))])

    expected, _ = predictor.inference(graphs)
    np.testing.assert_allclose(means[:4], expected[:4], rtol=1e-6)
    assert not np.allclose(means[4, 1:], expected[4, 1:])
