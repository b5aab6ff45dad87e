"""Draw the layers of the package from the import contract in pyproject.toml: python docs/make_layers_image.py.

Each row is a layer: a package imports only packages of lower rows. The text of a box is the first line of
the package's docstring, and the names of its subpackages.
"""

from __future__ import annotations

import ast
import textwrap
import tomllib
from html import escape
from pathlib import Path

ROOT = Path(__file__).parents[1]
TARGET = ROOT / "docs" / "images" / "layers.svg"
CONTRACT = "Imports go downward only"
COLOURS = {"matchnet": "#dbe9f6", "matchnet_x": "#fde3c8"}
"""Fill of the two systems; all other boxes are shared."""
WIDTH, GAP, PADDING, LINE = 1000, 10, 12, 17
"""Width of the image, distance of boxes, their padding, and the height of a line of text (px)."""


def layers() -> list[list[str]]:
    """Return the packages and modules of each layer, the highest first; the command line is above all."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    rows = next(contract["layers"] for contract in contracts if contract["name"] == CONTRACT)
    return [["specmol", "specmol_cli"], *([name.strip() for name in row.replace(":", "|").split("|")] for row in rows)]


def describe(name: str) -> tuple[str, list[str]]:
    """Return the first line of the docstring of a package or module, and the names of its subpackages."""
    folder = ROOT / name if name.startswith("specmol") else ROOT / "specmol_core" / name
    source = folder / "__init__.py" if folder.is_dir() else folder.with_suffix(".py")
    text = (ast.get_docstring(ast.parse(source.read_text())) or "").partition("\n")[0]
    inner = sorted(path.parent.name for path in folder.glob("*/__init__.py")) if folder.is_dir() else []
    return text.replace("``", "").replace("`", ""), inner


def draw() -> str:
    """Return the image as SVG."""
    boxes: list[str] = []
    top = GAP
    for row in layers():
        width = (WIDTH - GAP * (len(row) + 1)) / len(row)
        texts = {name: lines_of(name, width) for name in row}
        height = 2 * PADDING + LINE * (1 + max(len(lines) for lines in texts.values()))
        for column, name in enumerate(row):
            boxes.append(box(name, texts[name], GAP + column * (width + GAP), top, width, height))
        top += height + GAP
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{top:g}" viewBox="0 0 {WIDTH} {top:g}"'
    style = 'font-family="DejaVu Sans, Helvetica, Arial, sans-serif" font-size="13">'
    return "\n".join([f"{head} {style}", '<rect width="100%" height="100%" fill="white"/>', *boxes, "</svg>", ""])


def lines_of(name: str, width: float) -> list[str]:
    """Return the lines of text below the name of a box."""
    text, inner = describe(name)
    columns = int((width - 2 * PADDING) / 7.2)
    return [*textwrap.wrap(text, columns), *textwrap.wrap(" · ".join(inner), columns)]


def box(name: str, lines: list[str], left: float, top: float, width: float, height: float) -> str:
    """Return one box with its name and its text as SVG."""
    fill = COLOURS.get(name, "#f4f4f2")
    parts = [
        f'<rect x="{left:g}" y="{top:g}" width="{width:g}" height="{height:g}" rx="4" fill="{fill}" stroke="#888"/>',
        f'<text x="{left + PADDING:g}" y="{top + PADDING + 13:g}" font-weight="bold">{escape(name)}</text>',
    ]
    for number, line in enumerate(lines, 1):
        y = top + PADDING + 13 + number * LINE
        parts.append(f'<text x="{left + PADDING:g}" y="{y:g}" fill="#333">{escape(line)}</text>')
    return "\n".join(parts)


def main() -> None:
    """Write the image."""
    TARGET.write_text(draw(), encoding="utf-8")


if __name__ == "__main__":
    main()
