"""Parse the numbers of a JCAMP-DX table, with their pseudo-digits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from specmol_core.runtime.compiled import compiled_exactly
from specmol_core.spectra.readers.source import RefusedError

__all__ = ["DIF", "DIGIT", "DUP", "SIGN", "Tokens", "plain_tokens", "tokenise"]

_MAX_NUMBER_LENGTH = 40
"""Most characters of a number."""
_MAX_EXACT_DIGITS, _MAX_EXACT_POWER = 15, 22
"""Most digits and largest power of ten for which both are exact, so that one operation rounds
correctly."""
_POWERS = 10.0 ** np.arange(_MAX_EXACT_POWER + 1)
"""Powers of ten."""

SEPARATOR, NEWLINE, DIGIT, SIGN, SQZ, DIF, DUP, EXPONENT, INVALID = range(9)
"""Classes of bytes."""
_ZERO = ord("0")


def _tables() -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]:
    """Class, digit and sign (0 or "-") of each byte, all (256,)."""
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
    """The numbers of some lines; all arrays are (n,)."""

    values: NDArray[np.float64]
    kinds: NDArray[np.uint8]
    """Class of the first byte: DIGIT, SIGN, SQZ, DIF or DUP."""
    lines: NDArray[np.int64]
    """Line in the file, from 1."""


def tokenise(chunk: bytes, first_line: int) -> Tokens:
    """Parse the numbers of some lines.

    Parameters
    ----------
    chunk
        Bytes of whole lines.
    first_line
        Number of the first line in the file.

    Raises
    ------
    RefusedError
        If a character is not of the format, or a word is not a number.

    Examples
    --------
    >>> tokenise(b"99I8j", first_line=1).values.tolist()
    [99.0, 98.0, -1.0]
    """
    raw = np.frombuffer(chunk, dtype=np.uint8)
    values, kinds, lines = np.empty(len(raw)), np.empty(len(raw), np.uint8), np.empty(len(raw), np.int64)
    count = _scan(raw, first_line, values, kinds, lines)
    if count < 0:
        return plain_tokens(raw, first_line)
    return Tokens(values[:count].copy(), kinds[:count].copy(), lines[:count].copy())


def plain_tokens(raw: NDArray[np.uint8], first_line: int) -> Tokens:
    """The same as ``tokenise`` in numpy and Python, for any number that Python parses.

    Pseudo-digits are replaced by digits, then all words are converted.
    """
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
    characters = wide.ravel()
    words = characters[characters != 0].tobytes().split()
    token_lines = lines[starts]
    if len(words) and len(longest := max(words, key=len)) > _MAX_NUMBER_LENGTH:
        raise RefusedError(
            f"line {token_lines[words.index(longest)]}: a number of {len(longest)} digits is too long; "
            "export the spectrum again"
        )
    try:
        values = np.array(list(map(float, words)), dtype=np.float64)
    except ValueError:
        raise _malformed(words, token_lines) from None
    if not np.isfinite(values).all():
        raise RefusedError(
            f"line {token_lines[~np.isfinite(values)][0]}: a value is too large; export the spectrum again"
        )
    return Tokens(values, np.where(kind[starts] == EXPONENT, DIGIT, kind[starts]).astype(np.uint8), token_lines)


def _mark_exponents(raw: NDArray[np.uint8], kind: NDArray[np.uint8]) -> None:
    """Mark the E of 1.5E+03, unlike the pseudo-digit E: after a number, and before a sign and a
    digit."""
    if len(raw) < 4:
        return
    letter = (raw | 0x20) == ord("e")
    at = np.flatnonzero(letter[1:-2] & (kind[:-3] == DIGIT) & (kind[2:-1] == SIGN) & (kind[3:] == DIGIT)) + 1
    kind[at] = EXPONENT
    kind[at + 1] = EXPONENT


def _malformed(words: list[bytes], token_lines: NDArray[np.int64]) -> RefusedError:
    for word, line in zip(words, token_lines, strict=True):
        try:
            float(word)
        except ValueError:
            return RefusedError(f"line {line}: {word.decode('latin-1')!r} is no number; export the spectrum again")
    return RefusedError("its table holds words that are not numbers: export the spectrum again")


@compiled_exactly
def _scan(
    raw: NDArray[np.uint8],
    line: int,
    values: NDArray[np.float64],
    kinds: NDArray[np.uint8],
    lines: NDArray[np.int64],
) -> int:
    """Write the numbers of these bytes to the arrays; return their count, or -1 if it needs
    ``plain_tokens``."""
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
    """End index and value of the number that begins here; index -1 if it needs ``plain_tokens``."""
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
        if digits > _MAX_EXACT_DIGITS:
            return -1, 0.0
        at += 1
    if exponent:
        at, power = _power(raw, at + 1)
    power -= decimals
    if at < 0 or not digits or abs(power) > _MAX_EXACT_POWER:
        return -1, 0.0
    value = mantissa * _POWERS[power] if power >= 0 else mantissa / _POWERS[-power]
    return at, -value if negative else value


@compiled_exactly
def _is_exponent(raw: NDArray[np.uint8], at: int) -> bool:
    """Whether this byte is the E of 1.5E+03: after a number, and before a sign and a digit."""
    return (
        (raw[at] | 0x20) == ord("e")
        and 0 < at < len(raw) - 2
        and _KIND_OF[raw[at - 1]] == DIGIT
        and _KIND_OF[raw[at + 1]] == SIGN
        and _KIND_OF[raw[at + 2]] == DIGIT
    )


@compiled_exactly
def _power(raw: NDArray[np.uint8], at: int) -> tuple[int, int]:
    """End index and value of the exponent that begins with this sign; -1 if it needs
    ``plain_tokens``."""
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
