"""``specmol rank`` from the command line to the written result, with a small real model."""

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
from specmol_core.report.writers import CSV_COLUMNS

Rank = Callable[..., tuple[int, str, str]]


@pytest.fixture
def rank(
    quick_loading: None, tiny_checkpoint: Path, spectra: tuple[Path, Path], sdf: Path, capfd: pytest.CaptureFixture[str]
) -> Rank:
    """Run the command on the fixtures and return exit code, standard output and standard error."""

    def call(*options: object, h1: Path | None = spectra[0], c13: Path | None = spectra[1]) -> tuple[int, str, str]:
        given = [f"--{name}={path}" for name, path in (("h1", h1), ("c13", c13)) if path is not None]
        library = [] if "--library" in options else ["--library", str(sdf)]
        arguments = [*given, *library, "--checkpoint", str(tiny_checkpoint), "--workers", "1"]
        code = run(["rank", *arguments, *(str(option) for option in options)])
        return code, *capfd.readouterr()

    return call


def ranked(rank: Rank, *options: object, **spectra: Path | None) -> dict[str, Any]:
    code, out, err = rank("--format", "json", *options, **spectra)
    assert (code, err) == (0, "")
    found: dict[str, Any] = json.loads(out)
    return found


@pytest.mark.slow
def test_json_has_every_candidate_and_its_provenance(rank: Rank, spectra: tuple[Path, Path], sdf: Path) -> None:
    found = ranked(rank)

    candidates = found["candidates"]
    assert found["id"] == "1H"
    assert [c["rank"] for c in candidates] == [1, 2, 3, 4, 5]
    assert sorted(c["index"] for c in candidates) == [0, 1, 2, 3, 4]
    assert [c["score"] for c in candidates] == sorted((c["score"] for c in candidates), reverse=True)
    assert {c["name"]: c["smiles"] for c in candidates}["dioxane"] == "C1COCCO1"
    assert {c["formula"] for c in candidates} == {"C4H8O2"}
    assert found["library"] == {"path": str(sdf), "read": 5, "scored": 5, "duplicates": 0, "rejected": 0}
    assert found["nuclei"] == ["1H", "13C"]
    assert found["provenance"]["spectra"]["h1"]["path"] == str(spectra[0])
    assert len(found["provenance"]["spectra"]["c13"]["sha256"]) == 64
    assert found["provenance"]["settings"]["top"] == 20


@pytest.mark.slow
def test_formats_agree(rank: Rank) -> None:
    expected = ranked(rank)["candidates"]

    lines = rank("--format", "jsonl")[1]
    rows = list(csv.DictReader(io.StringIO(rank("--format", "csv")[1])))
    supplier = Chem.SDMolSupplier()
    supplier.SetData(rank("--format", "sdf")[1])
    mols = list(supplier)

    assert lines.count("\n") == 1
    assert json.loads(lines)["candidates"] == expected
    assert tuple(rows[0]) == CSV_COLUMNS
    assert [(float(r["score"]), r["smiles"]) for r in rows] == [(c["score"], c["smiles"]) for c in expected]
    assert [(float(m.GetProp("score")), Chem.MolToSmiles(m)) for m in mols] == [
        (c["score"], c["smiles"]) for c in expected
    ]


def test_default_format_is_a_table(rank: Rank) -> None:
    code, out, err = rank("--top", 2)

    assert (code, err) == (0, "")
    assert out.splitlines()[0].split()[:2] == ["rank", "name"]
    assert "ranked by 1H and 13C with matchnet" in out.splitlines()[3]


@pytest.mark.slow
@pytest.mark.parametrize(("top", "count"), [(1, 1), (3, 3), (0, 5), (99, 5)])
def test_top(rank: Rank, top: int, count: int) -> None:
    found = ranked(rank, "--top", top)

    assert len(found["candidates"]) == count
    assert found["library"]["scored"] == 5


@pytest.mark.slow
def test_prefilter(rank: Rank) -> None:
    found = ranked(rank, "--prefilter", 2)

    assert (len(found["candidates"]), found["library"]["scored"]) == (2, 2)
    assert ranked(rank, "--prefilter", 0)["library"]["scored"] == 5


@pytest.mark.slow
@pytest.mark.parametrize(("missing", "used", "absent"), [("c13", "1H", "13C"), ("h1", "13C", "1H")])
def test_one_nucleus_is_enough_and_named(rank: Rank, missing: str, used: str, absent: str) -> None:
    found = ranked(rank, **{missing: None})

    assert found["nuclei"] == [used]
    assert f"no {absent} spectrum was given" in found["warnings"]
    assert found["provenance"]["spectra"][missing] is None
    assert f"ranked by {used} alone" in rank(**{missing: None})[1]


