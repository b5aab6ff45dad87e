"""The list of queries of a batch."""

from __future__ import annotations

from pathlib import Path

import pytest

from specmol_core.errors import UsageError
from specmol_core.queries import QueryFiles, read_queries


def write(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "queries.csv"
    path.write_bytes(content)
    return path


def test_paths_are_relative_to_the_folder_of_the_csv(tmp_path: Path) -> None:
    path = write(tmp_path, b"id,h1,c13,library\na,h.png,sub/c.png,/abs/l.sdf\n")

    assert read_queries(path) == [QueryFiles("a", tmp_path / "h.png", tmp_path / "sub/c.png", Path("/abs/l.sdf"))]


def test_bom_crlf_blank_lines_spaces_order_and_more_columns_are_accepted(tmp_path: Path) -> None:
    path = write(tmp_path, "\ufeffC13,note, ID ,h1\r\n\r\n c.png ,δ,x,\r\n,,,\r\n".encode())

    assert read_queries(path) == [QueryFiles("x", None, tmp_path / "c.png", None)]


def test_a_query_may_lack_both_spectra_until_it_is_ranked(tmp_path: Path) -> None:
    assert read_queries(write(tmp_path, b"id,h1,c13\na,,\n")) == [QueryFiles("a", None, None)]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"id,h1\na,h.png\n", "c13 missing"),
        (b"", "id, h1, c13 missing"),
        (b"id,h1,c13,sample,sample\na,h,c,s,s\n", "column sample occurs twice"),
        (b"id,h1,c13\n", "has no query"),
        (b"id,h1,c13\na,h,c\na,h,c\n", "line 3: the id 'a' occurs twice"),
        (b"id,h1,c13\n,h,c\n", "line 2: the id is empty"),
        (b"id,h1,c13,h1\na,h,c,h\n", "column h1 occurs twice"),
        (b"id,h1,c13\na,\xff,c\n", "not UTF-8"),
        (b"id,h1,c13\na,h\0,c\n", "NUL"),
        (b'id,h1,c13\na,"' + b"x" * 200_000 + b'",c\n', "not valid CSV"),
    ],
)
def test_fault_is_reported_with_its_location(tmp_path: Path, content: bytes, said: str) -> None:
    path = write(tmp_path, content)

    with pytest.raises(UsageError, match=said) as caught:
        read_queries(path)

    assert str(path) in str(caught.value)


def test_missing_list_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read_queries(tmp_path / "none.csv")


def test_a_query_is_named_after_its_first_spectrum() -> None:
    assert QueryFiles.named_after_spectrum(None, Path("a/c.png")).id == "c"
    assert QueryFiles.named_after_spectrum(Path("a/h.png"), Path("a/c.png")).id == "h"


def test_a_query_may_name_its_solvent(tmp_path: Path) -> None:
    path = write(tmp_path, b"id,h1,c13,solvent\na,h.png,,Chloroform-d\nb,h.png,,\n")

    assert [query.solvent for query in read_queries(path)] == ["CDCl3", None]


def test_an_unknown_solvent_is_reported_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="line 2, column solvent: the solvent 'gin' is unknown"):
        read_queries(write(tmp_path, b"id,h1,c13,solvent\na,h.png,,gin\n"))


def test_a_sample_may_stand_for_both_spectra(tmp_path: Path) -> None:
    path = write(tmp_path, b"id,sample,c13\na,folder,\nb,folder,folder::3\n")

    first, second = read_queries(path)

    assert first == QueryFiles("a", None, None, sample=tmp_path / "folder")
    assert second == QueryFiles("b", None, tmp_path / "folder::3", sample=tmp_path / "folder")
    assert QueryFiles.named_after_spectrum(None, None, Path("a/folder")).id == "folder"


def test_a_column_without_a_name_and_more_cells_than_columns(tmp_path: Path) -> None:
    path = tmp_path / "queries.csv"
    path.write_text("id,h1,,c13\none,a.dx,x,b.dx,more,cells\n")

    (query,) = read_queries(path)

    assert (query.id, query.h1, query.c13) == ("one", tmp_path / "a.dx", tmp_path / "b.dx")
