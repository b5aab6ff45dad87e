"""``specmol rank --refine``: with a stand-in for CSP5, and without it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from rdkit import Chem

from specmol_cli.main import run
from specmol_core.retrieval import refinement
from specmol_core.shifts.atoms import AtomShifts

Rank = Callable[..., tuple[int, str, str]]

PENTANAL = "13C NMR δ 203.2, 45.4, 24.0, 18.6, 12.8"
"""Shifts between those of pentanal and 2-methylbutanal, nearer to pentanal: the ranking is open."""
LISTED = [203.2, 45.4, 24.0, 18.6, 12.8]


class Backend:
    """Predictor that gives one candidate the listed shifts, the others remote ones, and fails on one."""

    instances = 0
    favoured = ""
    fails = ""

    def __init__(self) -> None:
        type(self).instances += 1

    def predict(self, mols: Sequence[Chem.Mol], solvent: str = "CDCl3") -> list[AtomShifts]:
        return [self._shifts(mol) for mol in mols]

    def _shifts(self, mol: Chem.Mol) -> AtomShifts:
        if Chem.MolToSmiles(mol) == self.fails:
            return AtomShifts()
        carbons = [a.GetIdx() for a in mol.GetAtoms() if a.GetAtomicNum() == 6]
        right = Chem.MolToSmiles(mol) == self.favoured
        return AtomShifts(dict(zip(carbons, LISTED if right else [100.0] * len(carbons), strict=True)))


@pytest.fixture
def backend(monkeypatch: pytest.MonkeyPatch) -> type[Backend]:
    class Fresh(Backend):
        pass

    monkeypatch.setitem(refinement.REFINERS, "csp5", Fresh)
    return Fresh


@pytest.fixture
def rank(matchnet_x_checkpoint: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Rank:
    library = tmp_path / "l.smi"
    library.write_text("CCCCC=O pentanal\nCCC(C)C=O methylbutanal\nCC(C)CC=O other\nc1ccccc1C=O benzaldehyde\n")

    def call(*options: object, checkpoint: Path | None = matchnet_x_checkpoint) -> tuple[int, str, str]:
        model = () if checkpoint is None else ("--checkpoint", checkpoint)
        arguments = ["--library", library, "--workers", 1, "--no-cache", "--format", "json", *model]
        code = run(["rank", *map(str, [*arguments, *options])])
        return code, *capfd.readouterr()

    return call


def ranked(rank: Rank, *options: object) -> dict[str, Any]:
    code, out, err = rank("--c13", PENTANAL, *options)
    assert (code, err) == (0, "")
    found: dict[str, Any] = json.loads(out)
    return found


def test_refinement_may_rank_another_candidate_first(rank: Rank, backend: type[Backend]) -> None:
    plain = ranked(rank)
    second, last = plain["candidates"][1], plain["candidates"][-1]
    backend.favoured = second["smiles"]

    found = ranked(rank, "--refine", "csp5")

    assert found["candidates"][0]["name"] == second["name"]
    assert found["candidates"][-1]["probability"] == pytest.approx(last["probability"], rel=1e-3)
    assert found["candidates"][-1] | {"probability": 0.0} == last | {"probability": 0.0}
    assert (plain["provenance"]["settings"]["refine"], found["provenance"]["settings"]["refine"]) == (None, "csp5")
    lifted = found["candidates"][0]
    assert lifted["assignment"] == second["assignment"]


def test_failed_prediction_is_a_warning(rank: Rank, backend: type[Backend]) -> None:
    plain = ranked(rank)
    backend.fails = plain["candidates"][1]["smiles"]

    found = ranked(rank, "--refine", "csp5")

    name = plain["candidates"][1]["name"]
    assert f"csp5 predicts no shifts of {name}, which keeps its score" in found["warnings"]


def test_clear_ranking_is_not_refined(rank: Rank, backend: type[Backend]) -> None:
    found = ranked(rank, "--refine", "csp5", "--formula", "C7H6O")

    assert [c["name"] for c in found["candidates"]] == ["benzaldehyde"]
    assert "csp5 was not used: no candidate scores close to the best one" in found["warnings"]


def test_batch_loads_the_second_predictor_once(rank: Rank, backend: type[Backend], tmp_path: Path) -> None:
    queries = tmp_path / "q.csv"
    queries.write_text(f'id,h1,c13\na,,"{PENTANAL}"\nb,,"{PENTANAL}"\n')

    code, out, _ = rank("--queries", queries, "--refine", "csp5")

    assert (code, len(out.splitlines()), backend.instances) == (0, 2, 1)


def test_missing_package_is_named(rank: Rank, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(__import__("sys").modules, "csp5", None)
    queries = tmp_path / "q.csv"
    queries.write_text(f'id,h1,c13\na,,"{PENTANAL}"\n')

    for given in (("--c13", PENTANAL), ("--queries", queries)):
        code, out, err = rank(*given, "--refine", "csp5")
        assert (code, out) == (2, "")
        assert "pip install 'specmol[csp5]'" in err


def test_only_matchnet_x_can_be_refined(rank: Rank, tiny_checkpoint: Path) -> None:
    code, out, err = rank("--c13", PENTANAL, "--refine", "csp5", checkpoint=tiny_checkpoint)

    assert (code, out) == (2, "")
    assert "--refine: matchnet does not use predicted shifts; use --model matchnet-x" in err
