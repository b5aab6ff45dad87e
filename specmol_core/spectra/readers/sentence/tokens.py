"""Tokens of a sentence: shifts, words, labels."""

from __future__ import annotations

import re

from specmol_core.spectra.readers.text.multiplicity import multiplicity_of

__all__ = ["DELTA_SYMBOL", "MAX_WORDS", "PLAIN_WORD", "SHIFT", "SHIFT_LIST", "WORD", "is_attribute", "is_label"]

_SHIFT_NUMBER = r"\d{1,3}(?:\.\d{1,5})?(?!\d)(?!\.\d{1,3}(?![.\d]))"
SHIFT = re.compile(
    rf"(?P<first>-?{_SHIFT_NUMBER})(?:\s?(?:-|~|to\b|bis\b)\s?(?P<second>-?{_SHIFT_NUMBER})(?![A-Za-z%]))?"
    r"(?:\s?±\s?\d{1,2}(?:\.\d{1,4})?)?(?P<ppm>\s?ppm\b)?"
)
WORD = re.compile(r"[^\s,;:()\[\]{}]{1,200}")
DELTA_SYMBOL = re.compile(
    r"δ(?:\s?_?[HCFP](?![A-Za-z\d]|-\d{1,2}[a-z]?'{0,3}(?:-[A-Z]\w*)?(?![\d.])))?(?:\s?\(?ppm\)?)?"
)
"""A δ with its nucleus; ``δ H-3`` is a δ before the label of an atom."""
SHIFT_LIST = re.compile(r"\s?\d{1,3}\.\d{1,3}(?:\s?[,;/]\s?\d{1,3}\.\d{1,3}){1,200}\s?")
"""Several shifts and nothing else, as in brackets around a list."""
PLAIN_WORD = re.compile(r"[A-Z]?[a-z]{4,}\W{0,2}")
MAX_WORDS = 12
"""Most words outside brackets that belong to one shift or to a preamble; more are running prose."""
_ASSIGNMENT_WORDS = frozenset(
    (
        "allyl", "anti", "arom", "aromatic", "aromatics", "aryl", "ax", "benzyl", "br", "broad", "carbon",
        "carbons", "cis", "diastereomer", "endo", "eq", "exch", "exchangeable", "exo", "four", "ipso",
        "isomer", "major", "meta", "methine", "methyl", "methylene", "minor", "mixture", "not", "obscured",
        "observed", "olefinic", "ortho", "overlap", "overlapped", "overlapping", "para", "peak", "peaks",
        "phenyl", "quaternary", "rotamer", "rotamers", "signal", "signals", "solvent", "syn", "three",
        "trans", "two", "vinyl", "with",
    )
)  # fmt: skip
"""Words of assignments that are not labels."""
_LABEL = re.compile(r"[A-Za-z\d'\"*#=≡αβγδωπ.+^→·>|-]*[A-Z\dαβγδωπ][A-Za-z\d'\"*#=≡αβγδωπ.+^→·>|-]*")
_MAX_WORD_LENGTH = 60


def is_attribute(word: str) -> bool:
    """Whether a word is a multiplicity or a number of protons."""
    return re.fullmatch(r"\d{1,3}H\.?", word) is not None or multiplicity_of(word) != ""


def is_label(word: str) -> bool:
    """Whether a word can be the name of an atom or of a group."""
    if word.lower().strip(".-'") in _ASSIGNMENT_WORDS:
        return True
    return len(word) <= _MAX_WORD_LENGTH and _LABEL.fullmatch(word) is not None and not PLAIN_WORD.fullmatch(word)
