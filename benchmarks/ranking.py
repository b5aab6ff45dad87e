"""Ranking of a small library: the first query in a new process, and further queries of a batch."""

from __future__ import annotations

import json
import shutil
from itertools import pairwise

from libraries import DRUG_LIKE, sd_library
from measurement import Measurement
from processes import ProcessResult, run
from setting import Setting
from spectra import query_list, spectrum_pair

__all__ = ["measure_cold", "measure_warm", "seconds_per_query"]


def measure_cold(setting: Setting) -> list[Measurement]:
    count = setting.size(1000, 100)
    library = sd_library(setting.folder, DRUG_LIKE, count)
    h1, c13 = spectrum_pair(setting.folder, 0)
    command = [*setting.specmol, "rank", "--h1", str(h1), "--c13", str(c13), "--format", "json", *setting.options]
    shown = f"specmol rank --h1 h.png --c13 c.png --library {library.name}"

    def rank(*, use_cache: bool) -> ProcessResult:
        # The cache is beside the library, so that a run without cache needs a new folder.
        folder = setting.folder / "cold"
        if not use_cache:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            shutil.copy(library, folder)
        finished = run([*command, "--library", str(folder / library.name)], setting.folder, memory=True)
        _check(json.loads("\n".join(finished.lines)), count)
        return finished

    repeats = setting.size(5, 1)
    cold = [rank(use_cache=False) for _ in range(repeats)]
    cached = [rank(use_cache=True) for _ in range(repeats)]
    what = f"Rank, cold, {count:,} candidates in an SD file"
    memory = max(f.tree_mb for f in cold)
    note = f"without a cache; it writes one. Largest memory {memory:,.0f} MB, workers included"
    return [
        Measurement(what, "s", tuple(f.seconds for f in cold), shown, at_most=12, note=note),
        Measurement(f"{what}: processor time", "s", tuple(f.cpu_seconds for f in cold)),
        Measurement("The same, with the cache of the first run", "s", tuple(f.seconds for f in cached), shown),
    ]


def measure_warm(setting: Setting) -> list[Measurement]:
    count, queries = setting.size(1000, 100), setting.size(12, 3)
    library = sd_library(setting.folder, DRUG_LIKE, count)
    command = [*setting.specmol, "rank", "--library", str(library), "--no-cache", *setting.options]
    _, each = seconds_per_query(setting, command, queries, count)
    what = f"Rank, each further query of a batch, {count:,} candidates"
    shown = f"specmol rank --queries queries.csv --library {library.name}"
    note = f"time between two lines of the result; the second query took {each[0]:.3g} s"
    return [Measurement(what, "s", tuple(each), shown, at_most=0.5, note=note)]


def seconds_per_query(setting: Setting, command: list[str], queries: int, scored: int) -> tuple[float, list[float]]:
    """Time to the first line of the result of a batch, and times between the following lines (s).

    Raises
    ------
    RuntimeError
        If a query fails, or the number of scored candidates is not ``scored``.
    """
    finished = run([*command, "--queries", str(query_list(setting.folder, queries))], setting.folder)
    if len(finished.lines) != queries:
        raise RuntimeError(f"{queries} queries gave {len(finished.lines)} lines")
    for line in finished.lines:
        _check(json.loads(line), scored)
    arrivals = finished.arrivals
    return arrivals[0], [later - earlier for earlier, later in pairwise(arrivals)]


def _check(result: dict[str, object], scored: int) -> None:
    library = result.get("library")
    if not isinstance(library, dict) or library["scored"] != scored:
        raise RuntimeError(f"expected {scored} scored candidates, but the result is {result}"[:400])
