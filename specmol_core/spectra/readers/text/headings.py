"""Find where the sentence of each nucleus begins and ends in an experimental section."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["Section", "find_sections"]

_SYMBOLS = "H|C|F|P|B|N|Si|Sn|Se|Pt|Hg|Te|Pb|Al|Li|Na|O|W|Rh|Ag|Cd|D"
_MASSES = {"H": "1", "C": "13", "F": "19", "P": "31", "B": "11", "N": "15", "Si": "29", "D": "2"}
_NMR = r"(?:NMR|N\. ?M\. ?R\.|MMR|RMN|nmr|Nmr)(?![A-Za-z])"
_BETWEEN = (
    r"(?:[\s-]{0,3}[{\[(][\s\d]{0,4}[A-Z][a-z]?\s?[}\])])?"  # {1H}
    r"(?:[\s,/-]{0,3}(?:DEPTQ?|APT|UDEFT|JMOD|J-mod|CPD|Presat|PRESAT|presat|qNMR|MAS|CP|decoupled|off-resonance)"
    r"(?:[\s-]?\d{2,3})?){0,2}"
)
_FORWARD = re.compile(
    rf"(?<![A-Za-z\d])(?:(?<!\d\.)(?P<mass>\d{{1,3}})[\]^)]{{0,2}}[\s-]{{0,2}})?(?P<symbol>{_SYMBOLS})"
    rf"(?P<late>-?\d{{1,2}})?[\])]?{_BETWEEN}[\s:,-]{{0,4}}{_NMR}"
)
_BACKWARD = re.compile(
    rf"(?<![A-Za-z]){_NMR}[\s:,(\[-]{{0,3}}(?P<mass>\d{{1,3}})[\s-]?(?P<symbol>{_SYMBOLS})(?![A-Za-z\d])(?![\s-]{{0,3}}{_NMR})"
)
_WORD = re.compile(rf"(?<![A-Za-z])(?P<word>proton|carbon|Proton|Carbon|PROTON|CARBON)[\s-](?:1H|13C)?\s?{_NMR}")
_DELTA = re.compile(r"(?<![(\[/])(?<![(\[/] )δ\s?_?\{?\s?(?P<symbol>H|C|F|P)(?![A-Za-z\d-])")
_BARE = re.compile(
    r"(?<![A-Za-z\d.])(?P<mass>1\s?-?(?=H)|13\s?-?(?=C)|19\s?-?(?=F)|31\s?-?(?=P)|11\s?-?(?=B)|29\s?-?(?=Si)|77\s?-?(?=Se))"
    r"(?P<symbol>H|C|F|P|B|Si|Se)(?:\s?\{1H\})?(?=\s?[(\[][^()\[\]]{0,60}MHz|[ ]?:?[ ]?δ\s?(?:[=:\d-]|\(?ppm))"
)
_NUMBER = re.compile(r"\d\.\d")
_END = re.compile(
    r"(?<![A-Za-z\d])(?:(?:LC|GC|HPLC|HR|LR|EI|CI|ESI|FAB|APCI|MALDI|ASAP|FD|UPLC|Q-?TOF|TOF)[\s\-/+()]{0,3}){0,4}"
    r"(?:HRMS|LRMS|LCMS|GCMS|HR-?ESI-?MS|HRESIMS|HRFABMS|ESIMS|EIMS|MALDI|MS|HPLC|FT-?IR|IR|ATR|UV|ESI|HRESI|"
    r"m\. ?p\.|mp|M\. ?p\.|Mp|M\.P\.|Elem(?:ental)?\.?\sanal\w*|Anal|Analysis|Found|Calcd?|calcd|R_?f|Tlc|TLC|"
    r"νmax|vmax|λmax|HSQC|HMBC|HMQC|NOESY|ROESY|COSY|TOCSY|X-ray|DEPT|m/z|[Ll]it\.?|[Yy]ield|[Ee]xact mass|[Pp]urity)"
    r"(?![A-Za-z\d])"
    r"|C,?\s?\d{2}\.\d{1,2}\s?%?[;,]\s?H,?\s?\d{1,2}\.\d|\[α\]|\[a\]\s?\d{0,2}\s?D|\[\d?M\s?[+-]"
    r"|C\d{1,3}H\d{1,3}\w*\s?(?:\(\d|\[M|\+|:|requires|calc)"
)


@dataclass(frozen=True)
class Section:
    """The part of a text about one nucleus."""

    nucleus: str
    """For example "1H"; empty where the text names none."""
    start: int
    """Position where its heading begins in the text."""
    body: int
    """Position where its heading ends."""
    end: int
    """Position where the next heading begins, or the text ends."""


def find_sections(text: str) -> list[Section]:
    """Return the sections of a plain text in order; without a heading, one without a nucleus.

    >>> [section.nucleus for section in find_sections("1H NMR δ 7.26. 13C NMR δ 128.4.")]
    ['1H', '13C']
    """
    headings: list[tuple[int, int, str]] = []
    for pattern in (_FORWARD, _BACKWARD, _WORD, _BARE, _DELTA):
        for match in pattern.finditer(text):
            headings.append((match.start(), match.end(), _heading_nucleus(match)))
    headings = _merge_headings(sorted(headings), text)
    if not headings:
        return [Section("", 0, 0, len(text))]
    ends = [head[0] for head in headings[1:]] + [len(text)]
    return [
        Section(nucleus, start, body, end)
        for (start, body, nucleus), end in zip(headings, ends, strict=True)
        if nucleus
    ]


def match_other_method(text: str, position: int) -> re.Match[str] | None:
    """Match the name of another method, such as HRMS or IR, at a position; None for none."""
    return _END.match(text, position)


def _merge_headings(headings: list[tuple[int, int, str]], text: str) -> list[tuple[int, int, str]]:
    """Drop headings inside another, and a δH that only repeats the nucleus of its sentence."""
    merged: list[tuple[int, int, str]] = []
    for start, end, nucleus in headings:
        if merged and start < merged[-1][1]:
            if end > merged[-1][1]:
                merged[-1] = (merged[-1][0], end, merged[-1][2])
            continue
        if (
            merged
            and text[start] == "δ"
            and (nucleus == merged[-1][2] or _is_misprint(text, merged[-1][0], merged[-1][1], start))
        ):
            continue
        merged.append((start, end, nucleus))
    return merged


def _is_misprint(text: str, head: int, body: int, delta: int) -> bool:
    """Whether a δ of another nucleus directly after a heading is a misprint of that heading's δ."""
    conjunction = re.search(r"(?:and|&|,|/|und)\s?$", text[max(0, head - 12) : head])
    return conjunction is None and _NUMBER.search(re.sub(r"[(\[][^()\[\]]{0,200}[)\]]", "", text[body:delta])) is None


def _heading_nucleus(match: re.Match[str]) -> str:
    groups = match.groupdict()
    if groups.get("word"):
        return "1H" if groups["word"].lower() == "proton" else "13C"
    symbol = groups["symbol"]
    mass = groups.get("mass") or (groups.get("late") or "").strip("-") or _MASSES.get(symbol, "")
    if symbol == "D":
        return "2H"
    return "".join(char for char in mass if char.isdigit()) + symbol
