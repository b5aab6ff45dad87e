"""A small JCAMP-DX writer, slow and obvious, for the tests of the reader."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from specmol_core.spectra.geometry import Geometry
from specmol_core.spectra.readers.jcamp import READER
from specmol_core.spectra.readers.source import Request, SourceFile
from specmol_core.spectra.spectrum import Nucleus, Spectrum

SQZ = {**{str(d): "@ABCDEFGHI"[d] for d in range(10)}, **{f"-{d}": " abcdefghi"[d] for d in range(1, 10)}}
DIF = {**{str(d): "%JKLMNOPQR"[d] for d in range(10)}, **{f"-{d}": " jklmnopqr"[d] for d in range(1, 10)}}
DUP = " STUVWXYZs"


def pseudo(value: int, table: dict[str, str]) -> str:
    """A number with its sign and first digit as one letter."""
    text = str(value)
    length = 2 if text.startswith("-") else 1
    return table[text[:length]] + text[length:]


def repeat(count: int) -> str:
    text = str(count)
    return DUP[int(text[0])] + text[1:]


def encode_line(values: Sequence[int], form: str) -> str:
    """Ordinates of one line in one of the forms AFFN, PAC, SQZ, DIF, SQZDUP and DIFDUP."""
    if form == "AFFN":
        return "".join(f" {value}" for value in values)
    if form == "PAC":
        return "".join(f"{value:+d}" for value in values)
    words = [pseudo(values[0], SQZ)]
    for before, value in pairwise(values):
        words.append(pseudo(value - before, DIF) if form.startswith("DIF") else pseudo(value, SQZ))
    if not form.endswith("DUP"):
        return "".join(words)
    packed: list[list] = []
    for word in words:
        if packed and packed[-1][0] == word:
            packed[-1][1] += 1
        else:
            packed.append([word, 1])
    return "".join(word + (repeat(count) if count > 1 else "") for word, count in packed)


def encode_table(
    values: Sequence[int],
    forms: Sequence[str],
    width: int = 7,
    first: float = 0,
    step: float = 1,
    cut: Callable[[float], float] = lambda x: x,
) -> str:
    """Lines of a table ``(X++(Y..Y))``; a line after a difference begins with a check value.

    Abscissas are written as ``cut`` makes them: rounded, or cut toward zero.
    """
    lines, start, k, checked = [], 0, 0, False
    while start < len(values):
        form = forms[k % len(forms)]
        begin = start - 1 if checked else start
        part = values[begin : start + width]
        gap = " " if form in ("AFFN", "PAC") else ""
        lines.append(f"{cut(first + step * begin)}{gap}{encode_line(part, form)}")
        start += width
        k += 1
        # A single value is written as itself in any form.
        checked = form.startswith("DIF") and len(part) > 1
    if checked:
        lines.append(f"{cut(first + step * (len(values) - 1))}{pseudo(values[-1], SQZ)}")
    return "\n".join(lines) + "\n"


def write_block(values: Sequence[int], forms: Sequence[str] = ("DIFDUP",), **changes: str | None) -> str:
    """A block of a 1H spectrum from 10 to 0 ppm at 400 MHz; ``changes`` replace records or (None) remove them."""
    records = {
        "TITLE": "ethyl acetate",
        "JCAMP-DX": "5.01",
        "DATA TYPE": "NMR SPECTRUM",
        ".OBSERVE FREQUENCY": "400.0",
        ".OBSERVE NUCLEUS": "^1H",
        ".SOLVENT NAME": "CDCl3",
        "XUNITS": "PPM",
        "YUNITS": "ARBITRARY UNITS",
        "FIRSTX": "10",
        "LASTX": "0",
        "XFACTOR": str(10 / (len(values) - 1)),
        "YFACTOR": "1",
        "NPOINTS": str(len(values)),
        "XYDATA": "(X++(Y..Y))\n" + encode_table(values, forms, first=len(values) - 1, step=-1),
        "END": "",
    }
    for key, value in changes.items():
        label = key.replace("__", ".").replace("_", " ")
        if value is None:
            records.pop(label, None)
        elif label in records:
            records[label] = value
        else:
            records = {**{k: v for k, v in records.items() if k not in ("XYDATA", "END")}, label: value} | {
                k: records[k] for k in ("XYDATA", "END") if k in records
            }
    return "".join(f"##{label}={value.rstrip()}\n" for label, value in records.items())


@pytest.fixture(scope="session")
def table() -> Callable[..., str]:
    return encode_table


@pytest.fixture(scope="session")
def block() -> Callable[..., str]:
    return write_block


@pytest.fixture(scope="session")
def read() -> Callable[..., Spectrum]:
    def read(content: bytes | str, nucleus: Nucleus = "1H", experiment: str = "", **request: object) -> Spectrum:
        raw = content.encode("latin-1") if isinstance(content, str) else content
        source = SourceFile(Path("a.dx"), raw, experiment)
        assert READER.matches(raw[:4096], source.path)
        window = Geometry.h1_window if nucleus == "1H" else Geometry.c13_window
        return READER.read(source, Request(nucleus, request.get("window"), window))

    return read
