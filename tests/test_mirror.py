"""Each module of specmol_core has a test of its own, or a place in the table of CONTRIBUTING.md."""

from __future__ import annotations

import re
from pathlib import Path

from support.documents import ROOT

TESTS, PACKAGE = ROOT / "tests", ROOT / "specmol_core"
_ROW = re.compile(r"^\| `([\w/]+)` \| (.+?) \| (.+) \|$", re.MULTILINE)


def table() -> dict[str, list[str]]:
    """Test files and folders that cover a module, by its path."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rows = _ROW.findall(text.partition("<!-- mirror -->")[2].partition("<!-- /mirror -->")[0])
    found: dict[str, list[str]] = {}
    for package, modules, tests in rows:
        folder = "" if package == "specmol_core" else f"{package}/"
        covering = re.findall(r"`([\w/.]+)`", tests)
        found |= {f"{folder}{module}.py": covering for module in re.findall(r"`(\w+)`", modules)}
    return found


def own_test(module: Path) -> Path:
    return TESTS / module.parent / f"test_{module.name}"


def test_modules_without_a_test_of_their_own_are_those_of_the_table() -> None:
    modules = [path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py") if path.name != "__init__.py"]

    assert {path.as_posix() for path in modules if not own_test(path).is_file()} == set(table())


def test_tests_of_the_table_exist() -> None:
    named = {test for tests in table().values() for test in tests}

    assert sorted(test for test in named if not (TESTS / test).exists()) == []
    assert all(table().values())
