from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from support.measured_fixtures import SMILES, measured

from specmol_core.errors import OutputError
from specmol_core.matcher.assignment import AssignedSignal, Assignment
from specmol_core.matcher.judgement import RankingOutcome
from specmol_core.report.explain.write import write_explanation_images
from specmol_core.report.result import HashedFile, LibrarySummary, Provenance, QueryResult
from specmol_core.retrieval.ranker import RankedCandidate
from specmol_core.spectra.spectrum import SpectrumPair

PAIR = SpectrumPair(c13=measured("13C"))
SIGNALS = Assignment((AssignedSignal("13C", 60.5, 60.0, 0.5, (1,)),))


def result(names: Sequence[str], query: str = "q", assigned: int | None = None) -> QueryResult:
    ranked = tuple(RankedCandidate(i + 1, i, name, SMILES, "C4H8O2", 1.0, 0.5, i + 1) for i, name in enumerate(names))
    provenance = Provenance("0", "matchnet-x", "c0ffee", {}, HashedFile("l.sdf", ""), {})
    return QueryResult(
        query, ranked, LibrarySummary("l.sdf", 1, 1, 0, 0), ("13C",), provenance,
        verdict=RankingOutcome("identified", 1, 0.25),
        assignments=(SIGNALS,) * (len(names) if assigned is None else assigned),
    )  # fmt: skip


def drawn(folder: Path, *results: QueryResult, suffix: str = ".svg") -> list[str]:
    """Write the images of results, and return the names of the files."""
    for one in results:
        write_explanation_images(folder, suffix, one, PAIR)
    return sorted(path.name for path in folder.iterdir())


def test_each_assigned_candidate_has_an_image_with_the_verdict(tmp_path: Path) -> None:
    names = drawn(tmp_path / "new" / "folder", result(["ester", "acid", "other"], assigned=2))

    assert names == ["q_01_ester.svg", "q_02_acid.svg"]
    assert "identified (probability 0.25" in (tmp_path / "new" / "folder" / names[0]).read_text()


def test_file_of_a_nameless_candidate_has_its_formula(tmp_path: Path) -> None:
    assert drawn(tmp_path, result([""])) == ["q_01_C4H8O2.svg"]


def test_images_can_be_png(tmp_path: Path) -> None:
    (name,) = drawn(tmp_path, result(["ester"]), suffix=".png")

    assert (tmp_path / name).read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("../../etc/passwd", "etc-passwd"), ("a/b\\c", "a-b-c"), ("...", ""), ("x\0\x1b[2J\n", "x-2J"),
        ("N,N'-di(β-ol)", "N-N--di-β-ol"), ("1.5-name.", "1.5-name"), ("環" * 100, "環" * 20),
    ],
)  # fmt: skip
def test_untrusted_name_stays_within_the_folder(tmp_path: Path, name: str, written: str) -> None:
    assert drawn(tmp_path / "inner", result([name])) == [f"q_01_{written}.svg"]
    assert [path.name for path in tmp_path.iterdir()] == ["inner"]


@pytest.mark.parametrize(
    "queries",
    [("a/b", "a-b", "a b", "a.-b"), ("long" * 40, "long" * 40 + "er"), ("..", "/", "\udcff"), ("q.1", "q.1.", "q-1")],
)
def test_query_does_not_overwrite_the_images_of_another(tmp_path: Path, queries: tuple[str, ...]) -> None:
    assert len(drawn(tmp_path, *(result(["x"], query) for query in queries))) == len(queries)


def test_candidates_with_equal_names_have_separate_images(tmp_path: Path) -> None:
    assert len(drawn(tmp_path, result(["x/y", "x-y", "x-y"]))) == 3


def test_repeated_query_replaces_its_images(tmp_path: Path) -> None:
    assert len(drawn(tmp_path, result(["x"], "a b"), result(["x"], "a b"))) == 1


def test_folder_that_cannot_be_created_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(OutputError, match="file"):
        drawn(tmp_path / "file" / "inner", result(["x"]))
