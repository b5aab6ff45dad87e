"""Recognise the columns of a table by their names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from specmol_core.spectra.readers.source import RefusedError

__all__ = ["Columns", "named_columns"]

_UNIT = r"\s?(?:[\[(/]\s?(?:in )?ppm\s?[\])]?|ppm)"
_HERTZ = r"\s?[\[(/,]?\s?hz\s?[\])]?"
_CARBON = r"(?:13\s?-?c|c13|carbon|δ\s?\(?c\)?|c)"
_PROTON = r"(?:1\s?-?h|h1|proton|δ\s?\(?h\)?|h)"
_QUALITY = r"(?:(?:exp|obs|meas|exptl|experimental|observed|measured|peak|chemical|chem|nmr)\.?[\s-]?)*"
_SHIFT = (
    r"(?:(?:chemical |chem\.? ?)?shifts?\s?1?|δ|delta|pos(?:ition|\.)?|[νv]\s?\(f1\)|f1|cs|cent(?:er|re|roid)|"
    r"(?:chem\w*\.? )?verschiebung(?:en)?|déplacements?(?: chimiques?)?|desplazamientos?(?: químicos?)?|"
    r"spostament[oi](?: chimic[oi])?|deslocamentos?(?: químicos?)?|(?:хим\w*\.? )?сдвиг|化学位移|化学シフト)"
)
_OTHER_QUANTITY = (
    r"width|fwhm|error|dev|diff|range|region|pred|calc|sim|comput|dft|gauge|lit|ref|f2|±|σ|std|from|to\b|start|end"
)
"""Words of columns in ppm that are not the measured shifts."""
_ANY_IN_PPM = re.compile(rf"(?!.*(?:{_OTHER_QUANTITY})).*\S\s?[\[(/,]\s?(?:in )?ppm\s?[\])]?")
_NAMES = {
    "ppm": re.compile(
        rf"{_QUALITY}(?:{_CARBON}[\s-]|{_PROTON}[\s-])?{_QUALITY}(?:{_SHIFT}(?:\s?[hc])?(?:{_UNIT})?|ppm|[\[(]ppm[\])]|"
        rf"(?:freq(?:uency)?\.?|x|peak){_UNIT})|δ\s?\(?[hc]\)?(?:{_UNIT})?|(?:{_CARBON}|{_PROTON}){_UNIT}"
    ),
    "range": re.compile(rf"(?:range|region|limits)(?:{_UNIT})?|multiplet ?\d?{_UNIT}"),
    "hertz": re.compile(
        rf"(?:[νv]\s?\(f1\)|freq(?:uency)?\.?|shift|pos(?:ition)?|peak|x|f1)?{_HERTZ}|freq(?:uency)?\.?"
    ),
    "intensity": re.compile(
        r"(?:(?:rel(?:ative)?|abs(?:olute)?|norm(?:ali[sz]ed)?|peak)\.?\s?)*"
        r"(?:intensi\S*|int\.?|heights?|h|y|amplitudes?|ampl\.?|abs(?:olute)?|real|ordinate|höhe|hauteur|altura|altezza|"
        r"интенсивность|强度|強度)(?:\s?[\[(].*)?"
    ),
    "area": re.compile(r"(?:peak )?(?:area|volume)s?(?:\s?[\[(].*)?"),
    "protons": re.compile(
        r"n\s?h|#\s?hs?|h?['`]s|hs|no\.? (?:of )?(?:h|protons|nuclei|c|carbons)|num\S* (?:of )?\S*|protons?|n\s?c|"
        r"#\s?c|carbons|count|nuclei|number\S*"
    ),
    "integral": re.compile(r"integra\S*|int\.? ?\(?h\)?"),
    "multiplicity": re.compile(r"multiplicit\S*|mult\.?|multiplet|m|class|pattern|splitting"),
    "couplings": re.compile(rf"(?:\d?j['`]?s? ?\d?|j ?values?|j ?couplings?|couplings?(?: constants?)?)(?:{_HERTZ})?"),
    "width": re.compile(rf"(?:width|fwhm|line\s?width)(?:{_HERTZ})?"),
    "kind": re.compile(
        r"type|kind|group|c ?type|carbon ?type|ch ?n|dept(?:[\s-]?\d+)?(?: (?:phase|sign))?|apt|phase|sign|"
        r"(?:attached|no\.? of) ?h\S*|hydrogens|assignment|impurity/compound|annotation|comments?|remarks?|notes?"
    ),
}  # fmt: skip
"""Names of columns in lower case, without what is around them."""
_SERIES = re.compile(r"(?:time|t|temp\w*)(?:\.?\s?[\[(/].*)?|t/k")
"""Names of the variable of a series of spectra."""
_MIXED_CELL = re.compile(rf"(δ\s?\(?[hc]\)?(?:{_UNIT})?)\s?[,;(]\s?\(?(?:type|mult|int|j\b|no\. of|n[hc]\b).*")
"""Column of shifts with words behind them, as papers on natural products print it: ``δH, mult. (J in Hz)``."""
_TWO_DIMENSIONAL = re.compile(r"(?:f2|ν\(f2\)|(?:δ|shift) ?f?2)(?: ?[\[(]?ppm[\])]?)?$")


@dataclass(frozen=True)
class Columns:
    """Index of the column of each quantity; -1 for none."""

    ppm: int = -1
    range: int = -1
    """Range of a multiplet, from one end to the other (ppm)."""
    hertz: int = -1
    intensity: int = -1
    area: int = -1
    protons: int = -1
    integral: int = -1
    multiplicity: int = -1
    couplings: int = -1
    more_couplings: tuple[int, ...] = ()
    """Further columns of couplings, as in J1, J2."""
    width: int = -1
    kinds: tuple[int, ...] = ()
    """Columns of words: multiplicities, CH, CH2, signs of a DEPT, solvent; their values tell which."""
    count: int = 0
    """Number of columns of the heading."""
    is_shared: bool = False
    """Whether the table has a column of shifts for each nucleus, so that a row may lack one."""

    @property
    def shift(self) -> int:
        """The column of shifts, or else of ranges."""
        return self.ppm if self.ppm >= 0 else self.range


def named_columns(cells: Sequence[str], nucleus: str = "") -> Columns | None:
    """Return the columns that a heading names; None if none of them holds shifts.

    Parameters
    ----------
    nucleus
        Nucleus that is read, which chooses between columns of both nuclei.

    Raises
    ------
    RefusedError
        If the heading is of a two-dimensional list, or names two columns of shifts.

    Examples
    --------
    >>> named_columns(["No.", "(ppm)", "(Hz)", "Height"])
    Columns(ppm=1, range=-1, hertz=2, intensity=3, area=-1, protons=-1, integral=-1, multiplicity=-1, couplings=-1, \
more_couplings=(), width=-1, kinds=(), count=4, is_shared=False)
    """
    names = [_plain(cell) for cell in cells]
    found: dict[str, int] = {}
    kinds: list[int] = []
    couplings: list[int] = []
    shifts: list[int] = []
    for index, name in enumerate(names):
        if name in ("(ppm)", "[ppm]") and index and re.fullmatch(r"multiplet ?\d?", names[index - 1]):
            found.setdefault("range", index)
        elif re.fullmatch(_NAMES["ppm"], name) or (name == "x" and "y" in names):
            shifts.append(index)
        elif kind := next((kind for kind, pattern in _NAMES.items() if pattern.fullmatch(name)), None):
            if kind in ("kind", "multiplicity"):
                kinds.append(index)
            if kind == "couplings" and kind in found:
                couplings.append(index)
            if kind != "kind":
                found.setdefault(kind, index)
    if any(_TWO_DIMENSIONAL.match(name) for name in names):
        raise RefusedError("is a two-dimensional list: give the list of a 1H or of a 13C spectrum")
    if all(names[index].startswith("pos") for index in shifts):
        others = [index for index, name in enumerate(names) if _ANY_IN_PPM.fullmatch(name)]
        others = [index for index in others if index not in found.values()]
        shifts = others if len(others) == 1 else shifts
    if not shifts and "range" not in found:
        return None
    if series := next((name for name in names if _SERIES.fullmatch(name)), ""):
        raise RefusedError(f"its column {series[:30]!r} makes it a series of spectra, not a list of peaks")
    shifts = [index for index in shifts if not names[index].startswith("pos")] or shifts
    return Columns(
        ppm=_shift_column(names, shifts, nucleus) if shifts else -1,
        kinds=tuple(kinds),
        more_couplings=tuple(couplings),
        count=len(cells),
        is_shared=len(shifts) > 1,
        **found,
    )


def _shift_column(names: list[str], shifts: list[int], nucleus: str) -> int:
    if len(shifts) == 1:
        return shifts[0]
    marks = {"1H": _PROTON, "13C": _CARBON}
    own = [index for index in shifts if nucleus and re.match(rf"{_QUALITY}{marks[nucleus]}(?![a-z])", names[index])]
    if len(own) == 1:
        return own[0]
    raise RefusedError(
        f"names {len(shifts)} columns of shifts ({', '.join(names[index][:20] for index in shifts[:3])}): give one list"
    )


def _plain(cell: str) -> str:
    # A capital delta is a difference, and no shift.
    plain = re.sub(r"[\s_]+", " ", cell.replace("Δ", "difference ").lower()).strip(" *\"':")
    if match := _MIXED_CELL.fullmatch(plain):
        return match[1]
    # A program that cannot write Greek letters puts a question mark.
    return re.sub(r"^[?\ufffd](?=$| ?[\[(ch])", lambda lost: "ν" if plain[1:4] == "(f1" else "δ", plain)
