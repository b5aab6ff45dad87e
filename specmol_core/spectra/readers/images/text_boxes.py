"""Find upright text in a drawing: glyphs of one height, side by side in a row."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from specmol_core.spectra.readers.images.ink import connected_parts

__all__ = ["TextBox", "find_text_rows", "has_marks_below"]

_MIN_INK_SHARE = 0.3
"""Share of the darkest ink above which a pixel belongs to a glyph."""
_GLYPH_HEIGHT_RANGE = (5, 90)
"""Smallest and largest height of a digit (rows)."""
_MAX_GLYPH_GAP = 0.55
"""Largest gap between the glyphs of one word (glyph heights); a decimal point fits inside it."""
_MAX_POINT_GAP = 1.1
"""The same gap with a decimal point in it."""
_MIN_MARK_ROWS, _MIN_MARKS = 2, 3
"""Least height of a mark (rows), and least number of marks that are labels rather than specks."""
_MAX_GLYPHS = 6000


@dataclass(frozen=True)
class TextBox:
    """The box around a word or a number (pixels; right and bottom are exclusive)."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def height(self) -> int:
        """Height (rows)."""
        return self.bottom - self.top

    @property
    def middle(self) -> float:
        """Pixel coordinate of the middle, from left to right."""
        return (self.left + self.right) / 2


def find_text_rows(density: NDArray[np.uint8]) -> list[list[TextBox]]:
    """Find rows of at least three words; each row is sorted from left to right.

    Parameters
    ----------
    density
        Ink (height, width), 0 for paper.
    """
    _, objects = connected_parts(density > _MIN_INK_SHARE * float(density.max()))
    if not objects:
        return []
    boxes = np.array([(b[1].start, b[0].start, b[1].stop, b[0].stop) for b in objects], dtype=np.int64)
    width, height = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    glyph = (height >= _GLYPH_HEIGHT_RANGE[0]) & (height <= _GLYPH_HEIGHT_RANGE[1]) & (width <= 3 * height)
    small = (height <= 0.5 * _GLYPH_HEIGHT_RANGE[1]) & (width <= _GLYPH_HEIGHT_RANGE[1])
    if glyph.sum() > _MAX_GLYPHS:
        return []
    words = _join_at_points(_join_glyphs(boxes[glyph]), boxes[small])
    return _group_rows([_with_minus(word, boxes[small]) for word in words])


def has_marks_below(density: NDArray[np.uint8]) -> bool:
    """Whether marks are below the lowest long line of a drawing, such as labels too small to read.

    Parameters
    ----------
    density
        Ink (height, width), 0 for paper.
    """
    _, objects = connected_parts(density > _MIN_INK_SHARE * float(density.max()))
    boxes = np.array([(b[0].start, b[0].stop, b[1].stop - b[1].start) for b in objects]).reshape(len(objects), 3)
    long = boxes[:, 2] >= 0.5 * density.shape[1]
    if not long.any():
        return False
    below = (boxes[:, 0] >= boxes[long, 1].max()) & (boxes[:, 1] - boxes[:, 0] >= _MIN_MARK_ROWS)
    return bool(below.sum() >= _MIN_MARKS)


def _join_glyphs(glyphs: NDArray[np.int64]) -> list[TextBox]:
    """Join neighbouring glyphs to words; a lone glyph is a word too."""
    order = np.argsort(glyphs[:, 0], kind="stable")
    words: list[list[int]] = []
    for left, top, right, bottom in glyphs[order].tolist():
        glyph_height = bottom - top
        for word in reversed(words[-200:]):
            height = word[3] - word[1]
            is_level = abs(word[3] - bottom) <= 0.25 * height and 0.6 * height <= glyph_height <= 1.6 * height
            if is_level and -0.2 * height <= left - word[2] <= _MAX_GLYPH_GAP * max(height, glyph_height):
                word[1], word[2], word[3] = min(word[1], top), max(word[2], right), max(word[3], bottom)
                break
        else:
            words.append([left, top, right, bottom])
    return [TextBox(*word) for word in words]


def _join_at_points(words: list[TextBox], small: NDArray[np.int64]) -> list[TextBox]:
    """Join words around a decimal point: "1" and "5" are far apart where the digit is narrow."""
    joined: list[TextBox] = []
    for word in sorted(words, key=lambda word: word.left):
        for k in range(len(joined) - 1, max(-1, len(joined) - 60), -1):
            before, glyph_height = joined[k], word.height
            is_level = (
                abs(before.bottom - word.bottom) <= 0.25 * glyph_height
                and 0.6 * glyph_height <= before.height <= 1.6 * glyph_height
            )
            if (
                is_level
                and 0 < word.left - before.right <= _MAX_POINT_GAP * glyph_height
                and _has_point(before, word, small)
            ):
                top, bottom = min(before.top, word.top), max(before.bottom, word.bottom)
                joined[k] = TextBox(before.left, top, word.right, bottom)
                break
        else:
            joined.append(word)
    return joined


def _has_point(before: TextBox, after: TextBox, small: NDArray[np.int64]) -> bool:
    """Whether a dot is between two words, at their lower edges."""
    glyph_height = after.height
    left, top, right, bottom = small.T
    dot = (right - left <= 0.35 * glyph_height) & (bottom - top <= 0.45 * glyph_height)
    is_in_place = (
        (left >= before.right - 1) & (right <= after.left + 1) & (np.abs(bottom - after.bottom) <= 0.25 * glyph_height)
    )
    return bool((dot & is_in_place).any())


def _with_minus(word: TextBox, small: NDArray[np.int64]) -> TextBox:
    """Extend a word by a minus sign before it: a level stroke at half its height."""
    glyph_height = word.height
    left, top, right, bottom = small.T
    is_level = (
        (right - left >= 0.2 * glyph_height)
        & (right - left <= 0.9 * glyph_height)
        & (bottom - top <= 0.35 * glyph_height)
    )
    is_in_place = (top >= word.top + 0.25 * glyph_height) & (bottom <= word.bottom - 0.15 * glyph_height)
    is_near = (right <= word.left + 1) & (right >= word.left - 0.5 * glyph_height)
    minus_indices = np.flatnonzero(is_level & is_in_place & is_near)
    return TextBox(int(left[minus_indices[0]]), word.top, word.right, word.bottom) if minus_indices.size else word


def _group_rows(words: list[TextBox]) -> list[list[TextBox]]:
    """Group words whose lower edges and heights agree."""
    rows: list[list[TextBox]] = []
    for word in sorted(words, key=lambda word: word.bottom):
        for row in rows[-40:]:
            first = row[len(row) // 2]
            slack = max(1.5, 0.2 * first.height)
            if abs(first.bottom - word.bottom) <= slack and abs(first.height - word.height) <= 1.5 * slack:
                row.append(word)
                break
        else:
            rows.append([word])
    return [sorted(row, key=lambda word: word.left) for row in rows if len(row) >= 3]