@pytest.mark.slow
def test_a_sample_serves_for_both_nuclei(rank: Rank, spectra: tuple[Path, Path]) -> None:
    h1 = "1H NMR (400 MHz, CDCl3) δ 4.12 (q, J = 7.1 Hz, 2H), 2.04 (s, 3H), 1.26 (t, J = 7.1 Hz, 3H)."
    both = f"{h1} 13C NMR (101 MHz, CDCl3) δ 171.1, 60.4, 21.0, 14.2."

    sample = ranked(rank, both, "--quiet", h1=None, c13=None)
    pair = ranked(rank, "--h1", both, "--c13", both, "--quiet", h1=None, c13=None)

    assert sample["nuclei"] == ["1H", "13C"]
    assert sample["candidates"] == pair["candidates"]
    assert sample["provenance"]["spectra"] == pair["provenance"]["spectra"]
    assert ranked(rank, spectra[1], h1=None, c13=None)["nuclei"] == ["13C"]
    assert ranked(rank, spectra[1], h1=spectra[0], c13=None)["nuclei"] == ["1H", "13C"]


def test_no_spectrum_is_a_usage_error(rank: Rank) -> None:
    code, _, err = rank(h1=None, c13=None)

    assert code == 2
    assert "no spectrum given; give a sample, --h1, --c13 or both, or --queries" in err


@pytest.mark.slow
def test_cache_is_beside_the_library_and_does_not_change_the_result(rank: Rank, sdf: Path) -> None:
    first = ranked(rank)
    cached = [p.name for p in sdf.parent.iterdir() if p != sdf]

    assert len(cached) == 1
    assert cached[0].startswith("candidates.sdf.specmol-")
    assert ranked(rank) == first
    assert ranked(rank, "--no-cache") == first


def test_no_cache_writes_no_file(rank: Rank, sdf: Path) -> None:
    ranked(rank, "--no-cache")

    assert [p.name for p in sdf.parent.iterdir()] == ["candidates.sdf"]


@pytest.mark.slow
def test_named_cache(rank: Rank, sdf: Path, tmp_path: Path) -> None:
    first = ranked(rank, "--cache", tmp_path / "c.h5")

    assert (tmp_path / "c.h5").is_file()
    assert [p.name for p in sdf.parent.iterdir()] == ["candidates.sdf"]
    assert ranked(rank, "--cache", tmp_path / "c.h5") == first


@pytest.mark.slow
@pytest.mark.parametrize("suffix", ["json", "jsonl", "csv", "sdf", "txt"])
def test_suffix_of_the_output_sets_the_format(rank: Rank, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"result.{suffix}"

    assert rank("--output", path) == (0, "", "")

    start = {"json": "{\n", "jsonl": '{"id"', "csv": "id,rank,", "sdf": "", "txt": "rank"}[suffix]
    assert path.read_text().startswith(start)
    assert "dioxane" in path.read_text()


@pytest.mark.slow
def test_range_moves_the_image(rank: Rank, spectra: tuple[Path, Path], tmp_path: Path) -> None:
    from PIL import Image

    bare = tmp_path / "bare.png"
    with Image.open(spectra[0]) as image:
        image.copy().save(bare, pnginfo=None)

    assert ranked(rank, "--h1-range", "12.05,-2", h1=bare)["candidates"] == ranked(rank, h1=bare)["candidates"]
    moved = ranked(rank, "--h1-range", "10,0", h1=bare)
    assert moved["candidates"] != ranked(rank, h1=bare)["candidates"]
    assert moved["provenance"]["settings"]["h1_range"] == [10.0, 0.0]


@pytest.mark.slow
def test_rejected_and_repeated_records_are_counted_and_reported(rank: Rank, sdf: Path, tmp_path: Path) -> None:
    library = tmp_path / "l.smi"
    library.write_text("CCO one\nOCC two\nno(smiles three\n[Fe] four\nCCC five\n")

    found = ranked(rank, "--library", library, "--report", tmp_path / "r.csv")
    rows = list(csv.DictReader((tmp_path / "r.csv").open()))

    assert found["library"] == {"path": str(library), "read": 5, "scored": 2, "duplicates": 1, "rejected": 2}
    assert [(r["index"], r["name"]) for r in rows] == [("2", "three"), ("3", "four")]
    assert all(r["reason"] for r in rows)


@pytest.mark.slow
@pytest.mark.parametrize("cached", [(), ("--no-cache",)])
def test_molecules_above_the_limit_are_a_warning_of_the_result(
    rank: Rank, sdf: Path, tmp_path: Path, cached: tuple[str, ...]
) -> None:
    library = tmp_path / "l.smi"
    library.write_text("CCO one\nCCCCC two\nno(smiles three\nCCCCCC four\nCCC five\n")

    for _ in range(2):  # the second time from the cache
        found = ranked(rank, "--library", library, "--max-atoms", "4", *cached)
        warnings = [text for text in found["warnings"] if "heavy atoms" in text]

        assert len(warnings) == 1
        assert "2 molecules with more than 4 heavy atoms are not ranked" in warnings[0]
    assert not any("heavy atoms" in text for text in ranked(rank, "--library", library)["warnings"])


def test_strict_makes_a_rejected_record_an_error(rank: Rank, tmp_path: Path) -> None:
    library = tmp_path / "l.smi"
    library.write_text("CCO\nno(smiles\n")

    code, out, err = rank("--library", library, "--strict")

    assert (code, out) == (4, "")
    assert "record 1" in err
