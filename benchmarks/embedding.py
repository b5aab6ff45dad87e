"""Embedding: molecules per second, and memory by the size of the library."""

from __future__ import annotations

from pathlib import Path

from libraries import DRUG_LIKE, LARGE, MEDIUM, SMALL, MoleculeKind, smiles_library
from measurement import Measurement
from processes import ProcessResult, run
from setting import Setting

__all__ = ["measure_memory", "measure_rate"]


def measure_rate(setting: Setting) -> list[Measurement]:
    return [
        *_rate(setting, SMALL, setting.size(20_000, 3000), "9 heavy atoms", 1500),
        *_rate(setting, DRUG_LIKE, setting.size(15_000, 3000), "drug-like, 22 to 28 heavy atoms", 800),
        *_rate(setting, LARGE, setting.size(5000, 1000), "61 to 100 heavy atoms", None),
    ]


def measure_memory(setting: Setting) -> list[Measurement]:
    counts = [10_000, 100_000] if setting.quick else [10_000, 100_000, 1_000_000]
    finished = []
    for count in counts:
        setting.say(f"making {count:,} molecules")
        library = smiles_library(setting.folder, MEDIUM, count)
        setting.say(f"embedding {count:,} molecules")
        finished.append(_embed(setting, library, count, memory=True))
    shown = "specmol embed library.smi"
    measurements = []
    for count, f in zip(counts, finished, strict=True):
        note = f"with its workers {f.tree_mb:,.0f} MB; took {f.seconds:,.0f} s, {count / f.seconds:,.0f} molecules/s"
        measurements.append(Measurement(f"Embedding {count:,} records: memory", "MB", (f.peak_mb,), shown, note=note))
    # Duplicates are found by keys of 25 bytes per molecule, so that memory grows a little.
    what = f"Memory for {counts[-1]:,} records, relative to {counts[0]:,} records"
    growth = finished[-1].peak_mb / max(finished[0].peak_mb, 1e-9)
    note = f"{finished[-1].tree_mb / max(finished[0].tree_mb, 1e-9):.3g} times with its workers"
    return [*measurements, Measurement(what, "times", (growth,), at_most=1.1, note=note)]


def _rate(setting: Setting, kind: MoleculeKind, count: int, words: str, target: float | None) -> list[Measurement]:
    single = smiles_library(setting.folder, kind, 1)
    library = smiles_library(setting.folder, kind, count)
    repeats = setting.size(3, 1)
    # A library of one molecule takes the time of imports, weights and cache file.
    start = min(_embed(setting, single, 1).seconds for _ in range(repeats))
    runs = [_embed(setting, library, count).seconds for _ in range(repeats)]
    what, shown = f"Embedding, {words}", f"specmol embed {library.name}"
    note = f"{count:,} molecules; without the start-up, which takes {start:.3g} s (one molecule)"
    rates = tuple(count / max(seconds - start, 1e-3) for seconds in runs)
    whole = tuple(count / seconds for seconds in runs)
    return [
        Measurement(what, "molecules/s", rates, shown, at_least=target, note=note),
        Measurement(
            f"{what}: whole command", "molecules/s", whole, shown, note=f"{count:,} molecules, start-up included"
        ),
    ]


def _embed(setting: Setting, library: Path, count: int, *, memory: bool = False) -> ProcessResult:
    cache = setting.folder / "embedded.h5"
    cache.unlink(missing_ok=True)
    command = [*setting.specmol, "embed", str(library), "--cache", str(cache), *setting.options]
    finished = run(command, setting.folder, memory=memory)
    if f"{count} embedded" not in finished.lines[-1]:
        raise RuntimeError(f"expected {count} embedded molecules, but: {finished.lines[-1]}")
    cache.unlink()
    return finished
