"""Parse the words beside a shift: multiplicity, coupling constants, number of nuclei."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import pairwise

from specmol_core.spectra.readers.text.multiplicity import multiplicity_of, splittings

__all__ = [
    "COUPLING",
    "NUMBER",
    "Attributes",
    "coupling_end",
    "number_of_positions",
    "parse_attributes",
    "resolve_bare_numbers",
    "without_couplings",
]

NUMBER = r"\d{1,4}(?:\.\d{1,5})?"
_LABEL = r"(?:[A-Za-z0-9'\"αβγω]|[-,/()](?=[^\s])){0,24}?"
_VALUE = rf"{NUMBER}(?:\s?-\s?{NUMBER}(?=\s?Hz))?"
_AND = r"\s?(?:,|;|/|&|\band\b|\bor\b|\bu\.|\bund\b|\s)\s?"
_ENDS = r"(?=\s?Hz\b|\s?(?:,(?!\d)|,(?=\d{1,2}\.\d)|[;)/&\]])|\s?and\b|\s?$|\s[^\sA-Za-z\d(-])"
_NEXT = rf"(?:{_AND}{_VALUE}{_ENDS}|\s?Hz\s?{_AND}(?:{_VALUE}(?=\s?Hz)|\d{{1,2}}\.\d{{1,2}}{_ENDS}))"
COUPLING = re.compile(
    rf"(?:(?<![A-Za-z\d.])[1-7]\s?)?\^?(?<![A-Za-z])(?:J|j(?=\s?[=\d]))\s?(?:"
    rf"\s?{_LABEL}\s?\d?(?:\s?\([^()]{{1,24}}\))?\s?(?:=\s?){{1,2}}(?:ca\.?|c\.|~)?\s?(?:(?P<times>\d)\s?[x×]\s?)?"
    rf"|[:~]\s?|\s?[(\[]Hz[)\]]\s?[=:]?\s?|\s)"
    rf"(?P<values>[<>~]?\s?{_VALUE}(?:{_NEXT}){{0,7}})\s?(?:Hz)?"
)
"""One coupling phrase: ``J = 8.0, 1.2 Hz``, ``3J(H,H) = 7.1 Hz``, ``J1 = 9.1 Hz``, ``1JC-F = 245 Hz``, ``J 8.2``."""
_UNIT = re.compile(rf"(?<![\d.\w])({NUMBER}(?:{_AND}{NUMBER}){{0,7}})\s?(?:Hz|HZ|hz)(?![A-Za-z])")
_HETERO = re.compile(r"J\s?_?[\s({]?(?:[A-Z][a-z]?\s?[-,]?\s?)?(?:F|P|Si|Sn|Pt|Se|Hg|B|D|N)|[FP]\s?[-,]?\s?[HC]\b")
_PROTONS = re.compile(r"(?:(\d{1,2})\s?[x×*]\s?)?(\d{1,3}(?:\.\d{1,3})?)\s?[x×*]?\s?H(?![A-Za-z\d'-])")
_LOOSE_PROTONS = re.compile(
    r"(?:(?<=Ar-)|(?<![A-Za-z\d.,'-]))(?:(\d{1,2})\s?[x×*]\s?)?(\d{1,3}(?:\.\d{1,3})?)\s?[x×*]?\s?H(?![a-z\d'])"
)
_EACH = re.compile(r"\beach\b|\bje\b|\beither\b")
_CARBONS = re.compile(
    r"(?<![A-Za-z\d.'-])(?P<before>\d{1,2})\s?(?:[x×*·]\s?)?(?:(?:Ar|Ph)-?|[oimp]-)?(?:C(?![a-z])|overlapp|signals?|carbons?)"
    r"|[x×*·]\s?(?P<after>\d{1,2})(?!\d|\.\d)|(?<![A-Za-z\d.-])(?P<times>\d{1,2})\s?[x×]"
    r"|\b(?P<word>two|three|four|five|six)\s(?:overlapp\w*\s)?(?:carbons?|signals?|C\b)"
)
_WORDS = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6}
_POSITIONS = re.compile(r"\s?C?[-\s]?\d{1,2}[a-h]?'{0,3}(?:\s?(?:,|&|and|/)\s?C?[-\s]?\d{1,2}[a-h]?'{0,3}){1,7}\s?")
_PARTS = re.compile(r"[,;]")
_BARE = re.compile(rf"\s?{NUMBER}\s?")
_WIDTH = re.compile(rf"(?:w|W|ν|Δν|v)\s?_?\(?1/2\)?\s?=\s?({NUMBER})")
_MAX_LENGTH = 1000
_MAX_BARE_COUPLING_HZ = 25.0


@dataclass(frozen=True)
class Attributes:
    """What a sentence states about one shift."""

    multiplicity: str = ""
    couplings_hz: tuple[float, ...] = ()
    count: float | None = None
    """Number of protons, or of carbons; None where it is not stated."""
    is_per_shift: bool = False
    """Whether the count applies to each of the shifts that share these words."""
    hetero_coupled: bool = False
    """Whether a coupling to another element than hydrogen is stated."""
    width_hz: float | None = None
    bare_numbers: tuple[float, ...] = ()
    """Numbers without a unit; the sentence as a whole decides what they mean."""

    def __bool__(self) -> bool:
        return bool(self.multiplicity or self.couplings_hz or self.count is not None)


def parse_attributes(words: str, nucleus: str) -> Attributes:
    """Parse ``d, J = 8.0 Hz, 2H, H-3`` in any order; assignments are ignored.

    Parameters
    ----------
    words
        Plain text inside the brackets, or after a shift.

    Examples
    --------
    >>> parse_attributes("d, J = 8.0 Hz, 2H", "1H").couplings_hz
    (8.0,)
    """
    words = " ".join(words[:_MAX_LENGTH].split())
    couplings = _couplings(words)
    rest = COUPLING.sub(",", words)
    loose = [float(value) for match in _UNIT.finditer(rest) for value in re.findall(NUMBER, match[1])]
    parts = [part.strip(" .-()[]{}") for part in _PARTS.split(_UNIT.sub(",", rest)) if part.strip(" .-()[]{}")]
    multiplicity = _multiplicity(parts)
    width = _WIDTH.search(words)
    stated = Attributes(
        multiplicity,
        tuple(sorted(couplings or loose, reverse=True)),
        is_per_shift=_EACH.search(words) is not None,
        hetero_coupled=_HETERO.search(words) is not None,
        width_hz=float(width[1]) if width else None,
        bare_numbers=tuple(float(part) for part in parts if _BARE.fullmatch(part)),
    )
    if nucleus == "1H":
        count, is_per_shift = _protons(parts, rest)
        return replace(stated, count=count, is_per_shift=stated.is_per_shift or is_per_shift)
    return replace(stated, count=_carbons(rest))


def coupling_end(match: re.Match[str]) -> int:
    """Position where a coupling phrase outside brackets ends; a shift may follow it like another value.

    >>> text = "7.64, 1H, d, J = 16.0 Hz; 7.47, 2H, d"
    >>> text[: coupling_end(COUPLING.search(text))]
    '7.64, 1H, d, J = 16.0 Hz'
    """
    text, start = match.string, match.start("values")
    values = list(re.finditer(_VALUE, match["values"]))
    for before, value in pairwise(values):
        between = match["values"][before.end() : value.start()]
        has_unit = re.match(r"\s?Hz", text[start + value.end() :]) is not None
        if not has_unit and (";" in between or "Hz" in between or _decimals(value) != _decimals(values[0])):
            end = start + before.end()
            return end + (3 if text.startswith(" Hz", end) else 2 if text.startswith("Hz", end) else 0)
    return match.end()


def _decimals(value: re.Match[str]) -> int:
    return len(value[0].partition(".")[2])


def without_couplings(words: str) -> str:
    """Return words about a shift without its coupling constants.

    >>> without_couplings("t, J = 7.1 Hz, H2O")
    't, , H2O'
    """
    words = " ".join(words[:_MAX_LENGTH].split())
    return _UNIT.sub(",", COUPLING.sub("", words))


def _couplings(words: str) -> list[float]:
    values: list[float] = []
    for match in COUPLING.finditer(words):
        stated = [_mean(value) for value in re.findall(_VALUE, match["values"])]
        values += stated * int(match["times"] or 1)
    return values


def _mean(written: str) -> float:
    ends = [float(number) for number in re.findall(NUMBER, written)]
    return round(sum(ends) / len(ends), 4)


def _multiplicity(parts: list[str]) -> str:
    """The first multiplicity among the parts; ``br`` may be a part of its own, before or after."""
    broad = ""
    for index, part in enumerate(parts):
        name = (
            multiplicity_of(part)
            or multiplicity_of(re.sub(_LOOSE_PROTONS, " ", part).strip())
            or _leading_multiplicity(part)
        )
        if name == "br":
            broad = broad or name
        elif name:
            later = parts[index + 1] if index + 1 < len(parts) else ""
            is_broad = (broad or multiplicity_of(later) == "br") and not name.startswith("br")
            return f"br {name}" if is_broad else name
    return broad


def _leading_multiplicity(part: str) -> str:
    """The multiplicity before other words, as in ``d overlapping with H-4`` or ``s OH``."""
    words = part.split()
    for count in (3, 2, 1):
        if len(words) > count and (name := multiplicity_of(" ".join(words[:count]))) and name != "br":
            return name
    return multiplicity_of(words[-1]) if len(words) == 2 and re.fullmatch(r"\d{1,2}H?", words[0]) else ""


def resolve_bare_numbers(all_attributes: list[Attributes]) -> list[Attributes]:
    """Interpret bare numbers, as in ``dd, 8.0, 1.5`` or ``t, 2``, as couplings or proton counts.

    They are proton counts if no count is written as ``2H`` and a singlet or a multiplet of the
    sentence has a bare number too.
    """
    bare_are_counts = not any(words.count is not None for words in all_attributes) and any(
        len(words.bare_numbers) == 1
        and words.bare_numbers[0].is_integer()
        and splittings(words.multiplicity) in ((), (1,))
        for words in all_attributes
        if words.multiplicity
    )
    resolved = []
    for words in all_attributes:
        splits = [lines for lines in splittings(words.multiplicity) if lines > 1]
        if bare_are_counts and len(words.bare_numbers) == 1:
            resolved.append(replace(words, count=words.bare_numbers[0]))
        elif (
            not words.couplings_hz
            and 0 < len(words.bare_numbers) <= len(splits)
            and max(words.bare_numbers) <= _MAX_BARE_COUPLING_HZ
        ):
            resolved.append(replace(words, couplings_hz=tuple(sorted(words.bare_numbers, reverse=True))))
        else:
            resolved.append(words)
    return resolved


def _protons(parts: list[str], words: str) -> tuple[float | None, bool]:
    """Number of protons, and whether it is written as ``2 × 1H``."""
    for part in parts:
        if match := _PROTONS.fullmatch(part):
            return _product(match), match[1] is not None
    for part in parts:
        if match := _PROTONS.match(part):
            return _product(match), match[1] is not None
    if "H" in parts:  # (H, s) or (m, 6, H)
        before = parts[max(parts.index("H") - 1, 0)]
        return float(before) if re.fullmatch(r"\d{1,2}", before) else 1.0, False
    match = _LOOSE_PROTONS.search(words)
    return (_product(match), match[1] is not None) if match else (None, False)


def _product(match: re.Match[str]) -> float:
    return float(match[1] or 1) * float(match[2])


def _carbons(words: str) -> float | None:
    """Number of carbons: ``2C``, ``2 × CH2``, ``2CH3``, ``×2``, ``two carbons``, or positions as in ``C-2, C-6``."""
    match = _CARBONS.search(words)
    if match is not None:
        if match["word"]:
            return float(_WORDS[match["word"]])
        count = float(match["before"] or match["after"] or match["times"])
        return count if count else None
    return float(number_of_positions(words)) or None


def number_of_positions(words: str) -> int:
    """Return how many positions of carbons words list, as in ``C-2, C-6``; 0 for other words."""
    bare = words.strip("()[]{} ")
    return len(re.findall(r"\d{1,2}", bare)) if "C" in bare and _POSITIONS.fullmatch(bare) else 0
