"""What is known of the molecule besides its spectra: candidates are told by their formula before any is scored."""

from __future__ import annotations

import re
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
# Digits right before the sign are a count (N2+ has two nitrogens), unless something sets them apart.
_CHARGE = re.compile(r"(?:[\s^]*([+-])([0-9]{0,2})|(?:[\s^]+|(?<=\]))([0-9]{1,2})([+-]))$")
_SEPARATORS = re.compile(r"[\s,;]+")
_SUPERSCRIPTS = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻]+")
_SUPERSCRIPT_TABLE = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")
_DIGIT_AFTER_SUBSCRIPT = re.compile("(?<=[₀₁₂₃₄₅₆₇₈₉])(?=[0-9])")
_SUBSCRIPT_TABLE = str.maketrans("₀₁₂₃₄₅₆₇₈₉−–", "0123456789--")
_FORMULA_EXAMPLES = "write it like C10H12O2, CH3(CH2)2OH or C8H11NO+"


class _FormulaError(ValueError):
    """A text is no formula; the message is the reason and the remedy."""


class _Species(NamedTuple):
    counts: dict[str, int]
    """Atoms of each element, none of them 0."""
    charge: int
    """In elementary charges."""

    def hill(self) -> str:
        """The formula as RDKit's CalcMolFormula writes it."""
        atoms = (f"{symbol}{_count_suffix(self.counts[symbol])}" for symbol in _hill_order(self.counts))
        sign = "+" if self.charge > 0 else "-"
        return "".join(atoms) + (f"{sign}{_count_suffix(abs(self.charge))}" if self.charge else "")

    def mass(self) -> float:
        """Monoisotopic mass (u): the most common isotope of each element, without the electrons that a charge lacks."""
        masses = _isotope_masses()
        return sum(masses[symbol] * count for symbol, count in self.counts.items()) - self.charge * _ELECTRON_MASS_U


