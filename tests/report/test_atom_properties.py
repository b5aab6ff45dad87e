from __future__ import annotations

import json

import pytest
from rdkit import Chem

from specmol_core.matcher.assignment import AssignedSignal, Assignment
from specmol_core.report.atom_properties import assignment_tags
from specmol_core.report.writers import to_sdf
from specmol_core.retrieval.ranker import RankedCandidate

from .test_writers import result

SMILES = "CCOC(C)=O"
SIGNALS = Assignment(
    (
        AssignedSignal("13C", 171.1, 170.6, 0.5, (3,), 1.0),
        AssignedSignal("13C", None, 60.4, 0.5, (1,), 1.0),
        AssignedSignal("13C", 21.0, 20.5, 0.5, (0, 4), 2.0),
        AssignedSignal("13C", 110.0, None, None, ()),
        AssignedSignal("1H", 4.2, 4.0, 0.1, (1,), 1.0, "dq"),
        AssignedSignal("1H", 4.0, 3.9, 0.1, (1,), 1.0, "dq"),
    )
)


def test_properties_have_a_number_or_na_per_atom() -> None:
    tags = assignment_tags(SMILES, SIGNALS)

    assert tags["atom.dprop.13C_observed"] == "21 n/a n/a 171.1 21 n/a"
    assert tags["atom.dprop.13C_predicted"] == "20.5 60.4 n/a 170.6 20.5 n/a"
    assert tags["atom.dprop.13C_deviation"] == "0.5 n/a n/a 0.5 0.5 n/a"
    assert tags["atom.dprop.13C_deviation_in_uncertainties"] == "1 n/a n/a 1 1 n/a"


def test_property_of_several_protons_is_their_mean() -> None:
    tags = assignment_tags(SMILES, SIGNALS)

    assert tags["atom.dprop.1H_observed"] == "n/a 4.1 n/a n/a n/a n/a"
    assert tags["atom.dprop.1H_deviation_in_uncertainties"] == "n/a 1.5 n/a n/a n/a n/a"


def test_assignment_tag_is_json() -> None:
    tag = json.loads(assignment_tags(SMILES, SIGNALS)["assignment"])

    assert tag == [signal.as_dict() for signal in SIGNALS.signals]


@pytest.mark.parametrize("smiles", [SMILES, "O=C(C)OCC", "C([13CH3])OC(C)=O", "C[C@H](N)C(=O)O"])
def test_rdkit_reads_atom_properties_from_the_sdf(smiles: str) -> None:
    mol = Chem.MolFromSmiles(smiles)
    shifts = {atom.GetIdx(): 10.0 + atom.GetIdx() for atom in mol.GetAtoms() if atom.GetAtomicNum() == 6}
    found = Assignment(tuple(AssignedSignal("13C", ppm + 1, ppm, 0.5, (atom,)) for atom, ppm in shifts.items()))
    row = RankedCandidate(1, 0, "x", smiles, "", 1.0, 0.5, 1)

    supplier = Chem.SDMolSupplier()
    supplier.SetData(to_sdf(result(candidates=(row,), assignments=(found,))))
    (read,) = supplier

    assert Chem.MolToSmiles(read) == Chem.MolToSmiles(mol)
    for atom in read.GetAtoms():
        carbon = atom.GetAtomicNum() == 6
        assert atom.HasProp("13C_predicted") == carbon
        if carbon:
            assert atom.GetDoubleProp("13C_predicted") == shifts[atom.GetIdx()]
            assert atom.GetDoubleProp("13C_deviation") == 1.0
        assert not atom.HasProp("1H_predicted")
