"""The documents as a web site: it builds without warnings, and loads nothing from other hosts."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from support.documents import DOCS, PAGES, ROOT, prose

import specmol

NEEDED = ("mkdocs", "material", "mkdocstrings", "latex2mathml", "ziamath")
MISSING = [name for name in NEEDED if importlib.util.find_spec(name) is None]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)} (pip install '.[docs]')"),
]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site."""
    folder = tmp_path_factory.mktemp("site") / "site"
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    return folder


def html_of(site: Path) -> dict[str, str]:
    return {page.relative_to(site).as_posix(): page.read_text(encoding="utf-8") for page in site.rglob("*.html")}


def test_every_document_is_a_page(site: Path) -> None:
    pages = set(html_of(site))
    documents = {page.relative_to(ROOT / "docs").with_suffix(".html").as_posix() for page in DOCS}
    outside = {"contents", "changelog", "model-card", "guide/examples"}
    outside |= {f"for-contributors/{name}" for name in ("contributing", "benchmarks", "security")}

    assert documents | {f"{name}.html" for name in outside} <= pages


def test_nothing_is_loaded_from_other_hosts(site: Path) -> None:
    loads = re.compile(r"<(?:script|img|iframe|link|source)\b[^>]*?\b(?:src|href)=\"?(?:https?:)?//[^\s\">]*")
    styles = re.compile(r"(?:url\(|@import )[\"']?(?:https?:)?//[^\s)]*")

    assert {name: found for name, text in html_of(site).items() if (found := loads.findall(text))} == {}
    assert [found for sheet in site.rglob("*.css") for found in styles.findall(sheet.read_text("utf-8"))] == []


def test_local_files_of_every_page_exist(site: Path) -> None:
    missing = []
    for name, text in html_of(site).items():
        if name == "404.html":  # its addresses are absolute, because it is shown for any address
            continue
        for target in re.findall(r"\b(?:src|href)=\"([^\":#?]+)[\"#?]", text):
            file = (site / name).parent / target
            if not (file.is_file() or (file / "index.html").is_file()):
                missing.append((name, target))

    assert missing == []


def test_lists_within_lists_are_indented_as_the_site_needs_it() -> None:
    shallow = re.compile(r"^ {1,3}(?:[-*]|\d+\.) ", re.MULTILINE)

    assert [page.name for page in PAGES if shallow.search(prose(page))] == []


def test_formulas_are_mathml_in_their_font(site: Path) -> None:
    text = (site / "method.html").read_text(encoding="utf-8")

    assert text.count("<math") > 100
    assert "arithmatex" not in text
    assert (site / "assets" / "STIXTwoMath-Regular.ttf").stat().st_size > 100_000


def test_the_python_reference_has_every_public_name(site: Path) -> None:
    text = (site / "python-reference.html").read_text(encoding="utf-8")
    shown = set(re.findall(r'id="specmol\.(\w+)"', text))

    assert set(specmol.__all__) - {"__version__"} <= shown