@dataclass(frozen=True)
class Constraints:
    """What a candidate must agree with; all of it is decided from the text of its formula.

    ``Constraints.of`` reads and checks what a user wrote; fields that are given directly are not checked.
    """

    formula: str = ""
    """Hill formula with its charge, as RDKit writes it; empty for any."""
    mass: float | None = None
    """Monoisotopic mass of the species as it is, with the electrons it lacks or has over (u); None for any."""
    ppm: float = 5.0
    """Largest difference from ``mass``, either way (parts per million of ``mass``)."""
    elements: tuple[str, ...] = ()
    """Elements that a candidate may hold, in Hill order; hydrogen always may. Empty for any."""

    @classmethod
    def of(cls, formula: str | None, mass: float | None, ppm: float, elements: str | None) -> Constraints:
        """The constraints that a user wrote; None leaves one out.

        Parameters
        ----------
        formula
            Elements in any order, repeated or in parentheses, with plain or subscript counts; neutral where no charge
            follows. As in RDKit's formulas, ``N2+`` is two nitrogens and one charge: write two charges as ``+2``, or
            as ``2+`` behind a blank, ``^`` or a closing square bracket, or raised.
        mass
            Monoisotopic mass (u), above 0 and at most 10,000.
        ppm
            Tolerance of the mass (parts per million), above 0 and at most 1,000.
        elements
            Symbols such as ``CHNOCl`` or ``C,H,N,O,Cl``, the longest symbol first: ``Cl`` is chlorine. Hydrogen is
            always allowed, listed or not.

        Raises
        ------
        UsageError
            If one of them has no sense.
        """
        if mass is not None and not 0 < mass <= _MAX_MASS_U:
            raise UsageError(f"--mass is {mass:.10g}; give one above 0 and at most {_MAX_MASS_U:,.0f} u")
        if not 0 < ppm <= _MAX_TOLERANCE_PPM:
            raise UsageError(f"--ppm is {ppm:.10g}; give a tolerance above 0 and at most {_MAX_TOLERANCE_PPM:,.0f} ppm")
        hill = "" if formula is None else _parse_formula_option(formula)
        return cls(hill, mass, ppm, () if elements is None else _parse_elements_option(elements))

    def __bool__(self) -> bool:
        """Whether anything is constrained."""
        return bool(self.formula or self.mass is not None or self.elements)

    def allows(self, formula: str) -> bool:
        """Whether a candidate of this formula agrees with all constraints; what is no formula agrees with none.

        Parameters
        ----------
        formula
            As RDKit's CalcMolFormula writes it.
        """
        # A million candidates share far fewer formulas.
        return not self or _satisfies(self, formula)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for the provenance of a result: None where nothing is constrained."""
        return {
            "formula": self.formula or None,
            "mass": self.mass,
            "ppm": None if self.mass is None else self.ppm,
            "elements": list(self.elements) or None,
        }

    def describe(self) -> str:
        """The constraints in words, for messages."""
        parts = [f"formula {self.formula}"] if self.formula else []
        if self.mass is not None:
            parts.append(f"mass {self.mass:.10g} within {self.ppm:.10g} ppm")
        if self.elements:
            parts.append(f"elements {', '.join(self.elements)}")
        return ", ".join(parts) or "no constraint"


@lru_cache(maxsize=1 << 17)
def _satisfies(constraints: Constraints, formula: str) -> bool:
    try:
        species = _parse_species(formula)
    except _FormulaError:
        return False
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
        raise UsageError(f"{option}: {unexpected[0]!r} begins no symbol of an element; {remedy}")
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
        fault = f"has more than {_MAX_ATOMS:,} atoms" if atoms else "has no atom"
        raise _FormulaError(f"{fault}; {_FORMULA_EXAMPLES}")
    return _Species(counts, charge)


_parse_species_cached = lru_cache(maxsize=16)(_parse_species)


def _to_ascii(text: str) -> str:
    """The text in ASCII as far as it has a meaning here; ``^`` stands before what is raised or follows a subscript."""
    if text.isascii():
        return text
    text = _SUPERSCRIPTS.sub(lambda superscript: "^" + superscript[0].translate(_SUPERSCRIPT_TABLE), text)
    return _DIGIT_AFTER_SUBSCRIPT.sub("^", text).translate(_SUBSCRIPT_TABLE)


def _count_atoms(text: str) -> dict[str, int]:
    """Atoms of each element of a formula without its charge; the innermost parentheses are written out first."""
    while group := _GROUP.search(text):
        times = int(group[3] or 1)
        # A count always follows: the symbol must not join with what comes behind the parenthesis.
        inner = "".join(f"{symbol}{count * times}" for symbol, count in _count_atoms_flat(group[1] or group[2]).items())
        text = text[: group.start()] + inner + text[group.end() :]
    return _count_atoms_flat(text)


def _count_atoms_flat(text: str) -> dict[str, int]:
    atoms = _ATOMS.match(text)
    if unexpected := text[atoms.end() if atoms else 0 :].lstrip()[:1]:
        if unexpected in "()[]":
            raise _FormulaError(f"{unexpected!r} has no partner or nothing in it; open and close each parenthesis once")
        raise _FormulaError(f"{unexpected!r} has no place there; {_FORMULA_EXAMPLES}")
    counts: dict[str, int] = {}
    for symbol, number in _ATOM.findall(text):
        if symbol not in _isotope_masses():
            raise _FormulaError(_unknown_symbol_message(symbol))
        counts[symbol] = counts.get(symbol, 0) + int(number or 1)
    return counts


def _unknown_symbol_message(symbol: str) -> str:
    if symbol in ("D", "T"):
        return f"{symbol!r} is an isotope, and isotopes are not told apart; write H"
    return f"{symbol!r} is no element; capitals count: CO is carbon and oxygen, Co cobalt"


def _hill_order(symbols: Iterable[str]) -> list[str]:
    """Carbon, hydrogen, then the alphabet; the alphabet alone where there is no carbon (Hill 1900)."""
    unique = set(symbols)
    first = [symbol for symbol in ("C", "H") if "C" in unique and symbol in unique]
    return first + sorted(unique - set(first))


def _count_suffix(count: int) -> str:
    return "" if count == 1 else str(count)


@lru_cache(maxsize=1)
def _isotope_masses() -> dict[str, float]:
    """Mass of the most common isotope of each element (u)."""
    from rdkit import Chem  # slow to import

    table = Chem.GetPeriodicTable()
    numbers = range(1, table.GetMaxAtomicNumber() + 1)
    return {table.GetElementSymbol(number): table.GetMostCommonIsotopeMass(number) for number in numbers}
