"""Feature store: size of an image on disk, and speed of reading an epoch."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from libraries import DRUG_LIKE, smiles_library
from measurement import Measurement
from setting import Setting
from torch import Tensor

from specmol_core.matchnet.config import TrainConfig
from specmol_core.matchnet.data.graph_table import GraphTable
from specmol_core.matchnet.features.store import FeatureStore, create_store
from specmol_core.matchnet.network.assembly import build
from specmol_core.matchnet.network.atoms import to_tensors
from specmol_core.matchnet.network.matcher import load_matcher
from specmol_core.matchnet.network.variants import VARIANTS
from specmol_core.matchnet.training.batches import FeatureReader
from specmol_core.matchnet.training.loss import contrastive_loss, match_loss
from specmol_core.matchnet.training.projected import encode_maps

__all__ = ["measure"]

_CHANNELS, _RANK = 2048, 256
_BATCH = TrainConfig.batch_size
_EPOCH_IMAGES = 100_000
"""Images of an epoch, for estimates."""


class _Layout(NamedTuple):
    name: str
    basis: Tensor | None
    grid: tuple[int, int]


class _Speeds(NamedTuple):
    """Speed of reading (images/s)."""

    disk: float
    mapped: float
    memory: float


def measure(setting: Setting) -> list[Measurement]:
    """Read stores of random maps in random batches: from the disk, from cached pages and from memory."""
    rounds = setting.size(5, 2)
    # More of the small maps are read, so that their epoch is not too short.
    counts = {"plain": setting.size(8192, 512), "store": setting.size(32_768, 2048)}
    matcher = load_matcher(setting.checkpoint, "cpu")
    grid = matcher.backbone.rows // 32, matcher.geometry.size // 32
    basis = torch.linalg.qr(torch.randn(_CHANNELS, _RANK, generator=torch.Generator().manual_seed(0)))[0]
    # The layouts alternate, so that other work on the machine affects both.
    plain, ours = _Layout("plain", None, (8, 8)), _Layout("store", basis, grid)
    speeds: dict[str, list[_Speeds]] = {plain.name: [], ours.name: []}
    sizes = {}
    try:
        for layout in (plain, ours):
            setting.say(f"writing {counts[layout.name]:,} maps, layout {layout.name}")
            sizes[layout.name] = _write(_store_path(setting, layout), layout, counts[layout.name])
        for turn in range(rounds):
            for layout in (plain, ours):
                speeds[layout.name].append(_read(_store_path(setting, layout), counts[layout.name], turn))
        step = _step_seconds(setting, ours, rounds)
    finally:
        for layout in (plain, ours):
            _store_path(setting, layout).unlink(missing_ok=True)
    return [*_sizes(sizes, grid), *_rates(speeds), *_epoch(speeds["store"], step)]


def _sizes(sizes: dict[str, float], grid: tuple[int, int]) -> list[Measurement]:
    note = f"{_RANK} x {grid[0]} x {grid[1]}, half precision; {_EPOCH_IMAGES:,} images {_gigabytes(sizes['store'])} GB"
    plain = f"2048 x 8 x 8, half precision; {_EPOCH_IMAGES:,} images {_gigabytes(sizes['plain'])} GB"
    return [
        Measurement("Feature store: an image", "KiB", (sizes["store"] / 1024,), note=note),
        Measurement("Whole maps, plain layout: an image", "KiB", (sizes["plain"] / 1024,), note=plain),
    ]


def _gigabytes(each: float) -> str:
    return f"{each * _EPOCH_IMAGES / 1e9:.3g}"


def _rates(speeds: dict[str, list[_Speeds]]) -> list[Measurement]:
    accesses = {
        "disk": "through the memory map, pages not in memory",
        "mapped": "through the memory map, pages in memory",
        "memory": "held in memory",
    }
    measurements = []
    for access, words in accesses.items():
        ours = [getattr(s, access) for s in speeds["store"]]
        plain = [getattr(s, access) for s in speeds["plain"]]
        ratios = tuple(a / b for a, b in zip(ours, plain, strict=True))
        note = f"{np.median(ratios):.3g} times the plain layout, which reads {np.median(plain):,.0f} in the same run"
        measurements.append(Measurement(f"Reading features, {words}", "images/s", tuple(ours), note=note))
    return measurements


def _epoch(speeds: list[_Speeds], step: tuple[float, ...]) -> list[Measurement]:
    images = 2 * _BATCH
    disk, mapped, memory = (100 * images / np.median(speed) / np.median(step) for speed in zip(*speeds, strict=True))
    what = f"A training step without reading, {_BATCH} true and {_BATCH} false pairs"
    note = f"reading adds {disk:.2g} % from the disk, {mapped:.2g} % from cached pages, {memory:.2g} % from memory"
    epoch = f"{_EPOCH_IMAGES / images * np.median(step):,.0f} s an epoch of {_EPOCH_IMAGES:,} images"
    rates = tuple(images / seconds for seconds in step)
    return [Measurement(what, "s", step, note=note), Measurement("The same as a rate", "images/s", rates, note=epoch)]


def _store_path(setting: Setting, layout: _Layout) -> Path:
    return setting.folder / f"features-{layout.name}.h5"


def _write(path: Path, layout: _Layout, count: int) -> float:
    """Write a store, and return the size of an image in it (bytes), without the common basis."""
    path.unlink(missing_ok=True)
    create_store(path, "benchmark", count, layout.basis, grid=layout.grid)
    generator = torch.Generator().manual_seed(0)
    with FeatureStore(path, writable=True) as store:
        for first in range(0, count, 64):
            keys = [hashlib.sha256(str(n).encode()).digest() for n in range(first, min(first + 64, count))]
            store.append(keys, torch.rand((len(keys), _CHANNELS, *layout.grid), generator=generator))
    basis = 0 if layout.basis is None else layout.basis.nbytes
    return (path.stat().st_size - basis) / count


def _read(path: Path, count: int, seed: int) -> _Speeds:
    """Read one epoch with each kind of access, in random order."""
    rows = np.arange(count).reshape(-1, 2)
    _evict(path)
    with FeatureStore(path) as store:
        mapped = FeatureReader(store, rows, torch.device("cpu"), 0.0)
        disk, warm = (_read_epoch_seconds(mapped, len(rows), seed) for _ in range(2))
        held = FeatureReader(store, rows, torch.device("cpu"), 1e9)
        return _Speeds(disk, warm, _read_epoch_seconds(held, len(rows), seed))


def _read_epoch_seconds(reader: FeatureReader, rows: int, seed: int) -> float:
    order = np.random.default_rng(seed).permutation(rows)
    began = time.perf_counter()
    for first in range(0, rows, _BATCH):
        reader.maps(order[first : first + _BATCH])
    return 2 * rows / (time.perf_counter() - began)


def _evict(path: Path) -> None:
    """Remove the pages of a file from the system's cache, if the system supports it."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _step_seconds(setting: Setting, layout: _Layout, rounds: int) -> tuple[float, ...]:
    """Times (s) of the forward and backward pass of a batch of drug-like molecules, each with a
    false pair."""
    network = build(VARIANTS["matchnet"]).train()
    optimiser = torch.optim.Adam(network.parameters(), TrainConfig.learning_rate, fused=True)
    lines = smiles_library(setting.folder, DRUG_LIKE, 2 * _BATCH).read_text().splitlines()
    graphs = GraphTable.of([line.split()[0] for line in lines])
    ids, width = torch.arange(2 * _BATCH), _CHANNELS if layout.basis is None else _RANK
    labels = (ids < _BATCH).float()
    h1, c13 = torch.rand((2, _BATCH, width, *layout.grid))

    def step() -> float:
        began = time.perf_counter()
        optimiser.zero_grad(set_to_none=True)
        vectors, embedded = encode_maps(network, h1, c13, layout.basis)
        molecules = network.encode_molecules(to_tensors(graphs.batch(ids.numpy()), "cpu"))
        loss = match_loss(network.match(molecules, torch.cat((vectors, vectors))), labels)
        joint = network.joint.embed_molecules(molecules)
        contrast = contrastive_loss(embedded, joint, ids[:_BATCH], ids, TrainConfig.temperature)
        (loss + TrainConfig.contrastive_weight * contrast).backward()
        optimiser.step()
        return time.perf_counter() - began

    step()
    return tuple(step() for _ in range(4 * rounds))
