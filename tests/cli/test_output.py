"""What goes to the result and what to standard error."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from specmol_cli.output import Reporter, format_of, line_writer, ranking_table, table, write
from specmol_core.errors import OutputError
from specmol_core.report.result import HashedFile, LibrarySummary, Provenance, QueryResult
from specmol_core.retrieval.ranker import RankedCandidate


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("chosen", "output", "form"),
    [
        (None, None, "table"),
        (None, "r.JSON", "json"),
        (None, "r.sdf", "sdf"),
        (None, "r.txt", "table"),
        ("csv", "r.json", "csv"),
    ],
)
def test_format(chosen: str | None, output: str | None, form: str) -> None:
    assert format_of(chosen, Path(output) if output else None) == form


def test_file_is_utf8_and_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    path.write_text("old")

    write("δ\udcff\n", path)

    assert path.read_bytes() == "δ\\udcff\n".encode()
    assert [p.name for p in tmp_path.iterdir()] == ["r.json"]


def test_missing_folder_is_an_output_error(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="no such folder"):
        write("x", tmp_path / "none" / "r.json")


def test_file_of_lines_gets_its_name_when_complete(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"

    with line_writer(path) as write_line:
        write_line("1\n")
        assert not path.exists()
        write_line("2\n")

    assert path.read_text() == "1\n2\n"


def test_interrupted_batch_leaves_no_file(tmp_path: Path) -> None:
    def batch() -> None:
        with line_writer(tmp_path / "r.jsonl") as write_line:
            write_line("1\n")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        batch()

    assert list(tmp_path.iterdir()) == []


def test_lines_are_flushed_to_standard_output(monkeypatch: pytest.MonkeyPatch) -> None:
    class Slow(io.StringIO):
        flushed = 0

        def flush(self) -> None:
            self.flushed += 1

    stream = Slow()
    monkeypatch.setattr("sys.stdout", stream)

    with line_writer(None) as write_line:
        write_line("1\n")
        assert (stream.getvalue(), stream.flushed) == ("1\n", 1)


@pytest.mark.parametrize(("quiet", "stream", "shown"), [(False, Terminal, True), (True, Terminal, False)])
def test_quiet_hides_warnings(
    quiet: bool, stream: type[io.StringIO], shown: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr", stream())

    reporter = Reporter(quiet)
    reporter.warn("careful\nnow")

    import sys

    assert (sys.stderr.getvalue() == "warning: careful now\n") is shown  # type: ignore[attr-defined]
    assert bool(sys.stderr.getvalue()) is shown  # type: ignore[attr-defined]


def test_nothing_is_shown_without_a_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    reporter = Reporter(quiet=False)
    reporter.warn("careful")
    reporter.say("busy")
    with reporter.progress("work") as advance:
        advance(1, 2)

    assert capfd.readouterr() == ("", "")


def test_progress_is_drawn_on_a_terminal_and_not_in_the_result(monkeypatch: pytest.MonkeyPatch) -> None:
    stream, out = Terminal(), io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    monkeypatch.setattr("sys.stdout", out)
    reporter = Reporter(quiet=False)

    with reporter.progress("queries [b]") as advance, reporter.progress("embedding") as inner:
        advance(1, 2)
        inner(5, None)
        write("result\n", None)

    assert "queries [b]" in stream.getvalue()
    assert out.getvalue() == "result\n"


LONG = "C" * 300


def ranking(name: str = "acid") -> QueryResult:
    row = RankedCandidate(1, 3, name, LONG, "C2H4O2", 1.23456, 0.5, 1)
    provenance = Provenance("0", "matchnet", "c0ffee" * 10, {}, HashedFile("l.sdf", ""), {})
    return QueryResult("q", (row,), LibrarySummary("l.sdf", 9, 5, 1, 3), ("13C",), provenance, ("1H is missing",))


def test_table_in_a_pipe_is_plain_and_not_folded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", io.StringIO())

    lines = ranking_table(ranking("[red]x[/red]\x1b[2J"), None).splitlines()

    assert lines[0].split() == ["rank", "name", "formula", "score", "probability", "index", "SMILES"]
    assert lines[1].split() == ["1", "[red]x[/red]", "[2J", "C2H4O2", "1.235", "0.5000", "3", LONG]
    assert "ranked by 13C alone" in lines[2]
    assert "9 read, 5 scored, 1 duplicates, 3 rejected" in lines[3]
    assert lines[4] == "warning: 1H is missing"
    assert "\x1b" not in "".join(lines)


def test_table_on_a_terminal_fits_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setattr("sys.stdout", Terminal())

    drawn = ranking_table(ranking(), None)

    assert drawn.count("C" * 20) > 1
    assert LONG not in drawn


def test_empty_table_has_its_header(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", io.StringIO())

    assert table(("a", "b"), [], ["note"], None).splitlines() == ["a  b", "note"]
