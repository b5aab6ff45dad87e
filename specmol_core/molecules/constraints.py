"""Constraints on the molecule besides its spectra: they select candidates by formula before scoring."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from specmol_core.errors import UsageError
from specmol_core.storage.plain_text import abbreviate

__all__ = ["Constraints"]

_ELECTRON_MASS_U = 0.000548579909
"""Mass of an electron (u)."""
_MAX_ATOMS = 10_000
_MAX_TEXT_LENGTH = 500
_MAX_MASS_U = 10_000.0
_MAX_TOLERANCE_PPM = 1_000.0
_SYMBOL = re.compile(r"[A-Z][a-z]?")
_ATOM = re.compile(r"([A-Z][a-z]?)([0-9]*)")
_ATOMS = re.compile(r"(?:\s*[A-Z][a-z]?[0-9]*)*")
_GROUP = re.compile(r"(?:\(\s*([^()\[\]\s][^()\[\]]*)\)|\[\s*([^()\[\]\s][^()\[\]]*)\])([0-9]*)")
# Digits right before the sign are an atom count (N2+ has two nitrogens) unless a separator precedes them.
_CHARGE = re.compile(r"(?:[\s^]*([+-])([0-9]{0,2})|(?:[\s^]+|(?<=\]))([0-9]{1,2})([+-]))$")
_SEPARATORS = re.compile(r"[\s,;]+")
_SUPERSCRIPTS = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻]+")
_SUPERSCRIPT_TABLE = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")
_DIGIT_AFTER_SUBSCRIPT = re.compile("(?<=[₀₁₂₃₄₅₆₇₈₉])(?=[0-9])")
_SUBSCRIPT_TABLE = str.maketrans("₀₁₂₃₄₅₆₇₈₉−–", "0123456789--")
_FORMULA_EXAMPLES = "write it like C10H12O2, CH3(CH2)2OH or C8H11NO+"


class _FormulaError(ValueError):
    """A text is not a formula; the message gives the reason and the remedy."""


class _Species(NamedTuple):
    counts: dict[str, int]
    """Number of atoms of each element; none is 0."""
    charge: int
    """Charge (elementary charges)."""

    def hill(self) -> str:
        """Return the Hill formula as RDKit's CalcMolFormula writes it."""
        atoms = (f"{symbol}{_count_suffix(self.counts[symbol])}" for symbol in _hill_order(self.counts))
        sign = "+" if self.charge > 0 else "-"
        return "".join(atoms) + (f"{sign}{_count_suffix(abs(self.charge))}" if self.charge else "")

    def mass(self) -> float:
        """Return the monoisotopic mass of the ion (u), from the most common isotope of each element.

        The mass of the missing electrons is subtracted, that of extra electrons is added.
        """
        masses = _isotope_masses()
        return sum(masses[symbol] * count for symbol, count in self.counts.items()) - self.charge * _ELECTRON_MASS_U


