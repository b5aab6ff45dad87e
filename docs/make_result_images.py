"""Draw the verdicts and groups of docs/guide/reading-a-result.md: python docs/make_result_images.py."""

from __future__ import annotations

import tempfile
from html import escape
from pathlib import Path
from typing import NamedTuple

from specmol_core import api
from specmol_core.config import RankConfig
from specmol_core.report.result import QueryResult

ROOT = Path(__file__).parents[1]
EXAMPLES, TARGET = ROOT / "examples", ROOT / "docs" / "images"
WIDTH, LEFT, BAR, ROW = 1000, 20, 34, 118
"""Width of the image, margin, height of a bar, and distance of two bars (px)."""
BLUES, NONE_COLOUR = ("#8fb8d9", "#b4d0e7", "#d3e3f1"), "#d9d9d4"
MIN_SEGMENT = 0.02
"""Smallest probability of a candidate with its own segment."""

PYRAZINES = """CCc1cnc(CC)c(C)n1 2,5-diethyl-3-methylpyrazine
CCc1ncc(C)nc1CC 2,3-diethyl-5-methylpyrazine
CCc1nc(CC)cnc1C 3,5-diethyl-2-methylpyrazine
"""
PYRAZINE_H1 = "1H NMR (400 MHz, CDCl3) δ 8.2 (s, 1H), 2.8 (q, 4H), 2.5 (s, 3H), 1.28 (t, 6H)."
BUTANOLS = """C[C@H](O)CC (R)-2-butanol
C[C@@H](O)CC (S)-2-butanol
CC(C)CO isobutanol
CCCCO 1-butanol
"""
BUTANOL_C13 = "13C NMR (101 MHz, CDCl3) δ 69.2, 32.0, 22.8, 10.0."


class Segment(NamedTuple):
    """One part of a bar."""

    label: str
    probability: float
    colour: str


def rank(h1: str | Path | None, c13: str | Path | None, library: Path, formula: str | None = None) -> QueryResult:
    """Rank all candidates of a library, without a cache."""
    constraints = api.Constraints.of(formula, None, RankConfig.mass_ppm, None)
    options = api.RankOptions(RankConfig(top=0), constraints)
    return api.rank(h1, c13, library, options, libraries=api.LibraryOptions(use_cache=False))


def segments(result: QueryResult) -> list[Segment]:
    """Return a segment for each likely group, one for all others, and one for "none of them"."""
    groups = {}
    for candidate in result.candidates:
        groups.setdefault(candidate.group, candidate)
    likely = [c for c in groups.values() if c.probability >= MIN_SEGMENT]
    parts = [Segment(c.name, c.probability, BLUES[i % len(BLUES)]) for i, c in enumerate(likely)]
    assert result.verdict is not None
    rest = sum(c.probability for c in groups.values() if c.probability < MIN_SEGMENT)
    parts += [Segment("others", rest, BLUES[-1])] if rest >= MIN_SEGMENT else []
    return [*parts, Segment("none of them", result.verdict.none_fits_probability, NONE_COLOUR)]


def text(x: float, y: float, content: str, size: int = 14, anchor: str = "start", weight: str = "normal") -> str:
    """Return one line of text as SVG."""
    style = f'font-size="{size}" text-anchor="{anchor}" font-weight="{weight}"'
    return f'<text x="{x:.1f}" y="{y:.1f}" {style}>{escape(content)}</text>'


def bar(top: float, title: str, result: QueryResult) -> list[str]:
    """Return the verdict as a title, the bar, and a label for each segment, as SVG."""
    assert result.verdict is not None
    name = result.verdict.describe().partition(" (")[0]
    parts = [text(LEFT, top, name, 16, weight="bold"), text(WIDTH - LEFT, top, title, 13, "end")]
    x, scale, below = float(LEFT), WIDTH - 2 * LEFT, top + 62
    for segment in segments(result):
        width = segment.probability * scale
        parts.append(
            f'<rect x="{x:.1f}" y="{top + 10:.1f}" width="{width:.1f}" height="{BAR}" fill="{segment.colour}" '
            'stroke="white"/>'
        )
        label = f"{segment.label}: {segment.probability:.2f}"
        if width > 8 * len(label):
            parts.append(text(x + width / 2, top + 32, label, 13, "middle"))
        else:  # too narrow for its label
            # A segment at the left edge has no room for a label that ends below it.
            at_edge = x + width - 8 * len(label) < LEFT
            parts.append(text(*(x, below) if at_edge else (x + width, below), label, 13, "start" if at_edge else "end"))
            below += 18
        x += width
    return parts


def svg(height: float, parts: list[str]) -> str:
    """Return a white SVG image with these parts."""
    size = f'width="{WIDTH}" height="{height:g}" viewBox="0 0 {WIDTH} {height:g}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="DejaVu Sans, Helvetica, Arial, sans-serif">'
    return "\n".join([head, '<rect width="100%" height="100%" fill="white"/>', *parts, "</svg>", ""])


def groups_image(result: QueryResult) -> str:
    """Return a table of the candidates with a bracket around each group of several, as SVG."""
    columns = ((60, "rank"), (120, "name"), (330, "score"), (430, "probability"), (560, "group"))
    parts = [text(x, 34, name, 14, weight="bold") for x, name in columns]
    tops = {}
    for row, candidate in enumerate(result.candidates):
        y = 64 + 28 * row
        values = (candidate.rank, candidate.name, f"{candidate.score:.3f}", f"{candidate.probability:.4f}")
        cells = (*map(str, values), str(candidate.group))
        parts += [text(x, y, cell) for (x, _), cell in zip(columns, cells, strict=True)]
        tops.setdefault(candidate.group, []).append(y)
    for ys in (ys for ys in tops.values() if len(ys) > 1):
        high, low = ys[0] - 14, ys[-1] + 5
        parts.append(f'<path d="M630 {high} h10 v{low - high} h-10" fill="none" stroke="#2b6ca3" stroke-width="2"/>')
        middle = (high + low) / 2
        parts.append(text(652, middle, "one group: their order means nothing,"))
        parts.append(text(652, middle + 18, "the probability is that of the group"))
    return svg(64 + 28 * len(result.candidates), parts)


def main() -> None:
    """Rank the queries of the page and draw both images."""
    library = EXAMPLES / "candidates.sdf"
    demo = [EXAMPLES / "sample.zip"] * 2
    mixture = [EXAMPLES / f"aliquot_050_{n}.png" for n in ("h1", "c13")]
    with tempfile.TemporaryDirectory() as folder:
        pyrazines, butanols = Path(folder) / "pyrazines.smi", Path(folder) / "butanols.smi"
        pyrazines.write_text(PYRAZINES)
        butanols.write_text(BUTANOLS)
        rows = [
            ("spectra of ethyl 4-methoxycinnamate, 73 candidates", rank(*demo, library)),
            ("1H list of a pyrazine, three position isomers", rank(PYRAZINE_H1, None, pyrazines)),
            ("spectra of a mixture, 73 candidates", rank(*mixture, library)),
            ("the first spectra, only candidates C9H10O3", rank(*demo, library, "C9H10O3")),
        ]
        enantiomers = rank(None, BUTANOL_C13, butanols)
    parts = [part for i, (title, result) in enumerate(rows) for part in bar(34 + ROW * i, title, result)]
    (TARGET / "verdicts.svg").write_text(svg(ROW * len(rows), parts), encoding="utf-8")
    (TARGET / "groups.svg").write_text(groups_image(enantiomers), encoding="utf-8")


if __name__ == "__main__":
    main()
