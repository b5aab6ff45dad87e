"""Find lines of text in a drawing, with raised and lowered characters, and cut them into readable parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from specmol_core.spectra.readers.images.ink import connected_parts
from specmol_core.spectra.readers.images.text_boxes import TextBox

__all__ = ["TextLine", "find_text_lines"]

_MIN_INK_SHARE = 0.3
"""Share of the darkest ink above which a pixel belongs to a character."""
_HEIGHT_RANGE = (5, 80)
"""Smallest and largest height of a character (rows)."""
_MAX_WIDTH_RATIO = 8.0
"""Largest width of a part, in its heights; characters of a small font touch each other."""
_MAX_GAP, _MAX_OVERLAP_GAP = 0.9, -0.4
"""Largest gap between neighbours of a line, and the least (an overlap), in heights of the line."""
_MIN_LEVEL_OVERLAP = 0.25
"""Least common height of a character and its line, over the smaller height; that of a raised 1 is larger."""
_MAX_HEIGHT_RATIO = 2.6
"""Largest ratio of the heights of a character and its line."""
_MIN_CHARACTERS = 3
"""Fewest characters of a line worth reading."""
_WORD_GAP = 0.3
"""Gap that separates words, in heights of the line."""
_MAX_ASPECT = 9.0
"""Largest width of a part that is read at once, in its heights."""
_MAX_CHARACTERS = 6000


@dataclass
class TextLine:
    """Characters side by side (pixels)."""

    left: int
    top: int
    right: int
    bottom: int
    characters: list[tuple[int, int]] = field(default_factory=list)
    """First and last column (exclusive) of each character."""

    @property
    def height(self) -> int:
        """Height (rows)."""
        return self.bottom - self.top

    def parts(self) -> list[TextBox]:
        """Boxes of words, as many together as can be read at once; from left to right."""
        words: list[list[int]] = []
        for left, right in sorted(self.characters):
            if words and left - words[-1][1] <= _WORD_GAP * self.height:
                words[-1][1] = max(words[-1][1], right)
            else:
                words.append([left, right])
        parts: list[list[int]] = []
        for left, right in words:
            if parts and right - parts[-1][0] <= _MAX_ASPECT * self.height:
                parts[-1][1] = right
            else:
                parts.append([left, right])
        return [TextBox(left, self.top, right, self.bottom) for left, right in parts]


def find_text_lines(density: NDArray[np.uint8], others: Sequence[TextBox] = ()) -> list[TextLine]:
    """Find lines of horizontal text, those with most characters first.

    Parameters
    ----------
    density
        Ink (height, width), 0 for paper.
    others
        Boxes of text that is read already, such as the labels of the axis.
    """
    _, objects = connected_parts(density > _MIN_INK_SHARE * float(density.max()))
    boxes = np.array([(b[1].start, b[0].start, b[1].stop, b[0].stop) for b in objects]).reshape(-1, 4)
    width, height = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    is_character = (height >= _HEIGHT_RANGE[0]) & (height <= _HEIGHT_RANGE[1]) & (width <= _MAX_WIDTH_RATIO * height)
    for other in others:
        is_inside = (boxes[:, 0] >= other.left - 1) & (boxes[:, 2] <= other.right + 1)
        is_character &= ~(is_inside & (boxes[:, 1] >= other.top - 1) & (boxes[:, 3] <= other.bottom + 1))
    if is_character.sum() > _MAX_CHARACTERS:
        return []
    lines: list[TextLine] = []
    for left, top, right, bottom in sorted(boxes[is_character].tolist()):
        character = TextBox(left, top, right, bottom)
        line = next((line for line in reversed(lines[-300:]) if _continues(line, character)), None)
        if line is None:
            lines.append(TextLine(left, top, right, bottom, [(left, right)]))
            continue
        line.characters.append((left, right))
        line.top, line.right, line.bottom = min(line.top, top), max(line.right, right), max(line.bottom, bottom)
    worth = [line for line in lines if len(line.characters) >= _MIN_CHARACTERS]
    return sorted(worth, key=lambda line: -len(line.characters))


def _continues(line: TextLine, character: TextBox) -> bool:
    """Whether a character is the next one of a line."""
    gap, smaller, larger = character.left - line.right, *sorted((line.height, character.height))
    overlap = min(character.bottom, line.bottom) - max(character.top, line.top)
    return (
        _MAX_OVERLAP_GAP * line.height <= gap <= _MAX_GAP * larger
        and overlap >= _MIN_LEVEL_OVERLAP * smaller
        and larger <= _MAX_HEIGHT_RATIO * smaller
    )
