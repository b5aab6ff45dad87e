from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest

from specmol_core.molecules.graph import MoleculeGraph
from specmol_core.molecules.parse import parse_text
from specmol_core.molecules.records import Molecule
from specmol_core.molecules.worker import pack, unpack
from specmol_core.runtime.child_processes import resolve


def molecule(atoms: int, bonds: int, code_width: int, bond_width: int) -> Molecule:
    codes = np.arange(atoms * code_width, dtype=np.uint8).reshape(atoms, code_width)
    # Column-major arrays: the packed bytes must not depend on the memory layout.
    edges = np.arange(bonds * bond_width, dtype=np.int32).reshape(bond_width, bonds).T
    return Molecule("C", "CH4", 1, MoleculeGraph(codes, edges))


def test_answer_is_unpacked_as_it_was_packed() -> None:
    found = [parse_text(s, "smiles", 60) for s in ("CCO", "", "C", "c1ccccc1")]

    back = unpack(BytesIO(pack(found)))

    assert back[1] == "empty"
    for before, after in zip(found, back, strict=True):
        if isinstance(before, Molecule):
            assert isinstance(after, Molecule)
            assert after[:3] == before[:3]
            assert after.graph.codes.tolist() == before.graph.codes.tolist()
            assert after.graph.bonds.tolist() == before.graph.bonds.tolist()


def test_truncated_answer_is_an_error() -> None:
    with pytest.raises(EOFError):
        unpack(BytesIO(pack([parse_text("CCO", "smiles", 60)])[:-1]))


@pytest.mark.parametrize(("code_width", "bond_width"), [(5, 2), (7, 3), (1, 1)])
def test_graphs_of_any_width_are_unpacked(code_width: int, bond_width: int) -> None:
    found = [molecule(atoms, bonds, code_width, bond_width) for atoms, bonds in ((3, 4), (1, 0), (2, 2))]

    for before, after in zip(found, unpack(BytesIO(pack(["empty", *found])))[1:], strict=True):
        assert isinstance(after, Molecule)
        assert after.graph.codes.dtype == np.uint8
        assert after.graph.bonds.dtype == np.int32
        assert np.array_equal(after.graph.codes, before.graph.codes)
        assert np.array_equal(after.graph.bonds, before.graph.bonds)


def test_answer_without_a_molecule_has_no_graphs() -> None:
    assert unpack(BytesIO(pack(["empty", "unparsable"]))) == ["empty", "unparsable"]
    assert unpack(BytesIO(pack([]))) == []


@pytest.mark.parametrize("other", [(2, 1, 7, 2), (2, 1, 5, 3)])
def test_graphs_of_different_widths_are_an_error(other: tuple[int, int, int, int]) -> None:
    with pytest.raises(ValueError, match="reshape"):
        unpack(BytesIO(pack([molecule(2, 1, 5, 2), molecule(*other)])))


def test_parser_is_imported_by_name() -> None:
    assert resolve("specmol_core.molecules.parse:parse_text") is parse_text
