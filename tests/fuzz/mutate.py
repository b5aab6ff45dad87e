"""Mutations of bytes, of text and of numbers in text."""

from __future__ import annotations

import random
import re
import zlib

__all__ = ["mutate"]

_NUMBERS = (
    b"0", b"-1", b"1", b"2", b"3", b"1e999", b"-1e308", b"1e-320", b"nan", b"inf", b"2147483648", b"-2147483649",
    b"4294967295", b"18446744073709551616", b"99999999999999999999999999", b"0.0000001", b"1e5", b"100000", b"4096",
    b"", b"\xd9\xa3", b"0x10", b"1_000", b"1,5",
)  # fmt: skip
_WORDS = (
    b"\0", b"\n", b"\r\n", b"\r", b'"', b"'", b",", b";", b"\t", b"<", b">", b"(", b")", b"##", b"$$", b"##END=\n",
    b"\xff\xfe", b"\xef\xbb\xbf", b"\xc3\x28", b"\xed\xa0\x80", b"1H NMR", b"13C NMR", b"ppm", b"Hz", b"$$$$\n",
    b"M  END\n", b"V3000", b"../../x", b"%s%n", b"=1+1", b"&amp;", b"<!ENTITY a 'b'>", b"]]>", b"\x1b[31m",
    b"\xe2\x80\xae",
)  # fmt: skip
_NUMBER = re.compile(rb"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")


def mutate(content: bytes, others: list[bytes], rng: random.Random) -> bytes:
    """Return ``content`` changed in one to six places; ``others`` are files of the same kind to splice from."""
    if rng.random() < 0.05:
        return rng.randbytes(rng.choice((0, 1, 7, 64, 5000)))
    for _ in range(rng.choice((1, 1, 1, 2, 2, 3, 6))):
        content = rng.choice(_STEPS)(content, others, rng)
    return content[: 8 << 20]


def _flip(content: bytes, others: list[bytes], rng: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(rng.choice((1, 1, 2, 8, 64))):
        if changed:
            changed[_place(changed, rng)] ^= 1 << rng.randrange(8)
    return bytes(changed)


def _byte(content: bytes, others: list[bytes], rng: random.Random) -> bytes:
    changed = bytearray(content)
    if changed:
        changed[_place(changed, rng)] = rng.choice((0, 1, 127, 128, 254, 255, rng.randrange(256)))
    return bytes(changed)


def _integer(content: bytes, others: list[bytes], rng: random.Random) -> bytes:
    """A binary number of two, four or eight bytes becomes an extreme one."""
    size, order = rng.choice((2, 4, 8)), rng.choice(("little", "big"))
    value = rng.choice(
        (0, 1, 2 ** (8 * size) - 1, 2 ** (8 * size - 1), 2 ** (8 * size - 1) - 1, rng.getrandbits(8 * size))
    )
    at = _place(content, rng)
    return content[:at] + value.to_bytes(size, order) + content[at + size :]  # type: ignore[arg-type]


def _cut(content: bytes, others: list[bytes], rng: random.Random) -> bytes:
    return content[: _place(content, rng)]


def _remove(content: bytes, others: list[bytes], rng: random.Random) -> bytes:
    at = _place(content, rng)
    return content[:at] + content[at + rng.choice((1, 2, 10, 100, 1000)) :]


def _repeat(content: bytes, others: list[bytes], rng: random.Random) -> bytes:
    at = _place(content, rng)
    part = content[at : at + rng.choice((1, 4, 30, 300))]
    return content[:at] + part * rng.choice((2, 3, 50, 2000)) + content[at:]


def _word(content: bytes, others: list[bytes], rng: random.Random) -> bytes:
    at = _place(content, rng)
    return content[:at] + rng.choice(_WORDS) * rng.choice((1, 1, 1, 40)) + content[at:]


def _number(content: bytes, others: list[bytes], rng: random.Random) -> bytes:
    """A number written in the first hundred thousand bytes becomes another."""
    found = list(_NUMBER.finditer(content, 0, 100_000))
    if not found:
        return _word(content, others, rng)
    match = rng.choice(found[:60] if rng.random() < 0.5 else found)
    new = rng.choice(_NUMBERS) if rng.random() < 0.8 else str(rng.randint(-(10**6), 10**6)).encode()
    return content[: match.start()] + new + content[match.end() :]


def _lines(content: bytes, others: list[bytes], rng: random.Random) -> bytes:
    """Lines change places, go, or come twice."""
    lines = content.split(b"\n")
    first, second = rng.randrange(len(lines)), rng.randrange(len(lines))
    how = rng.randrange(3)
    if how == 0:
        lines[first], lines[second] = lines[second], lines[first]
    elif how == 1:
        del lines[first : first + rng.choice((1, 1, 5))]
    else:
        lines[first:first] = [lines[second]] * rng.choice((1, 3, 200))
    return b"\n".join(lines)


def _splice(content: bytes, others: list[bytes], rng: random.Random) -> bytes:
    other = rng.choice(others)
    return content[: _place(content, rng)] + other[_place(other, rng) :]


_STEPS = (_flip, _byte, _integer, _cut, _remove, _repeat, _word, _number, _number, _number, _lines, _splice)


def _place(content: bytes | bytearray, rng: random.Random) -> int:
    """A position, in every other case near the beginning, where headers are."""
    if not content:
        return 0
    return rng.randrange(min(len(content), 4096) if rng.random() < 0.5 else len(content))


def png_sealed(content: bytes) -> bytes:
    """The PNG with right checksums of its chunks, so that the decoder reaches what they hold."""
    parts, at = [content[:8]], 8
    while at + 12 <= len(content):
        length = int.from_bytes(content[at : at + 4], "big")
        if at + 12 + length > len(content):
            break
        body = content[at + 4 : at + 8 + length]
        parts += [content[at : at + 4], body, zlib.crc32(body).to_bytes(4, "big")]
        at += 12 + length
    return b"".join(parts) + content[at:]
