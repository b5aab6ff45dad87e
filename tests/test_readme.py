"""The documentation: its commands parse, its options and links exist, and it says everything that there is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import typer
from support.documents import DOCS, PAGES, README, REFERENCE, ROOT, anchors, blocks, prose, specmol_commands

from specmol_cli.main import app

pytestmark = pytest.mark.slow

WRITTEN = [page for page in PAGES if page.name != "reproduction.md" and page.parent.name != "reproduction"]
"""All pages but the one that a command writes."""
COMMANDS = {" ".join(c): c for page in PAGES for b in blocks(page, "sh", "bash") for c in specmol_commands(b.source)}
FOREIGN_OPTIONS = {"--check", "--directory", "--write-readme", "--only", "--quick", "--cores"}
"""Options of other programs, and of scripts in the repository."""
PRIVATE_WORDS = re.compile(
    r"\b(nobody's|told apart|laid into|read off|held against|asked were|reached are|busy hour|the bench(es)?)\b"
    r"|none_probability|--laboratory",
    re.IGNORECASE,
)


def leaf(command: Any, arguments: list[str]) -> tuple[Any, list[str]]:
    """The command that a command line names, and its own arguments."""
    while hasattr(command, "commands"):
        name, *arguments = arguments
        assert name in command.commands, f"{name} is no command"
        command = command.commands[name]
    return command, arguments


def all_commands(command: Any, prefix: str = "specmol") -> dict[str, Any]:
    if not hasattr(command, "commands"):
        return {prefix: command}
    return {k: v for name, part in command.commands.items() for k, v in all_commands(part, f"{prefix} {name}").items()}


def options_of(command: Any) -> set[str]:
    return {option for parameter in command.params for option in parameter.opts if option.startswith("--")}


def test_there_are_commands() -> None:
    assert len(COMMANDS) > 40


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)
def test_every_command_line_parses(words: list[str]) -> None:
    command, arguments = leaf(typer.main.get_command(app), words[1:])

    command.make_context(words[1], arguments).close()


def test_every_command_is_in_the_reference() -> None:
    text = REFERENCE.read_text(encoding="utf-8")
    known = all_commands(typer.main.get_command(app))

    assert "specmol rank" in known
    assert [name for name in known if f"`{name}`" not in text] == []


def test_every_option_of_rank_is_in_the_reference() -> None:
    text = REFERENCE.read_text(encoding="utf-8")
    rank = all_commands(typer.main.get_command(app))["specmol rank"]

    assert {option for option in options_of(rank) if option not in text} - {"--help"} == set()


def test_every_documented_option_exists() -> None:
    root = typer.main.get_command(app)
    known = set().union(*map(options_of, all_commands(root).values())) | options_of(root) | {"--help"}
    text = "\n".join(re.sub(r"pip install .*", "", page.read_text(encoding="utf-8")) for page in [README, *DOCS])

    named = set(re.findall(r"(?<![\w-])--[a-z][a-z0-9-]+", text))

    assert named - known - FOREIGN_OPTIONS == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", prose(page))

    for link in links:
        if "://" in link:
            continue
        target, _, anchor = link.partition("#")
        file = (page.parent / target).resolve() if target else page
        assert file.exists(), link
        assert not anchor or file.suffix != ".md" or anchor in anchors(file), link


def test_every_page_is_linked_from_the_index() -> None:
    index = ROOT / "docs" / "index.md"
    linked = {(index.parent / link).resolve() for link in re.findall(r"\]\(([^)#]+)\)", prose(index))}

    assert [
        page.name for page in DOCS if page not in linked and page != index and "reproduction/" not in str(page)
    ] == []


def test_every_image_is_used() -> None:
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)

    assert [path.name for path in (ROOT / "docs" / "images").iterdir() if path.name not in text] == []


def test_the_readme_is_one_page() -> None:
    assert len(README.read_text(encoding="utf-8").splitlines()) <= 150


@pytest.mark.parametrize("page", WRITTEN, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_prose_is_plain_and_its_lines_are_short(page: Path) -> None:
    # Tables, listings, images, formulas, and lines that benchmarks/run.py writes.
    other = ("|", "    ", "![", "\\", " \\", "Python ", "Machine: ", "Measured on ")
    lines = [line for line in prose(page).splitlines() if not line.startswith(other)]

    assert [line for line in lines if len(line) > 100] == []
    assert PRIVATE_WORDS.findall(prose(page)) == []
