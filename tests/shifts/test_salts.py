from __future__ import annotations

import numpy as np
import pytest
from rdkit import Chem

from specmol_core.shifts.graph import UnpredictableError, shift_graph
from specmol_core.shifts.records import parse_shifts, shift_graphs
from specmol_core.shifts.salts import SaltPart, parts_of_graphs, parts_of_smiles

SALTS = (
    "CCO",
    "C",
    "CC(N)=[NH2+].O=S(=O)([O-])C(F)(F)F",
    "CCN.CCN.O=C(O)[C@H](O)[C@@H](O)C(=O)O",
    "CC[NH3+].[Cl-]",
    "c1ccncc1.C/C=C/C(=O)O.O",
    "C[N+](C)(C)CC[N+](C)(C)C.CC(=O)[O-].CC(=O)[O-]",
)


def same(one: tuple[SaltPart, ...], other: tuple[SaltPart, ...]) -> bool:
    return [part.atoms for part in one] == [part.atoms for part in other] and all(
        np.array_equal(a, b) for x, y in zip(one, other, strict=True) for a, b in zip(x.graph, y.graph, strict=True)
    )


def test_parts_of_packed_graphs_are_those_of_the_smiles() -> None:
    molecules = [found for text in SALTS if not isinstance(found := parse_shifts(text, "smiles", 60), str)]

    of_graphs = parts_of_graphs(shift_graphs([molecule.graph for molecule in molecules]))

    assert len(of_graphs) == len(SALTS)
    for molecule, parts in zip(molecules, of_graphs, strict=True):
        assert same(parts, parts_of_smiles(molecule.smiles)), molecule.smiles


def test_equal_parts_are_one_part_with_their_atoms() -> None:
    main, acetate = parts_of_smiles("C[N+](C)(C)CC[N+](C)(C)C.CC(=O)[O-].CC(=O)[O-]")

    assert (main.atoms, acetate.atoms, acetate.copies) == ((0,), (10, 14), 2)


def test_parts_without_predicted_lines_are_left_out() -> None:
    assert [part.atoms for part in parts_of_smiles("CC[NH3+].[Cl-]")] == [(0,)]
    assert [part.atoms for part in parts_of_smiles("CC[NH3+].C[Sn](C)(C)C")] == [(0,)]


def test_a_lone_proton_writes_no_warning(capfd: pytest.CaptureFixture[str]) -> None:
    assert [part.atoms for part in parts_of_smiles("CCN.[Cl-].[H+]")] == [(0,)]
    assert capfd.readouterr().err == ""


def test_the_main_part_must_be_predictable() -> None:
    with pytest.raises(UnpredictableError, match="element Sn"):
        parts_of_smiles("C[Sn](C)(C)C.CO")


def test_a_molecule_keeps_its_graph() -> None:
    graph = shift_graph(Chem.MolFromSmiles("CCO"))

    assert parts_of_graphs([graph])[0][0].graph is graph
    assert parts_of_graphs([]) == []
