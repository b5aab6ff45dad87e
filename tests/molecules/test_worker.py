from __future__ import annotations

from io import BytesIO

import pytest

from specmol_core.molecules.parse import parse_text
from specmol_core.molecules.records import Molecule
from specmol_core.molecules.worker import pack, unpack


def test_answers_survive_the_pipe() -> None:
    found = [parse_text(s, "smiles", 60) for s in ("CCO", "", "C", "c1ccccc1")]

    back = unpack(BytesIO(pack(found)))

    assert back[1] == "empty"
    for before, after in zip(found, back, strict=True):
        if isinstance(before, Molecule):
            assert isinstance(after, Molecule)
            assert after[:3] == before[:3]
            assert after.graph.codes.tolist() == before.graph.codes.tolist()
            assert after.graph.bonds.tolist() == before.graph.bonds.tolist()


def test_broken_answer_is_noticed() -> None:
    with pytest.raises(EOFError):
        unpack(BytesIO(pack([parse_text("CCO", "smiles", 60)])[:-1]))
