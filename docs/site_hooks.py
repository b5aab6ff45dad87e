"""Hooks of the web site (mkdocs.yml): pages outside docs/, links to files of the repository, formulas as MathML."""

from __future__ import annotations

import html
import posixpath
import re
from importlib.util import find_spec
from pathlib import Path

from latex2mathml.converter import convert
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parents[1]
PAGES = {
    "README.md": "index.md",
    "docs/index.md": "contents.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "for-contributors/contributing.md",
    "MODEL_CARD.md": "model-card.md",
    "SECURITY.md": "for-contributors/security.md",
    "benchmarks/README.md": "for-contributors/benchmarks.md",
    "examples/README.md": "guide/examples.md",
}
"""Page of the site by path in the repository, for pages that stand elsewhere in the site."""
FONT = "STIXTwoMath-Regular.ttf"
"""Font of the formulas (SIL Open Font License 1.1), from the package ziamath."""
_REPOSITORY_PATHS = {uri: path for path, uri in PAGES.items()}
_ABSOLUTE = re.compile(r'<mo stretchy="false">&#x0007C;</mo>(.*?)<mo stretchy="false">&#x0007C;</mo>')
"""Vertical bars around an absolute value."""
_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_INLINE_CODE = re.compile(r"(?<!<pre>)<code>([^<]{1,200})</code>")
_WORD = re.compile(r"(?=[^\s,=]*[-/_])[^\s,=]{1,44}(?![^\s,=])")
"""A word of code with a character at which it could break."""
_SHELL = re.compile(r'<div class="language-(?:sh|bash) highlight">.*?</pre>', re.DOTALL)
_OPTION = re.compile(r"(?<=[\s>])--[a-z][a-z0-9-]*")
_UNBROKEN = r'<span class="word">\g<0></span>'
_LINK = re.compile(r"\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s#]+)(#[^)\s]*)?\)")
"""Text, target and anchor of a link or an image."""
_FORMULA = re.compile(r'<(span|div) class="arithmatex">\\([(\[])(.*?)\\[)\]]</\1>', re.DOTALL)


def site_uri(path: str) -> str:
    """Return where the site has a file of the repository."""
    if path in PAGES:
        return PAGES[path]
    if path.startswith("docs/"):
        return path.removeprefix("docs/")
    # Browsers show a file without a suffix only as a download.
    return f"repository/{path}" if posixpath.splitext(path)[1] else f"repository/{path}.txt"


def linked_paths(markdown: str, source: str) -> set[str]:
    """Return the repository paths of the files that a page links to."""
    links = (match[2] for match in _LINK.finditer(_FENCE.sub("", markdown)))
    return {_resolve(link, source) for link in links if "://" not in link}


def _resolve(link: str, source: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(source), link))


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that lie outside docs/, and the files of the repository that a page links to."""
    index = files.get_file_from_path("index.md")
    if index is not None:
        files.remove(index)
    for path, uri in PAGES.items():
        files.append(File.generated(config, uri, abs_src_path=str(ROOT / path)))
    linked: set[str] = set()
    for file in files.documentation_pages():
        linked |= linked_paths(file.content_string, _REPOSITORY_PATHS.get(file.src_uri, f"docs/{file.src_uri}"))
    for path in sorted(linked):
        if not path.startswith(("docs/", "..")) and path not in PAGES and (ROOT / path).is_file():
            files.append(File.generated(config, site_uri(path), abs_src_path=str(ROOT / path)))
    (package,) = find_spec("ziamath").submodule_search_locations
    files.append(File.generated(config, f"assets/{FONT}", abs_src_path=str(Path(package, "fonts", FONT))))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Point the links of a page to where the site has their files."""
    uri = page.file.src_uri
    source = _REPOSITORY_PATHS.get(uri, f"docs/{uri}")

    def moved(match: re.Match[str]) -> str:
        text, link, anchor = match[1], match[2], match[3] or ""
        if "://" in link:
            return match[0]
        path = _resolve(link, source)
        if (ROOT / path).is_dir():
            return text
        return f"[{text}]({posixpath.relpath(site_uri(path), posixpath.dirname(uri) or '.')}{anchor})"

    parts, end = [], 0
    for fence in _FENCE.finditer(markdown):
        parts += [_LINK.sub(moved, markdown[end : fence.start()]), fence[0]]
        end = fence.end()
    return "".join([*parts, _LINK.sub(moved, markdown[end:])])


def on_page_content(content: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Write formulas as MathML, which browsers show without scripts; keep options on one line."""

    def formula(match: re.Match[str]) -> str:
        text = mathml(html.unescape(match[3]).strip(), "block" if match[2] == "[" else "inline")
        return f'<{match[1]} class="formula">{text}</{match[1]}>'

    content = _INLINE_CODE.sub(_unbroken_words, _FORMULA.sub(formula, content))
    return _SHELL.sub(lambda block: _OPTION.sub(_UNBROKEN, block[0]), content)


def _unbroken_words(match: re.Match[str]) -> str:
    # Browsers break lines after hyphens, and would write --top as -- and top.
    return "<code>" + _WORD.sub(_UNBROKEN, match[1]) + "</code>"


def mathml(tex: str, display: str) -> str:
    """Return a formula as MathML, with what latex2mathml leaves out: alignment, signs, space after ln, bars."""
    text = convert(re.sub(r"\\ln(?!\s*(?:\(|\\left|\\text))", r"\\ln\\,", tex), display=display)
    text = text.replace('columnalign="left"', 'style="text-align: left"')
    text = text.replace("<mo>&#x0221E;</mo>", "<mi>&#x0221E;</mi>")
    text = _ABSOLUTE.sub(r'<mo form="prefix" stretchy="false">|</mo>\1<mo form="postfix" stretchy="false">|</mo>', text)
    return re.sub(r"((?:&#x0003D;|&#x0002C;)</mo>(?:<mspace [^>]*>)?)<mo>(?=&#x02212;)", r'\1<mo form="prefix">', text)
