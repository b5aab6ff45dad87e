"""Ranking of a million candidates from a cache of payloads and vectors."""

from __future__ import annotations

import shutil
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from measurement import Measurement
from numpy.typing import NDArray
from ranking import seconds_per_query
from setting import Setting

from specmol_core import __version__
from specmol_core.config import EmbedConfig, RankConfig
from specmol_core.matchnet.network.matcher import load_matcher
from specmol_core.molecules.library import open_library
from specmol_core.retrieval.cache.cache_file import write_cache
from specmol_core.retrieval.cache.columns import ColumnWriter, Counts, cache_columns
from specmol_core.retrieval.cache.manifest import Manifest
from specmol_core.retrieval.library_source import records_of_library

__all__ = ["measure"]

_BLOCK = 1 << 16
_SMILES, _FORMULA = "CC(=O)Nc1ccc(OCC)cc1", "C10H13NO2"
"""SMILES and formula of every candidate; only those at the top of a ranking are used."""


def measure(setting: Setting) -> list[Measurement]:
    count, queries = setting.size(1_000_000, 30_000), setting.size(8, 3)
    library = _library(setting.folder, count)
    setting.say(f"making a cache of {count:,} random vectors")
    cache = _cache(setting, library, count)
    command = [*setting.specmol, "rank", "--library", str(library), "--cache", str(cache), *setting.options]
    measurements = []
    try:
        for prefilter in (RankConfig.prefilter, 0):
            setting.say(f"ranking with --prefilter {prefilter}")
            scored = min(prefilter, count) or count
            first, each = seconds_per_query(setting, [*command, "--prefilter", str(prefilter)], queries, scored)
            option = f"--prefilter {prefilter}" + (" (the default)" if prefilter else " (all are scored)")
            what = f"Rank, {count:,} cached candidates, {option}"
            shown = f"specmol rank --queries queries.csv --library library.smi --prefilter {prefilter}"
            note = f"random vectors; loading and the first query took {first:.3g} s"
            # The target is for the default prefilter.
            target = 1.5 if prefilter else None
            measurements.append(Measurement(what, "s a query", tuple(each), shown, at_most=target, note=note))
    finally:
        cache.unlink()
    return measurements


def _library(folder: Path, count: int) -> Path:
    """Write the library of the cache; it is hashed but not parsed, because its cache exists."""
    path = folder / f"synthetic-{count}.smi"
    path.write_text("".join(f"{_SMILES} m{number}\n" for number in range(count)))
    return path


def _cache(setting: Setting, library: Path, count: int) -> Path:
    path, scratch = setting.folder / "synthetic.h5", setting.folder / "columns"
    matcher = load_matcher(setting.checkpoint, "cpu")
    config = EmbedConfig()
    records = records_of_library(open_library(library), config, matcher.parser)
    manifest = Manifest.of(records.origin, matcher, config, __version__)
    columns = cache_columns(matcher.joint_width)
    scratch.mkdir(exist_ok=True)
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, scratch)
        files: dict[str, Any] = {c.name: stack.enter_context(open(scratch / c.name, "w+b")) for c in columns}
        writer = ColumnWriter(columns, files)
        generator = np.random.default_rng(0)
        for first in range(0, count, _BLOCK):
            _append(writer, generator, range(first, min(first + _BLOCK, count)), matcher.match_width)
        write_cache(path, replace(manifest, counts=Counts(read=count, embedded=count)), writer)
    return path


def _append(writer: ColumnWriter, generator: np.random.Generator, numbers: range, width: int) -> None:
    rows = len(numbers)
    joint = generator.standard_normal((rows, writer.columns["joint"].width or 0), np.float32)
    match = _half(np.maximum(generator.standard_normal((rows, width), np.float32), 0))
    writer.append_bytes("payload", [row.tobytes() for row in match])
    writer.append("joint", _half(joint / np.linalg.norm(joint, axis=1, keepdims=True)))
    writer.append("index", list(numbers))
    writer.append("status", np.zeros(rows, np.uint8))
    writer.append("duplicate_of", np.full(rows, -1, np.int64))
    writer.append_texts("name", [f"m{number}" for number in numbers])
    writer.append_texts("smiles", [_SMILES] * rows)
    writer.append_texts("formula", [_FORMULA] * rows)
    for text in ("rejected_name", "rejected_reason"):
        writer.append_texts(text, [])


def _half(values: NDArray[np.float32]) -> NDArray[np.float16]:
    return values.astype(np.float16)
