"""The numbers of a JCAMP-DX table, with their pseudo-digits: what each byte is, and what each word is worth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from specmol_core.runtime.compiled import compiled_exactly
from specmol_core.spectra.readers.source import RefusedError

__all__ = ["DIF", "DIGIT", "DUP", "SIGN", "Tokens", "plain_tokens", "tokenise"]

_LONGEST_NUMBER = 40
_MOST_DIGITS, _MOST_POWER = 15, 22
"""A number of so many digits, and so many decimal places, is one division of two exact numbers: correctly rounded."""
_POWERS = 10.0 ** np.arange(_MOST_POWER + 1)

SEPARATOR, NEWLINE, DIGIT, SIGN, SQZ, DIF, DUP, EXPONENT, INVALID = range(9)
_ZERO = ord("0")


def _tables() -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]:
    """Class of each byte, the digit that a pseudo-digit stands for, and its sign (0 or "-")."""
    kind = np.full(256, INVALID, dtype=np.uint8)
    digit = np.arange(256, dtype=np.uint8)
    sign = np.zeros(256, dtype=np.uint8)
    kind[list(b" \t,;\f\v\0\x1a")] = SEPARATOR
    kind[ord("\n")] = NEWLINE
    kind[list(b"0123456789.")] = DIGIT
    kind[list(b"+-")] = SIGN
    digit[list(b" \t,;\f\v\0\x1a\n")] = ord(" ")
    for letters, form, first in ((b"@ABCDEFGHI", SQZ, 0), (b"%JKLMNOPQR", DIF, 0), (b"STUVWXYZs", DUP, 1)):
        kind[list(letters)] = form
        digit[list(letters)] = np.arange(len(letters)) + _ZERO + first
    for letters, form in ((b"abcdefghi", SQZ), (b"jklmnopqr", DIF)):
        kind[list(letters)] = form
        digit[list(letters)] = np.arange(len(letters)) + _ZERO + 1
        sign[list(letters)] = ord("-")
    return kind, digit, sign


_KIND_OF, _DIGIT_OF, _SIGN_OF = _tables()


@dataclass(frozen=True)
class Tokens:
    """The numbers of some lines (n,)."""

    values: NDArray[np.float64]
    kinds: NDArray[np.uint8]
    lines: NDArray[np.int64]
    """Line in the file, from 1."""


def tokenise(chunk: bytes, first_line: int) -> Tokens:
    """Turn the bytes of some lines into numbers.

    Parameters
    ----------
    first_line
        Number of the first of these lines in the file.

    Raises
    ------
    RefusedError
        If a character is none of the format, or a word is no number.
    """
    raw = np.frombuffer(chunk, dtype=np.uint8)
    values, kinds, lines = np.empty(len(raw)), np.empty(len(raw), np.uint8), np.empty(len(raw), np.int64)
    count = _scan(raw, first_line, values, kinds, lines)
    if count < 0:
        return plain_tokens(raw, first_line)
    return Tokens(values[:count].copy(), kinds[:count].copy(), lines[:count].copy())


def plain_tokens(raw: NDArray[np.uint8], first_line: int) -> Tokens:
    """As ``tokenise``, for any number that Python reads: pseudo-digits become plain digits, then all are converted."""
    kind = _KIND_OF[raw]
    lines = first_line + np.cumsum(kind == NEWLINE, dtype=np.int64)
    if (bad := np.flatnonzero(kind == INVALID)).size:
        character = chr(raw[bad[0]])
        raise RefusedError(f"line {lines[bad[0]]}: {character!r} is no JCAMP-DX digit; export the spectrum again")
    _mark_exponents(raw, kind)
    within = np.isin(kind, (DIGIT, EXPONENT))
    previous = np.concatenate([[SEPARATOR], kind[:-1]])
    starts = np.isin(kind, (SIGN, SQZ, DIF, DUP)) | (within & np.isin(previous, (SEPARATOR, NEWLINE)))
    wide = np.zeros((len(raw), 3), dtype=np.uint8)
    wide[starts, 0] = ord(" ")
    pseudo = np.isin(kind, (SQZ, DIF, DUP))
    wide[pseudo, 1] = _SIGN_OF[raw[pseudo]]
    wide[:, 2] = np.where(pseudo | (kind <= NEWLINE), _DIGIT_OF[raw], raw)
    flat = wide.ravel()
    words = flat[flat != 0].tobytes().split()
    where = lines[starts]
    if len(words) and len(longest := max(words, key=len)) > _LONGEST_NUMBER:
        raise RefusedError(f"line {where[words.index(longest)]}: a number of {len(longest)} digits is none")
    try:
        values = np.array(list(map(float, words)), dtype=np.float64)
    except ValueError:
        raise _malformed(words, where) from None
    if not np.isfinite(values).all():
        raise RefusedError(f"line {where[~np.isfinite(values)][0]}: a value is too large; export the spectrum again")
    return Tokens(values, np.where(kind[starts] == EXPONENT, DIGIT, kind[starts]).astype(np.uint8), where)


def _mark_exponents(raw: NDArray[np.uint8], kind: NDArray[np.uint8]) -> None:
    """Tell the E of 1.5E+03 from the pseudo-digit E: a number before it, a sign and a digit after it."""
    if len(raw) < 4:
        return
    letter = (raw | 0x20) == ord("e")
    at = np.flatnonzero(letter[1:-2] & (kind[:-3] == DIGIT) & (kind[2:-1] == SIGN) & (kind[3:] == DIGIT)) + 1
    kind[at] = EXPONENT
    kind[at + 1] = EXPONENT


def _malformed(words: list[bytes], where: NDArray[np.int64]) -> RefusedError:
    for word, line in zip(words, where, strict=True):
        try:
            float(word)
        except ValueError:
            return RefusedError(f"line {line}: {word.decode('latin-1')!r} is no number; export the spectrum again")
    return RefusedError("its table holds words that are no numbers: export the spectrum again")


@compiled_exactly
def _scan(
    raw: NDArray[np.uint8],
    line: int,
    values: NDArray[np.float64],
    kinds: NDArray[np.uint8],
    lines: NDArray[np.int64],
) -> int:
    """Write the numbers of these bytes, and return how many they are; -1 where one must be read the plain way."""
    at = count = 0
    while at < len(raw):
        kind = _KIND_OF[raw[at]]
        if kind == INVALID:
            return -1
        if kind <= NEWLINE:
            line += kind == NEWLINE
            at += 1
            continue
        at, values[count] = _number(raw, at, kind)
        if at < 0:
            return -1
        kinds[count], lines[count] = kind, line
        count += 1
    return count


@compiled_exactly
def _number(raw: NDArray[np.uint8], at: int, kind: int) -> tuple[int, float]:
    """Where the number that begins here ends, and its value; -1 where it is unusual."""
    mantissa = digits = decimals = power = 0
    point = exponent = False
    negative = raw[at] == ord("-") or _SIGN_OF[raw[at]] != 0
    if kind != DIGIT:
        if kind != SIGN:
            mantissa, digits = int(_DIGIT_OF[raw[at]]) - _ZERO, 1
        at += 1
    while at < len(raw):
        if _KIND_OF[raw[at]] == DIGIT:
            if raw[at] == ord("."):
                if point:
                    return -1, 0.0
                point = True
            else:
                mantissa = 10 * mantissa + int(raw[at]) - _ZERO
                digits += 1
                decimals += point
        elif _is_exponent(raw, at):
            exponent = True
            break
        else:
            break
        if digits > _MOST_DIGITS:
            return -1, 0.0
        at += 1
    if exponent:
        at, power = _power(raw, at + 1)
    power -= decimals
    if at < 0 or not digits or abs(power) > _MOST_POWER:
        return -1, 0.0
    value = mantissa * _POWERS[power] if power >= 0 else mantissa / _POWERS[-power]
    return at, -value if negative else value


@compiled_exactly
def _is_exponent(raw: NDArray[np.uint8], at: int) -> bool:
    """Whether this byte is the E of 1.5E+03: a number before it, a sign and a digit after it."""
    return (
        (raw[at] | 0x20) == ord("e")
        and 0 < at < len(raw) - 2
        and _KIND_OF[raw[at - 1]] == DIGIT
        and _KIND_OF[raw[at + 1]] == SIGN
        and _KIND_OF[raw[at + 2]] == DIGIT
    )


@compiled_exactly
def _power(raw: NDArray[np.uint8], at: int) -> tuple[int, int]:
    """Where the exponent that begins with this sign ends, and its value; -1 where it is unusual."""
    negative, power = raw[at] == ord("-"), 0
    at += 1
    while at < len(raw) and _KIND_OF[raw[at]] == DIGIT:
        power = 10 * power + int(raw[at]) - _ZERO
        if raw[at] == ord(".") or power > 1000:
            return -1, 0
        at += 1
    if at < len(raw) and _is_exponent(raw, at):
        return -1, 0
    return at, -power if negative else power
