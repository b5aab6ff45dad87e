from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from rdkit import Chem

from specmol_cli.main import run
from specmol_core.evaluation.benchmark_set import read_benchmark
from specmol_core.evaluation.ranking.pools import rank_benchmark
from specmol_core.evaluation.ranking.refined_ranking import ShiftTable, known_shifts, plain_alignment, refined_ranks
from specmol_core.matchnet_x.checkpoint import load_matchnet_x
from specmol_core.matchnet_x.matcher import MatchNetXMatcher
from specmol_core.shifts.atoms import AtomShifts
from specmol_core.shipped import shipped_weights

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

SHIFTS: Mapping[str, tuple[list[float], list[float]]] = {
    "CCC(C)C=O": ([13.8, 22.3, 24.2, 43.6, 202.8], [0.9, 1.3, 2.0, 1.6, 9.7]),
    "CCCCC=O": ([50.0, 60.0, 70.0, 80.0, 90.0], [4.0, 4.5, 5.0, 5.5, 6.0]),
    "CC(C)CC=O": ([50.0, 60.0, 70.0, 80.0, 90.0], [4.0, 4.5, 5.0, 5.5, 6.0]),
}
"""13C and 1H shifts of each carbon: those of 2-methylbutanal are near pentanal, the others are not."""


@pytest.fixture
def table(tmp_path: Path) -> Path:
    rows = []
    for smiles, (carbons, protons) in SHIFTS.items():
        mol = Chem.AddHs(Chem.MolFromSmiles(smiles))
        order = [a.GetIdx() for a in mol.GetAtoms() if a.GetAtomicNum() == 6]
        rows += [(smiles, "13C", atom, ppm) for atom, ppm in zip(order, carbons, strict=True)]
        rows += [
            (smiles, "1H", a.GetIdx(), protons[order.index(a.GetNeighbors()[0].GetIdx())])
            for a in mol.GetAtoms()
            if a.GetAtomicNum() == 1
        ]
    names = ("smiles", "nucleus", "atom_index", "shift_ppm")
    path = tmp_path / "table.parquet"
    pq.write_table(pa.table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))), path)
    return path


@pytest.fixture
def benchmark_file(tmp_path: Path) -> Path:
    """A query with some signals of pentanal whose true compound is 2-methylbutanal."""
    query = {
        "id": "q", "truth": "CCC(C)C=O", "pool": ["CCCCC=O", "CCC(C)C=O", "CC(C)CC=O"], "exchangeable": False,
        "c13": [[202.8, 1], [13.8, 1]],
        "h1": [],
    }  # fmt: skip
    path = tmp_path / "bench.jsonl"
    path.write_text(json.dumps(query) + "\n")
    return path


@pytest.fixture
def matcher(matchnet_x_checkpoint: Path) -> MatchNetXMatcher:
    return load_matchnet_x(matchnet_x_checkpoint, shipped_weights())


def test_a_shift_table_accepts_any_order_of_atoms() -> None:
    mol = Chem.MolFromSmiles("OCC")
    backend = ShiftTable([(mol, AtomShifts({1: 58.0, 2: 18.0}, {0: [2.6], 1: [3.7, 3.6], 2: [1.2] * 3}))])

    result, none = backend.predict([Chem.MolFromSmiles("CCO"), Chem.MolFromSmiles("COC")])

    assert result == AtomShifts({0: 18.0, 1: 58.0}, {0: [1.2] * 3, 1: [3.7, 3.6], 2: [2.6]})
    assert none == AtomShifts()


def test_the_table_refines_the_ranking_of_the_model(
    matcher: MatchNetXMatcher, benchmark_file: Path, table: Path
) -> None:
    queries, known = read_benchmark(benchmark_file), known_shifts(table)

    result, share = refined_ranks(queries, matcher, matcher.rescorer(ShiftTable(known.values())), 3)

    assert rank_benchmark(queries, matcher).ranks["13C"][0] > 1
    assert result.ranks["13C"] == [1]
    assert share == 1.0
    assert len(result.posterior_outcomes) == 1
    assert plain_alignment(queries, known)["13C"]["top-1"] == 1.0


def test_the_command_reports_both_rankings(
    matchnet_x_checkpoint: Path, benchmark_file: Path, table: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [
        "evaluate",
        "ranking",
        str(benchmark_file),
        "--reference",
        str(table),
        "--checkpoint",
        str(matchnet_x_checkpoint),
    ]

    assert run([*arguments, "--format", "json"]) == 0
    own, alone, refined = json.loads(capsys.readouterr().out)
    assert [e["model"] for e in (alone, refined)] == ["CSP5, plain alignment", f"{own['model']} refined by CSP5"]
    assert refined["ranking"].keys() == own["ranking"].keys()
    assert refined["milliseconds per candidate"] is None

    assert run(arguments) == 0
    assert "of the candidates rescored" in capsys.readouterr().out


@pytest.mark.slow
def test_only_matchnet_x_is_refined(
    tiny_checkpoint: Path, benchmark_file: Path, table: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [
        str(benchmark_file),
        "--reference",
        str(table),
        "--checkpoint",
        str(tiny_checkpoint),
        "--format",
        "json",
    ]

    assert run(["evaluate", "ranking", *arguments]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 2
