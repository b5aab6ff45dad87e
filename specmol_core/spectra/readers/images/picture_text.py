"""Read what is written on a plot: nucleus, frequency and solvent, from its title or its list of parameters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from specmol_core.spectra.readers.images.ocr import recognise_text, word_image
from specmol_core.spectra.readers.images.text_boxes import TextBox
from specmol_core.spectra.readers.images.text_lines import find_text_lines
from specmol_core.spectra.readers.text.conditions import conditions
from specmol_core.spectra.readers.text.headings import find_sections
from specmol_core.spectra.reference.solvents import solvent_named

__all__ = ["PictureText", "parse_picture_text", "read_picture_text"]

_MAX_PARTS = 48
"""Most parts of lines that are recognised, those of the longest lines first; about 20 ms each."""
_MIN_PROBABILITY = 0.35
"""Least probability of the least certain character of a part."""
_FREQUENCY = re.compile(r"(?<![\d.,])(\d{2,4}(?:[.,]\d{1,9})?)\s?M[Hh][zZ2]")
_PARAMETER_NUCLEUS = re.compile(r"\bNuc(?:leus|1)?\b\s*[:=]?\s*(\d{1,3}[A-Z][a-z]?)\b", re.IGNORECASE)
_PARAMETER_SOLVENT = re.compile(r"\bSolvent\b\s*[:=]?\s*([\w()\[\]-]{2,20})", re.IGNORECASE)
_DEUTERATED = re.compile(
    r"(?<![\w-])(?:CDCl3|CD3OD|MeOD|D2O|C6D6|C7D8|CD2Cl2|CD3CN|C6D5Cl|C5D5N|C2D2Cl4|C4D8O|\(CD3\)2CO|\(CD3\)2SO"
    r"|\w{2,14}-d\d{0,2}|d\d{1,2}-\w{3,12}|(?i:DMSO))(?![\w])",
)
"""Names that only a deuterated solvent has. Others on a picture, such as H2O or acetone, name impurities."""


@dataclass(frozen=True)
class PictureText:
    """What is written on a picture of a spectrum."""

    nucleus: str = ""
    """For example "1H"; empty where the text names none, or several."""
    frequencies_mhz: tuple[float, ...] = ()
    """Frequencies in the order of reading."""
    solvent: str | None = None
    """Name of the solvent in the table; None where the text names none, or several."""

    def frequency_mhz(self, nucleus: str) -> float | None:
        """Larmor frequency of a nucleus: the first of the frequencies that can be its own, or that of 1H."""
        for value in self.frequencies_mhz:
            found = conditions(f"({value:.4f} MHz)", nucleus).frequency_mhz
            if found is not None:
                return found
        return None


def read_picture_text(density: NDArray[np.uint8], others: Sequence[TextBox] = ()) -> PictureText:
    """Read the text of a picture, as of ``parse_picture_text``.

    Parameters
    ----------
    density
        Ink (height, width), 0 for paper.
    others
        Boxes of text that is read already, such as the labels of the axis.

    Raises
    ------
    RefusedError
        If the packages for reading text are not installed.
    """
    parts = [part for line in find_text_lines(density, others) for part in line.parts()][:_MAX_PARTS]
    if not parts:
        return PictureText()
    readings = recognise_text([word_image(density, part) for part in parts])
    read = [(p, r.text) for p, r in zip(parts, readings, strict=True) if r.probability >= _MIN_PROBABILITY]
    return parse_picture_text([" ".join(text for _, text in row) for row in _rows(read)])


def _rows(read: Sequence[tuple[TextBox, str]]) -> list[list[tuple[TextBox, str]]]:
    """Group parts by their rows, top down; a name and its value may be far apart."""
    rows: list[list[tuple[TextBox, str]]] = []
    for part, text in sorted(read, key=lambda entry: (entry[0].top + entry[0].bottom, entry[0].left)):
        first = rows[-1][0][0] if rows else None
        if first is not None and part.top + part.bottom - first.top - first.bottom < min(first.height, part.height):
            rows[-1].append((part, text))
        else:
            rows.append([(part, text)])
    return [sorted(row, key=lambda entry: entry[0].left) for row in rows]


def parse_picture_text(rows: Sequence[str]) -> PictureText:
    """Find nucleus, frequencies and solvent in rows of recognised text.

    Examples
    --------
    >>> parse_picture_text(["¹H NMR (400 MHz, CDCI3)"])
    PictureText(nucleus='1H', frequencies_mhz=(400.0,), solvent='CDCl3')
    """
    texts = [unicodedata.normalize("NFKC", row) for row in rows]
    nuclei: set[str] = set()
    solvents: dict[str, None] = {}
    frequencies: list[float] = []
    for text in texts:
        nuclei |= {section.nucleus for section in find_sections(text) if section.nucleus and "NMR" in text.upper()}
        nuclei |= {match[1].upper() for match in _PARAMETER_NUCLEUS.finditer(text)}
        frequencies += [float(match[1].replace(",", ".")) for match in _FREQUENCY.finditer(text)]
        solvents |= dict.fromkeys(_solvents(text))
    return PictureText(
        nuclei.pop() if len(nuclei) == 1 else "",
        tuple(frequencies),
        next(iter(solvents)) if len(solvents) == 1 else None,
    )


def _solvents(text: str) -> list[str]:
    """Names of the deuterated solvents in a text, in which l, 1 and I, or O and 0, may be mistaken."""
    named: dict[str, None] = {}
    for spelling in (text, _respelled(text)):
        found = [match[0] for match in _DEUTERATED.finditer(spelling)]
        found += [match[1] for match in _PARAMETER_SOLVENT.finditer(spelling)]
        named |= dict.fromkeys(solvent.name for name in found if (solvent := solvent_named(name)) is not None)
    return list(named)


def _respelled(text: str) -> str:
    """The text with Cl for CI, C1 and C|, and with O for a 0 where a solvent has one."""
    text = re.sub(r"(?<=C)[I1l|]\s?(?=[2345]|\b)", "l", text)
    return re.sub(r"(?<=CD3)0(?=D)|(?<=D2)0\b|(?<=DMS)0|(?<=Me)0(?=D)", "O", text)
