from __future__ import annotations

import gzip
import json
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from rdkit import Chem
from support.graph_structures import CORES, GROUPS, REFUSED, TRICKY
from support.slow_shift_graph import slow_shift_graph

from specmol_core.shifts.graph import (
    ATOM_SIZES,
    BOND_CODES,
    MAX_ATOMS,
    ShiftGraph,
    UnpredictableError,
    shift_columns,
    shift_graph,
)


def edges(smiles: str) -> list[tuple[int, int, int]]:
    graph = shift_graph(Chem.MolFromSmiles(smiles))
    return sorted(zip(graph.source.tolist(), graph.target.tolist(), graph.code.tolist(), strict=True))


def codes(smiles: str) -> list[int]:
    return sorted(code for *_, code in edges(smiles))


def test_atom_columns_by_hand() -> None:
    graph = shift_graph(Chem.MolFromSmiles("C[NH+]1CC1"))

    # element, heavy neighbours, hydrogens, charge + 2, aromatic, ring size - 2, rings
    assert graph.atoms.tolist() == [
        [1, 1, 3, 2, 0, 0, 0],
        [2, 3, 1, 3, 0, 1, 1],
        [1, 2, 2, 2, 0, 1, 1],
        [1, 2, 2, 2, 0, 1, 1],
    ]


def test_bonds_have_both_directions_sorted_by_target() -> None:
    graph = shift_graph(Chem.MolFromSmiles("CC(=O)C#N"))

    assert graph.target.tolist() == sorted(graph.target.tolist())
    assert edges("CC(=O)C#N") == [
        (0, 1, 0), (1, 0, 0), (1, 2, 1), (1, 3, 0), (2, 1, 1), (3, 1, 0), (3, 4, 2), (4, 3, 2),
    ]  # fmt: skip


def test_aromatic_and_ring_bonds_have_their_own_codes() -> None:
    assert set(codes("c1ccccc1")) == {7}
    assert set(codes("C1CC1")) == {4}


@pytest.mark.parametrize("smiles", ["c1ccc2c(c1)CC[C@H](F)[C@@H]2Br", "C/C=C/C(=O)NC", "OB(O)c1ccc([Se]C)cc1I"])
def test_categories_fit_their_tables(smiles: str) -> None:
    graph = shift_graph(Chem.MolFromSmiles(smiles))

    assert (graph.atoms < np.array(ATOM_SIZES)).all()
    assert (graph.code < BOND_CODES).all()


@pytest.mark.parametrize(
    ("smiles", "reason"),
    [
        ("C[Sn](C)(C)C", "element Sn of atom 2"),
        ("C[CH]C", "radical"),
        ("[13CH4]", "isotope 13C"),
        ("C" * (MAX_ATOMS + 1), "heavy atoms"),
    ],
)
def test_unsupported_molecules_have_a_reason(smiles: str, reason: str) -> None:
    with pytest.raises(UnpredictableError, match=reason):
        shift_graph(Chem.MolFromSmiles(smiles))


def outcome(function: Callable[[Chem.Mol], ShiftGraph], mol: Chem.Mol) -> list[tuple[np.dtype, object]] | str:
    """The graph in a form that can be compared, or the reason why there is none."""
    try:
        return [(array.dtype, array.tolist()) for array in function(mol)]
    except UnpredictableError as error:
        return str(error)


@pytest.mark.parametrize("group", GROUPS)
def test_graphs_agree_with_the_slow_definition(group: str) -> None:
    for smiles in (core.format(group) for core in CORES):
        mol = Chem.MolFromSmiles(smiles)
        assert outcome(shift_graph, mol) == outcome(slow_shift_graph, mol), smiles


@pytest.mark.parametrize("smiles", [*TRICKY, *REFUSED])
def test_tricky_graphs_agree_with_the_slow_definition(smiles: str) -> None:
    mol = Chem.MolFromSmiles(smiles)

    assert outcome(shift_graph, mol) == outcome(slow_shift_graph, mol)
    assert isinstance(outcome(shift_graph, mol), str) == (smiles in REFUSED)


@pytest.mark.slow
def test_graphs_of_measured_molecules_agree_with_the_slow_definition(shared: Path) -> None:
    with gzip.open(shared / "data/experimental/nmrshiftdb2.jsonl.gz", "rt") as lines:
        known = [json.loads(line)["smiles"] for line in lines]

    for smiles in random.Random(0).sample(known, 300):
        if (mol := Chem.MolFromSmiles(smiles)) is not None:
            assert outcome(shift_graph, mol) == outcome(slow_shift_graph, mol), smiles


@pytest.mark.parametrize("smiles", TRICKY)
def test_a_known_smiles_does_not_change_the_graph(smiles: str) -> None:
    mol = Chem.MolFromSmiles(smiles)

    assert shift_columns(mol, smiles) == shift_columns(mol)


@pytest.mark.parametrize("smiles", REFUSED)
def test_a_known_smiles_does_not_hide_an_error(smiles: str) -> None:
    with pytest.raises(UnpredictableError):
        shift_columns(Chem.MolFromSmiles(smiles), smiles)


def test_arrays_may_be_changed() -> None:
    graph = shift_graph(Chem.MolFromSmiles("C"))

    assert all(array.flags.writeable and array.flags.c_contiguous for array in graph)