@dataclass(frozen=True)
class Constraints:
    """Constraints that a candidate must satisfy; all are decided from the text of its formula.

    ``Constraints.of`` parses and checks the text of a user. Fields set directly are not checked.
    """

    formula: str = ""
    """Hill formula with its charge, as RDKit writes it; empty for any formula."""
    mass: float | None = None
    """Monoisotopic mass of the molecule or ion, electrons included (u); None for any mass."""
    ppm: float = 5.0
    """Largest absolute difference from ``mass`` (parts per million of ``mass``)."""
    elements: tuple[str, ...] = ()
    """Allowed elements besides hydrogen, in Hill order; empty for any element."""

    @classmethod
    def of(cls, formula: str | None, mass: float | None, ppm: float, elements: str | None) -> Constraints:
        """Parse the constraints of a user; None omits a constraint.

        Parameters
        ----------
        formula
            Elements in any order, repeated or in parentheses, with plain or subscript counts. Without
            a charge at the end it is neutral. As in RDKit's formulas, ``N2+`` is two nitrogens and one
            charge: write two charges as ``+2``, or as ``2+`` after a blank, ``^`` or a closing square
            bracket, or in superscript.
        mass
            Monoisotopic mass (u), above 0 and at most 10,000.
        ppm
            Tolerance of the mass (parts per million), above 0 and at most 1,000.
        elements
            Symbols such as ``CHNOCl`` or ``C,H,N,O,Cl``. The longest symbol is taken: ``Cl`` is
            chlorine. Hydrogen is always allowed.

        Raises
        ------
        UsageError
            If a constraint is invalid.

        Examples
        --------
        >>> constraints = Constraints.of("C2H6O", None, 5.0, None)
        >>> constraints.allows("C2H6O"), constraints.allows("C3H8O")
        (True, False)
        """
        if mass is not None and not 0 < mass <= _MAX_MASS_U:
            raise UsageError(f"--mass is {mass:.10g}; give one above 0 and at most {_MAX_MASS_U:,.0f} u")
        if not 0 < ppm <= _MAX_TOLERANCE_PPM:
            raise UsageError(f"--ppm is {ppm:.10g}; give a tolerance above 0 and at most {_MAX_TOLERANCE_PPM:,.0f} ppm")
        hill = "" if formula is None else _parse_formula_option(formula)
        return cls(hill, mass, ppm, () if elements is None else _parse_elements_option(elements))

    def __bool__(self) -> bool:
        """Whether there is any constraint."""
        return bool(self.formula or self.mass is not None or self.elements)

    def allows(self, formula: str) -> bool:
        """Whether a candidate of this formula satisfies all constraints.

        Parameters
        ----------
        formula
            Formula as RDKit's CalcMolFormula writes it. A text that is not a formula satisfies none.
            A salt, whose parts have dots between them, satisfies the constraints if its main part,
            which is first, or the whole salt does.
        """
        # A million candidates share far fewer formulas.
        return not self or _satisfies(self, formula)

    def as_dict(self) -> dict[str, Any]:
        """Return the constraints as plain values for the provenance of a result; None if omitted."""
        return {
            "formula": self.formula or None,
            "mass": self.mass,
            "ppm": None if self.mass is None else self.ppm,
            "elements": list(self.elements) or None,
        }

    def describe(self) -> str:
        """Describe the constraints in words, for messages."""
        parts = [f"formula {self.formula}"] if self.formula else []
        if self.mass is not None:
            parts.append(f"mass {self.mass:.10g} within {self.ppm:.10g} ppm")
        if self.elements:
            parts.append(f"elements {', '.join(self.elements)}")
        return ", ".join(parts) or "no constraint"


@lru_cache(maxsize=1 << 17)
def _satisfies(constraints: Constraints, formula: str) -> bool:
    try:
        return any(_fits(constraints, species) for species in _main_and_whole(formula))
    except _FormulaError:
        return False


def _main_and_whole(formula: str) -> list[_Species]:
    """The main part of a salt and the whole salt, from a formula such as ``C2H8N+.2Cl-``."""
    main, *others = formula.split(".")
    result = [_parse_species(main)]
    if others:
        counts, charge = Counter(result[0].counts), result[0].charge
        for text in others:
            symbols = text.lstrip("0123456789")
            number = int(text[: len(text) - len(symbols)] or 1)
            species = _parse_species(symbols)
            counts.update({symbol: number * count for symbol, count in species.counts.items()})
            charge += number * species.charge
        result.append(_Species(dict(counts), charge))
    return result


def _fits(constraints: Constraints, species: _Species) -> bool:
    if constraints.formula and species != _parse_species_cached(constraints.formula):
        return False
    if constraints.elements and not species.counts.keys() <= {"H", *constraints.elements}:
        return False
    wanted = constraints.mass
    return wanted is None or abs(species.mass() - wanted) <= wanted * constraints.ppm * 1e-6


def _parse_formula_option(text: str) -> str:
    if not text.strip():
        raise UsageError(f"--formula is empty; {_FORMULA_EXAMPLES}")
    try:
        return _parse_species(text).hill()
    except _FormulaError as error:
        raise UsageError(f"--formula {abbreviate(text)!r}: {error}") from None


