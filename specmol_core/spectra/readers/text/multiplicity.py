"""Names of multiplicities."""

from __future__ import annotations

import re

__all__ = ["multiplicity_of", "splittings"]

_MULTIPLICITY_NAMES = {
    "b": "br", "br": "br", "broad": "br",
    "singlet": "s", "singulet": "s", "singlets": "s", "singulett": "s",
    "doublet": "d", "doublets": "d", "dublett": "d", "dubl": "d",
    "triplet": "t", "triplets": "t", "triplett": "t",
    "quartet": "q", "quadruplet": "q", "quartett": "q", "quart": "q", "quar": "q", "qr": "q", "k": "q",
    "quintet": "quint", "quintuplet": "quint", "pentet": "quint", "quintett": "quint",
    "qi": "quint", "quin": "quint", "qn": "quint", "qt": "qt", "qui": "quint", "quintd": "quintd", "pent": "quint",
    "sextet": "sext", "hextet": "sext", "sextett": "sext", "sx": "sext", "sex": "sext",
    "hex": "sext", "sextuplet": "sext",
    "septet": "sept", "heptet": "sept", "septett": "sept", "hept": "sept", "septuplet": "sept", "sep": "sept",
    "sp": "sept",
    "spt": "sept", "hep": "sept",
    "octet": "oct", "nonet": "non", "nonett": "non",
    "multiplet": "m", "multiplets": "m", "multiplett": "m", "mult": "m", "multi": "m", "complex": "m", "mc": "m",
    "massif": "m", "envelope": "m",
    "doubletofdoublets": "dd", "doubletofdoublet": "dd", "doubledoublet": "dd", "doublettriplet": "dt",
    "doubletofdoubletsofdoublets": "ddd", "doubletofdoubletofdoublets": "ddd", "doubledoubledoublet": "ddd",
    "doubletoftriplets": "dt", "doubletoftriplet": "dt", "tripletofdoublets": "td", "tripletofdoublet": "td",
    "doubletofquartets": "dq", "quartetofdoublets": "qd", "tripletoftriplets": "tt", "doubledoublets": "dd",
    "abq": "ABq", "ab": "ABq", "abqu": "ABq", "abquartet": "ABq", "absystem": "ABq", "abx": "m", "aa'bb'": "m",
    "aa'xx'": "m", "aa'bb'system": "m", "aabb": "m", "absyst": "ABq",
}  # fmt: skip
_LETTERS = re.compile(r"(?:quint|quin|sext|sept|hept|oct|non|[sdtqmph]){1,6}")
_UNIT = re.compile(r"quint|quin|sext|sept|hept|oct|non|[sdtqmph]")
_SYNONYMS = {"quin": "quint", "p": "quint", "h": "sext", "hept": "sept"}
_BROAD = re.compile(
    r"(?:very|v)?\s?(?:broadened|broad|brd\.?(?=\s)|brs?\.?(?=\s)|br\.?|b\.?(?=\s?[sdtqm](?:[dtq]\b|\b)))[\s,-]*",
    re.IGNORECASE,
)
_APPARENT = re.compile(
    r"(?:apparent|appar\.?|app\.?|appt\.?(?=\s)|ap\.?(?=\s)|pseudo|ps\.?(?=\s)|virtual|virt\.?|ψ|ψ-|~)[\s-]*",
    re.IGNORECASE,
)
_QUALIFIER = re.compile(
    r"(?:partially|partly|overlapp?(?:ed|ing|s)?|overl\.?|obscured|sharp|sh\.?(?=\s)|strong|weak|small|each|sym\.?|symm\.?|"
    r"symmetrical|unresolved|distorted|poorly|resolved|dist\.?|like|complex(?=\sm)|slightly|\d\s?[x×]|\d(?=\s?[a-z]{1,3}$))[\s,-]*",
    re.IGNORECASE,
)
_MAX_LENGTH = 48
_LINE_COUNTS = {"s": 1, "d": 2, "t": 3, "q": 4, "quint": 5, "sext": 6, "sept": 7, "oct": 8, "non": 9}


def multiplicity_of(words: str) -> str:
    """Return the short name of a multiplicity, for example ``dd``, ``br s``, ``app t`` or ``m``.

    The result is "br" where the words state only that, and empty where they name no multiplicity.

    >>> multiplicity_of("broad doublet of doublets")
    'br dd'
    """
    if not words or len(words) > _MAX_LENGTH:
        return ""
    rest = words.strip(" .,;:")
    prefix = ""
    for _ in range(4):
        if not rest:
            break
        before = rest
        rest = _QUALIFIER.sub("", rest, count=1) if _QUALIFIER.match(rest) else rest
        if match := _BROAD.match(rest):
            after = rest[match.end() :]
            if not after or multiplicity_of(after):
                prefix, rest = "br ", after
        if match := _APPARENT.match(rest):
            after = rest[match.end() :]
            if after and multiplicity_of(after):
                prefix, rest = prefix + "app ", after
        if rest == before:
            break
    if prefix and not rest:
        return "br"
    if match := re.search(r"[\s,-]*\(?(?:broad|br)\.?\)?$", rest):
        inner = _normalise(rest[: match.start()])
        return f"br {inner}" if inner else ""
    name = _normalise(re.sub(r"[\s-](?:like|overlapp?\w{0,4}|sym\.?|sharp|app)\.?$", "", rest))
    return prefix + name if name else ""


def splittings(multiplicity: str) -> tuple[int, ...]:
    """Return the line count of each first-order splitting: (2, 3) for ``dt``, empty for ``m``."""
    bare = multiplicity.replace("br", "").replace("app", "").strip()
    parts = re.findall(r"quint|sext|sept|oct|non|[sdtq]", bare)
    return tuple(_LINE_COUNTS[part] for part in parts) if parts and "".join(parts) == bare else ()


def _normalise(written: str) -> str:
    """Short name of a multiplicity that is written without adjectives; empty for none."""
    lowered = re.sub(r"[\s.\-_:]", "", written).lower()
    if lowered == "ppm":
        return ""
    if lowered in _MULTIPLICITY_NAMES:
        return _MULTIPLICITY_NAMES[lowered]
    # A capital S is a singlet; other capitals are atoms or labels.
    lowered = re.sub(r"(?<=[sdtq])of(?=[sdtq])", "", lowered)
    if _LETTERS.fullmatch(lowered) and len(lowered) <= 12 and not re.match(r"[PHN]|[A-Z]{2,}", written.strip()):
        parts = [_SYNONYMS.get(part, part) for part in _UNIT.findall(lowered)]
        if "m" in parts:
            return "m"
        return "".join(parts)
    return ""
