"""The commands and scripts of README and user guide run as they are written, on the files of examples/."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from support.documents import GUIDE, README, ROOT, Block, Workplace, blocks

SHIPPED = ROOT / "specmol_core" / "weights" / "matchnet-x.safetensors"
needs_weights = pytest.mark.skipif(not SHIPPED.is_file(), reason="no weights are shipped with this checkout")


@pytest.mark.parametrize("page", [README, *GUIDE], ids=lambda page: page.name)
def test_page_has_commands_that_run(page: Path) -> None:
    if page.name != "reference.md":
        assert blocks(page, "sh", "python")


@pytest.mark.parametrize("page", GUIDE, ids=lambda page: page.name)
def test_all_code_of_the_guide_runs_in_a_test(page: Path) -> None:
    text = page.read_text(encoding="utf-8")

    assert set(re.findall(r"^```(\w+)", text, re.MULTILINE)) <= {"sh", "python"}


@needs_weights
@pytest.mark.slow
@pytest.mark.parametrize("page", [README, *GUIDE], ids=lambda page: page.name)
def test_page_runs_as_pasted(page: Path, tmp_path: Path) -> None:
    workplace = Workplace(tmp_path)

    for block in blocks(page, "sh", "python"):
        done = workplace.run(block)

        assert done.returncode == 0, f"{block.source}\n{done.stderr}"
        assert "Traceback" not in done.stderr, f"{block.source}\n{done.stderr}"


@needs_weights
@pytest.mark.slow
@pytest.mark.parametrize("page", [README, *(p for p in GUIDE if p.name == "reading-a-result.md")], ids=lambda p: p.name)
def test_table_of_the_page_is_what_its_first_command_prints(page: Path, tmp_path: Path) -> None:
    text = page.read_text(encoding="utf-8")
    shown = re.search(r"^    (rank +name.*?verdict: \w+)", text, re.MULTILINE | re.DOTALL)
    assert shown is not None

    first = blocks(page, "sh")[0].source.splitlines()[0]
    printed = Workplace(tmp_path).run(Block("sh", first)).stdout

    rows = [line.strip() for line in shown.group(1).splitlines()]
    # The last digits of scores and probabilities may depend on the machine.
    names = [re.split(r" {2,}", row)[1] for row in rows[1:-1]]
    assert [re.split(r" {2,}", line.strip())[1] for line in printed.splitlines()[1 : len(rows) - 1]] == names
    assert f"\n{rows[-1]}" in printed


@needs_weights
@pytest.mark.slow
def test_python_of_the_readme_names_the_molecule_of_the_readme(tmp_path: Path) -> None:
    (block,) = blocks(README, "python")
    shown = re.search(r"^ +1 {2}(\S.*?) {2}", README.read_text(encoding="utf-8"), re.MULTILINE)
    assert shown is not None

    done = Workplace(tmp_path).run(block)

    assert done.returncode == 0, done.stderr
    name, probability = done.stdout.strip().rsplit(" ", 1)
    assert name == shown.group(1)
    assert 0.5 < float(probability) <= 1
