"""``specmol rank`` with matchnet-x: verdict, groups, assignments, images and constraints."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rdkit import Chem

from specmol_cli.main import run

Rank = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("library") / "l.smi"
    path.write_text("CCOC(C)=O ethyl acetate\nC[C@H](O)CC R\nC[C@@H](O)CC S\nCCCC(=O)O acid\nc1ccccc1 benzene\n")
    return path


@pytest.fixture
def rank(
    matchnet_x_checkpoint: Path, spectra: tuple[Path, Path], library: Path, capfd: pytest.CaptureFixture[str]
) -> Rank:
    """Run the command on ethyl acetate and return exit code, standard output and standard error."""

    def call(*options: object, h1: str = str(spectra[0]), c13: str = str(spectra[1])) -> tuple[int, str, str]:
        given = [f"--{name}={path}" for name, path in (("h1", h1), ("c13", c13)) if path]
        arguments = [*given, "--library", library, "--checkpoint", matchnet_x_checkpoint, "--workers", 1, "--no-cache"]
        code = run(["rank", *map(str, arguments), *map(str, options)])
        return code, *capfd.readouterr()

    return call


def ranked(rank: Rank, *options: object, **spectra: str) -> dict[str, Any]:
    code, out, err = rank("--format", "json", *options, **spectra)
    assert (code, err) == (0, "")
    found: dict[str, Any] = json.loads(out)
    return found


def names(found: dict[str, Any]) -> list[str]:
    return [candidate["name"] for candidate in found["candidates"]]


BUTANOL = {"h1": "1H NMR δ 3.72 (m, 1H), 1.47 (m, 2H), 1.18 (d, 3H), 0.93 (t, 3H)", "c13": ""}


@pytest.mark.slow
def test_json_has_verdict_groups_and_assignments(rank: Rank) -> None:
    found = ranked(rank)

    assert found["verdict"]["name"] == "identified"
    assert 0 <= found["verdict"]["none_fits_probability"] < 0.5
    assert names(found)[0] == "ethyl acetate"
    assert found["candidates"][0]["group"] == 1
    signals = found["candidates"][0]["assignment"]
    assert [(s["nucleus"], s["atoms"]) for s in signals if s["nucleus"] == "13C"] == [
        ("13C", [4]), ("13C", [2]), ("13C", [5]), ("13C", [1]),
    ]  # fmt: skip


@pytest.mark.parametrize(("assign", "count"), [(0, 0), (2, 2), (20, 5)])
def test_assign(rank: Rank, assign: int, count: int) -> None:
    found = ranked(rank, "--assign", assign)

    assert sum("assignment" in candidate for candidate in found["candidates"]) == count


def test_sdf_has_the_shifts_at_the_atoms(rank: Rank) -> None:
    code, out, _ = rank("--format", "sdf", "--top", 1)
    supplier = Chem.SDMolSupplier()
    supplier.SetData(out)

    (mol,) = supplier
    assert code == 0
    assert mol.GetAtomWithIdx(3).GetDoubleProp("13C_observed") == pytest.approx(171.1, abs=1.0)


def test_table_has_verdict_and_indistinguishable_ranks(rank: Rank) -> None:
    _, out, _ = rank(**BUTANOL)

    notes = out.splitlines()[6:]
    assert notes[0].startswith("verdict: identified (probability 0.0")
    assert notes[1] == "ranks 1 to 2 are indistinguishable: their order means nothing"


def test_csv_has_the_groups(rank: Rank) -> None:
    _, out, _ = rank("--format", "csv", **BUTANOL)

    rows = list(csv.DictReader(io.StringIO(out)))
    assert {rows[0]["name"], rows[1]["name"]} == {"R", "S"}
    assert [row["group"] for row in rows[:3]] == ["1", "1", "2"]
    assert {row["verdict"] for row in rows} == {"identified"}


@pytest.mark.parametrize(
    ("options", "left"),
    [
        (("--formula", "C4H8O2"), {"ethyl acetate", "acid"}),
        (("--mass", "74.0732"), {"R", "S"}),
        (("--mass", "74.0", "--ppm", "1000"), {"R", "S"}),
        (("--elements", "CH"), {"benzene"}),
        (("--formula", "H8C4O2", "--elements", "C,O"), {"ethyl acetate", "acid"}),
    ],
)
def test_constraints_filter_the_candidates(rank: Rank, options: tuple[str, ...], left: set[str]) -> None:
    found = ranked(rank, *options)

    assert set(names(found)) == left
    assert found["library"]["scored"] == len(left)


def test_mass_tolerance_is_5_ppm_by_default(rank: Rank) -> None:
    assert ranked(rank, "--mass", "74.0732")["provenance"]["settings"]["constraints"]["ppm"] == 5.0
    assert rank("--mass", "74.0742")[0] == 4


def test_constraints_that_exclude_every_candidate_are_refused(rank: Rank) -> None:
    code, out, err = rank("--formula", "C60")

    assert (code, out) == (4, "")
    assert "none of its 5 candidates has formula C60" in err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--ppm", "5"), "give --mass too"),
        (("--mass", "-1"), "--mass is -1"),
        (("--mass", "nan"), "--mass is nan"),
        (("--mass", "74", "--ppm", "0"), "--ppm is 0"),
        (("--formula", "what"), "what"),
        (("--elements", "Xx"), "Xx"),
        (("--explain-format", "pdf"), "pdf"),
        (("--assign", "-1"), "--assign"),
    ],
)
def test_contradictory_options_are_refused(rank: Rank, options: tuple[str, ...], message: str) -> None:
    code, out, err = rank(*options)

    assert (code, out) == (2, "")
    assert message in err


@pytest.mark.parametrize(("form", "head"), [("svg", b"<svg"), ("png", b"\x89PNG")])
def test_explain_draws_each_assigned_candidate(rank: Rank, tmp_path: Path, form: str, head: bytes) -> None:
    folder = tmp_path / "why"

    assert rank("--explain", folder, "--explain-format", form, "--assign", 2)[0] == 0

    drawn = sorted(folder.iterdir())
    assert [path.name for path in drawn] == [f"1H_01_ethyl-acetate.{form}", f"1H_02_acid.{form}"]
    assert all(head in path.read_bytes()[:200] for path in drawn)


def test_explain_draws_the_candidates_of_a_batch(rank: Rank, spectra: tuple[Path, Path], tmp_path: Path) -> None:
    queries = tmp_path / "q.csv"
    queries.write_text(f"id,h1,c13\na/1,{spectra[0]},\na-1,{spectra[0]},\n")

    code, out, _ = rank("--queries", queries, "--explain", tmp_path / "why", "--assign", 1, h1="", c13="")

    assert (code, out.count("\n")) == (0, 2)
    assert len(list((tmp_path / "why").iterdir())) == 2


def test_explain_needs_a_model_that_assigns_signals(
    quick_loading: None, tiny_checkpoint: Path, spectra: tuple[Path, Path], library: Path, tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    arguments = [
        "--h1",
        spectra[0],
        "--library",
        library,
        "--checkpoint",
        tiny_checkpoint,
        "--explain",
        tmp_path / "why",
    ]

    assert run(["rank", *map(str, arguments)]) == 2
    assert "--explain: matchnet assigns no signals to atoms" in capfd.readouterr().err
    assert not (tmp_path / "why").exists()


def test_results_are_reproducible_to_the_byte(rank: Rank, tmp_path: Path) -> None:
    first, second = (rank("--format", "json", "--assign", 1, "--explain", tmp_path / name)[1] for name in ("a", "b"))

    assert first == second
    images = [[path.read_bytes() for path in sorted((tmp_path / name).iterdir())] for name in ("a", "b")]
    assert images[0] == images[1]
