from __future__ import annotations

from pathlib import Path

import pytest
from rdkit import Chem

from specmol_core.errors import ChildError
from specmol_core.molecules import smiles_guard
from specmol_core.molecules.smiles_guard import SmilesGuard, probe
from specmol_core.molecules.worker_pool import WorkerPool

# The worker imports this from a folder of its own: it does not search the current folder for `tests`.
HANGING = """
def hang(text, kind, max_atoms):
    while True:
        pass
"""


def test_quick_smiles_need_no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(WorkerPool, "parse", lambda self, records: pytest.fail("a worker was asked"))

    with SmilesGuard() as guard:
        assert guard.allows("CC(=O)Oc1ccccc1C(=O)O")
        assert guard.allows("CC(")


def test_other_smiles_are_tried_in_a_worker() -> None:
    with SmilesGuard() as guard:
        assert guard.allows("C1CC1" * 9)
        assert guard.allows("C1CC1" * 9 + "(")
        assert guard.allows("*CC")
        assert not guard.allows("C" * 2_000)
        assert not guard.allows("C" * 300_000)
        assert not guard.allows("C\0C")


@pytest.mark.slow
def test_smiles_that_hangs_is_not_allowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "hanging_parser.py").write_text(HANGING)
    monkeypatch.syspath_prepend(tmp_path)

    with SmilesGuard() as guard:
        guard._pool = WorkerPool(1_000, 0.5, "hanging_parser:hang")
        assert not guard.allows("*CC")
        assert guard.allows("CC")


def test_guard_that_cannot_start_its_worker_says_so() -> None:
    with SmilesGuard() as guard:
        guard._pool = WorkerPool(1_000, 0.5, "no_such_module:hang")
        with pytest.raises(ChildError):
            guard.allows("*CC")


def test_probe_answers_in_words() -> None:
    assert probe("CCO", "smiles", 9) == smiles_guard._HARMLESS
    assert probe("C" * 10, "smiles", 9) == "too large"
    assert Chem.MolFromSmiles("C" * 10) is not None
