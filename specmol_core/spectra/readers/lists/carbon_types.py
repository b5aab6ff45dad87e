"""Numbers of hydrogens on carbons, as lists state them: CH2, signs of a DEPT or APT, multiplicities."""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["hydrogens_from_signs", "hydrogens_of_letter", "hydrogens_of_type", "sign_of"]

_TYPES = {
    **dict.fromkeys(("c", "cq", "c0", "qc", "q", "quat", "quaternary", "cquat", ">c<", "c=o"), (0,)),
    "ch": (1,), "ch1": (1,), "methine": (1,), "ch2": (2,), "methylene": (2,), "ch3": (3,), "methyl": (3,), "me": (3,),
    "ch/ch3": (1, 3), "ch,ch3": (1, 3), "ch3/ch": (1, 3), "c/ch2": (0, 2), "ch2/c": (0, 2),
    "0": (0,), "1": (1,), "2": (2,), "3": (3,),
}  # fmt: skip
_SIGNS = {
    **dict.fromkeys(("+", "(+)", "pos", "pos.", "positive", "up", "p"), 1),
    **dict.fromkeys(("-", "(-)", "neg", "neg.", "negative", "down", "n"), -1),
    **dict.fromkeys(("", "0", "o", "none", "null", "absent", "n.o.", "x", "/"), 0),
}
_LETTERS = ("s", "d", "t", "q")
_EVEN, _ODD = (0, 2), (1, 3)
_LOW_FIELD_PPM, _HIGH_FIELD_PPM = 150.0, 22.0
"""Shifts above which nearly all carbons have an even number of hydrogens, and below which nearly all have three."""


def hydrogens_of_type(word: str) -> tuple[int, ...]:
    """Return how many hydrogens a carbon of this type may have; empty for another word.

    >>> hydrogens_of_type("CH2"), hydrogens_of_type("Cq"), hydrogens_of_type("dd")
    ((2,), (0,), ())
    """
    return _TYPES.get(re.sub(r"[\s_]", "", word.lower()), ())


def hydrogens_of_letter(multiplicity: str) -> tuple[int, ...]:
    """Return the number of hydrogens on a carbon whose line they split: 1 for d; empty for other words.

    >>> hydrogens_of_letter("t"), hydrogens_of_letter("m")
    ((2,), ())
    """
    return (_LETTERS.index(multiplicity),) if multiplicity in _LETTERS else ()


def sign_of(word: str) -> int | None:
    """Return 1 or -1 for a line that points up or down, 0 for none, and None for another word.

    >>> sign_of("+"), sign_of("neg."), sign_of("CH2")
    (1, -1, None)
    """
    return _SIGNS.get(word.strip().lower())


def hydrogens_from_signs(signs: Sequence[int], shifts: Sequence[float], experiment: str = "") -> list[tuple[int, ...]]:
    """Return how many hydrogens each carbon may have, from the sign of its line in an edited spectrum.

    A DEPT shows CH and CH3 up and CH2 down, and no other carbon. An APT shows carbons with an even
    number of hydrogens on one side; that of carboxyl carbons and the other one of methyl groups
    tell which.

    Parameters
    ----------
    signs
        1, -1, or 0 where the line is missing.
    shifts
        Shift of each line (ppm).
    experiment
        Words that name it; a list without a name and with missing lines is that of a DEPT.

    Returns
    -------
    For each line its possible numbers of hydrogens; empty where nothing tells.

    Examples
    --------
    >>> hydrogens_from_signs([0, 1, -1], [170.1, 55.2, 30.1], "DEPT-135")
    [(0,), (1, 3), (2,)]
    """
    is_dept = "dept" in experiment.lower() and not re.search(r"dept.?q", experiment, re.IGNORECASE)
    if is_dept or (not experiment and 0 in signs):
        return [{0: (0,), 1: _ODD, -1: (2,)}[sign] for sign in signs]
    even = _sign_of_even(signs, shifts)
    if even == 0:
        return [()] * len(signs)
    return [() if sign == 0 else _EVEN if sign == even else _ODD for sign in signs]


def _sign_of_even(signs: Sequence[int], shifts: Sequence[float]) -> int:
    """Sign of carbons with an even number of hydrogens; 0 where nothing tells."""
    low_field = sum(sign for sign, ppm in zip(signs, shifts, strict=True) if ppm > _LOW_FIELD_PPM)
    high_field = sum(sign for sign, ppm in zip(signs, shifts, strict=True) if ppm < _HIGH_FIELD_PPM)
    balance = low_field - high_field
    return (balance > 0) - (balance < 0)
