"""One mutated case of a target, made so that the mutation reaches what is behind checksums and compression."""

from __future__ import annotations

import copy
import gzip
import io
import json
import random
import re
import struct
import zipfile
import zlib
from typing import Any

from fuzz.mutate import mutate, png_sealed

__all__ = ["make_case"]

_ARCHIVES = ("array", "bruker", "bruker-fid", "magritek", "varian")
_VALUES: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    1e308,
    -1e308,
    1e-320,
    2**63,
    10**30,
    "",
    "x" * 300,
    [],
    {},
    [[]],
    [1e999],
    float("nan"),
)


def make_case(target: str, seeds: list[bytes], rng: random.Random) -> bytes:
    """Return a mutated seed; one in five is mutated as raw bytes, whatever its format."""
    content = rng.choice(seeds)
    if rng.random() < 0.2:
        return mutate(content, seeds, rng)
    if target in _ARCHIVES:
        return _archive(content, rng)
    if target in ("checkpoint", "torch-backbone", "torch-network"):
        return _json(content, rng)
    if target == "library-gz":
        return gzip.compress(mutate(gzip.decompress(content), [b"CCO\n"], rng), 1, mtime=0)
    if target == "nmrml":
        return _nmrml(content, seeds, rng)
    changed = mutate(content, seeds, rng)
    if target == "cache":
        return _cache_sealed(changed)
    return png_sealed(changed) if changed.startswith(b"\x89PNG") else changed


def _archive(content: bytes, rng: random.Random) -> bytes:
    """One member is mutated, mostly a small one: those hold the parameters."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    small = [name for name in members if len(members[name]) < 3000]
    name = rng.choice(small) if small and rng.random() < 0.7 else rng.choice(list(members))
    how = rng.random()
    if how < 0.05:
        del members[name]
    elif how < 0.1:
        members[rng.choice(("../" + name, "/" + name, name.upper(), name * 40, name + "/x", "\0"))] = members.pop(name)
    else:
        members[name] = mutate(members[name], list(members.values()), rng)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for key, value in members.items():
            archive.writestr(zipfile.ZipInfo(key), value)
    return stream.getvalue()


def _json(content: bytes, rng: random.Random) -> bytes:
    """Some values of a header, and of the JSON text inside it, become others."""
    header = json.loads(content)
    meta = header["__metadata__"]
    inner = json.loads(meta["specmol"])
    for _ in range(rng.choice((1, 1, 2, 4))):
        _replace(header if rng.random() < 0.2 else inner, rng)
    if isinstance(header.get("__metadata__"), dict):
        header["__metadata__"]["specmol"] = json.dumps(inner)
    return json.dumps(header).encode()


def _replace(values: Any, rng: random.Random) -> None:
    while True:
        keys = list(values) if isinstance(values, dict) else list(range(len(values)))
        if not keys:
            return
        key = rng.choice(keys)
        if isinstance(values[key], dict | list) and values[key] and rng.random() < 0.8:
            values = values[key]
            continue
        if rng.random() < 0.1:
            del values[key]
        else:
            old = values[key]
            scaled = [old * f for f in (-1, 0, 1e-9, 1e9, 1e150)] if isinstance(old, int | float) else []
            # A copy: a later change of this list or dictionary must not put it into itself.
            values[key] = copy.deepcopy(rng.choice([*_VALUES, *scaled]))
        return


def _nmrml(content: bytes, seeds: list[bytes], rng: random.Random) -> bytes:
    """The text is mutated, or the numbers inside a packed array."""
    match = re.search(rb'compressed="true"[^>]*>([A-Za-z0-9+/=]+)<', content)
    if match is None or rng.random() < 0.7:
        return mutate(content, seeds, rng)
    import base64

    raw = mutate(zlib.decompress(base64.b64decode(match[1])), seeds, rng)
    return content[: match.start(1)] + base64.b64encode(zlib.compress(raw)) + content[match.end(1) :]


def _cache_sealed(content: bytes) -> bytes:
    """The cache with a right checksum, as someone with bad intent would give it."""
    if len(content) < 4096:
        return content
    head = struct.pack("<16sQI", b"specmol cache\r\n\x1a", len(content), zlib.crc32(content[4096:]))
    head += struct.pack("<I", zlib.crc32(head))
    return head.ljust(4096, b"\0") + content[4096:]