def _parse_elements_option(text: str) -> tuple[str, ...]:
    option = f"--elements {abbreviate(text)!r}"
    remedy = "give symbols such as CHNO or C,H,N,O,Cl"
    symbols = _SYMBOL.findall(text)
    if unexpected := _SEPARATORS.sub("", _SYMBOL.sub("", text)):
        raise UsageError(f"{option}: {unexpected[0]!r} does not begin the symbol of an element; {remedy}")
    if not symbols:
        raise UsageError(f"--elements is empty; {remedy}")
    if unknown := [symbol for symbol in symbols if symbol not in _isotope_masses()]:
        raise UsageError(f"{option}: {_unknown_symbol_message(unknown[0])}")
    return tuple(_hill_order(symbols))


def _parse_species(text: str) -> _Species:
    if len(text) > _MAX_TEXT_LENGTH:
        raise _FormulaError(f"is longer than {_MAX_TEXT_LENGTH} characters; {_FORMULA_EXAMPLES}")
    plain = _to_ascii(text).strip()
    charge = 0
    if charge_match := _CHARGE.search(plain) if "+" in plain or "-" in plain else None:
        charge = int((charge_match[1] or charge_match[4]) + (charge_match[2] or charge_match[3] or "1"))
        plain = plain[: charge_match.start()]
    counts = {symbol: count for symbol, count in _count_atoms(plain).items() if count}
    atoms = sum(counts.values())
    if not 0 < atoms <= _MAX_ATOMS:
        fault = f"has more than {_MAX_ATOMS:,} atoms" if atoms else "has no atoms"
        raise _FormulaError(f"{fault}; {_FORMULA_EXAMPLES}")
    return _Species(counts, charge)


_parse_species_cached = lru_cache(maxsize=16)(_parse_species)


def _to_ascii(text: str) -> str:
    """Convert subscript and superscript characters to ASCII, with ``^`` before each superscript."""
    if text.isascii():
        return text
    text = _SUPERSCRIPTS.sub(lambda superscript: "^" + superscript[0].translate(_SUPERSCRIPT_TABLE), text)
    return _DIGIT_AFTER_SUBSCRIPT.sub("^", text).translate(_SUBSCRIPT_TABLE)


def _count_atoms(text: str) -> dict[str, int]:
    """Count the atoms of each element in a formula without charge, innermost parentheses first."""
    while group := _GROUP.search(text):
        times = int(group[3] or 1)
        # Always write a count, so that the last symbol does not merge with what follows the parenthesis.
        inner = "".join(f"{symbol}{count * times}" for symbol, count in _count_atoms_flat(group[1] or group[2]).items())
        text = text[: group.start()] + inner + text[group.end() :]
    return _count_atoms_flat(text)


def _count_atoms_flat(text: str) -> dict[str, int]:
    atoms = _ATOMS.match(text)
    if unexpected := text[atoms.end() if atoms else 0 :].lstrip()[:1]:
        if unexpected in "()[]":
            raise _FormulaError(f"{unexpected!r} has no partner or is empty; open and close each parenthesis once")
        raise _FormulaError(f"{unexpected!r} is not allowed there; {_FORMULA_EXAMPLES}")
    counts: dict[str, int] = {}
    for symbol, number in _ATOM.findall(text):
        if symbol not in _isotope_masses():
            raise _FormulaError(_unknown_symbol_message(symbol))
        counts[symbol] = counts.get(symbol, 0) + int(number or 1)
    return counts


def _unknown_symbol_message(symbol: str) -> str:
    if symbol in ("D", "T"):
        return f"{symbol!r} is an isotope, and isotopes are not distinguished; write H"
    return f"{symbol!r} is not an element; check upper and lower case: CO is carbon and oxygen, Co is cobalt"


def _hill_order(symbols: Iterable[str]) -> list[str]:
    """Sort symbols in Hill order: C, H, then alphabetical; all alphabetical without C (Hill 1900)."""
    unique = set(symbols)
    first = [symbol for symbol in ("C", "H") if "C" in unique and symbol in unique]
    return first + sorted(unique - set(first))


def _count_suffix(count: int) -> str:
    return "" if count == 1 else str(count)


@lru_cache(maxsize=1)
def _isotope_masses() -> dict[str, float]:
    """Return the mass of the most common isotope of each element (u)."""
    from rdkit import Chem  # slow to import

    table = Chem.GetPeriodicTable()
    numbers = range(1, table.GetMaxAtomicNumber() + 1)
    return {table.GetElementSymbol(number): table.GetMostCommonIsotopeMass(number) for number in numbers}
