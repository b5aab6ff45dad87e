"""The task that trains and measures the paper's systems beside each other; ``specmol_core.api`` offers it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from specmol_core.api.pairs import evaluate_pairs
from specmol_core.errors import UsageError
from specmol_core.matchnet.config import PaperConfig
from specmol_core.progress import ProgressFactory, no_progress
from specmol_core.runtime.packages import require_torch

if TYPE_CHECKING:
    from specmol_core.matchnet.reproduction.backbones import PaperBackbone
    from specmol_core.simulation.dataset.dataset import Dataset

__all__ = ["evaluate_paper"]

_IMAGE_SUFFIX, _IMAGE_COLUMNS = "-256", 256
"""Ending of the systems that read pictures, and the columns of these."""
_EMBEDDED_TABLE = "test_rand"
_NOTES = {
    "alignment": "the drawn peak lists against the shifts they were drawn from: no network, no pictures",
    "alignment-256": "the same with every peak rounded to one of 256 columns",
    "matchnet-x": "the traces, read as measured ones are, against the shifts they were drawn from",
    "matchnet-x-256": "the same from pictures of 256 columns",
}


def evaluate_paper(
    dataset: Path | None,
    tables: Sequence[Path],
    output: Path,
    config: PaperConfig | None = None,
    *,
    shifts: Sequence[Path] = (),
    exclude: Sequence[Path] = (),
    systems: Sequence[str] = (),
    imagenet: Path | None = None,
    page: Path | None = None,
    workers: int = 0,
    progress: ProgressFactory = no_progress,
    report: Callable[[str], None] = lambda line: None,
) -> list[Path]:
    """Train and measure the paper's systems on one dataset; returns the files of the page.

    ``output`` receives backbones, features, runs, one result file per run, and the page made of all result files that
    it holds. What is there already is not done again, so that a run that was stopped goes on, and several calls can
    share one folder.

    Parameters
    ----------
    dataset
        Spectra of all systems, made by ``build_dataset``; without one only the page is made.
    tables
        Test tables; one of them is called ``test_rand``, of which the embeddings are drawn.
    shifts
        Tables of shifts that the dataset was drawn from.
    exclude
        Pair tables beside ``tables`` whose structures no backbone may see: those of the validation.
    systems
        What to run; all where none is named, but for ``resnet50-imagenet`` where its weights are not given.
    imagenet
        Weights of a ResNet-50 trained on photographs (first version, safetensors).
    page
        Where the page goes; ``reproduction.md`` in ``output`` if None.
    workers
        Processes that read spectra; 0 takes one per core.
    report
        Hears one line for each result.

    Raises
    ------
    UsageError
        If a system is unknown, or needs what is not given.
    SpecmolError
        If a file is unusable or cannot be written.
    """
    require_torch("training and measuring the paper's systems")
    from specmol_core.matchnet.reproduction.backbones import IMAGENET
    from specmol_core.matchnet.reproduction.figures import FULL_PROTOCOL, SYSTEMS, UNTRAINED_SYSTEMS
    from specmol_core.matchnet.reproduction.page import write_page
    from specmol_core.matchnet.reproduction.result_files import run_name, write_result
    from specmol_core.simulation.dataset.dataset import open_dataset

    if dataset is None:
        return write_page(output, page)
    if not tables or not shifts:
        raise UsageError("the systems need test tables and, by --shifts, what the dataset was drawn from")
    config = config if config is not None else PaperConfig()
    known = (*SYSTEMS, *UNTRAINED_SYSTEMS)
    chosen = systems or [name for name in known if name != IMAGENET or imagenet is not None]
    for name in chosen:
        if name not in known:
            raise UsageError(f"no system is called {name!r}; they are {', '.join(known)}")
    results = output / "results"
    with open_dataset(dataset) as data:
        runs = _SystemRuns(data, tables, output, config, tuple(shifts), (*tables, *exclude), imagenet, progress, report)
        for system in (name for name in chosen if name in SYSTEMS):
            seeds = range(min(config.seeds, FULL_PROTOCOL.seeds[system]))
            runs.run(system, [s for s in seeds if not (results / f"{run_name(system, s)}.json").exists()])
        runs.measure([name for name in chosen if name in SYSTEMS])
    for name in (name for name in chosen if name in UNTRAINED_SYSTEMS and not (results / f"{name}.json").exists()):
        entries = evaluate_pairs(
            dataset,
            tables,
            shifts=shifts,
            image_columns=_IMAGE_COLUMNS if name.endswith(_IMAGE_SUFFIX) else 0,
            workers=workers,
            model=name.removesuffix(_IMAGE_SUFFIX),
            progress=progress,
        )
        write_result(output, _fixed_result(name, entries))
        report(_summary_line(name, {entry["table"]: entry for entry in entries}))
    return write_page(output, page)


class _SystemRuns:
    """The trainings in one folder."""

    def __init__(
        self,
        dataset: Dataset,
        tables: Sequence[Path],
        output: Path,
        config: PaperConfig,
        shifts: tuple[Path, ...],
        exclude: tuple[Path, ...],
        imagenet: Path | None,
        progress: ProgressFactory,
        report: Callable[[str], None],
    ) -> None:
        self.dataset, self.tables, self.output, self.config = dataset, tables, output, config
        self.shifts, self.exclude, self.imagenet = shifts, exclude, imagenet
        self.progress, self.report = progress, report
        self._backbones: dict[str, PaperBackbone] = {}

    def run(self, system: str, seeds: Sequence[int]) -> None:
        """Train a system with these seeds and write the result files."""
        from specmol_core.matchnet.reproduction.result_files import run_name, write_result
        from specmol_core.matchnet.reproduction.run import train_system
        from specmol_core.matchnet.training.progress import ProgressReporter

        for seed in seeds:
            backbone = self._backbone(system)
            with self.progress(run_name(system, seed)) as advance:
                record = train_system(
                    system,
                    seed,
                    self.dataset,
                    backbone,
                    self.tables,
                    self.output,
                    self.config,
                    ProgressReporter(advance),
                )
            write_result(self.output, record)
            self.report(_summary_line(run_name(system, seed), record["tables"]))

    def measure(self, systems: Sequence[str]) -> None:
        """Cost and embedding of the first run of each system, where they are missing: last, when nothing else runs."""
        from specmol_core.matchnet.reproduction.figures import TABLE_2
        from specmol_core.matchnet.reproduction.result_files import run_name, write_result
        from specmol_core.matchnet.reproduction.results import read_result
        from specmol_core.matchnet.reproduction.run import measure_cost, write_run_embedding
        from specmol_core.runtime.devices import resolve_device

        table = next((t for t in self.tables if t.name.split(".csv")[0] == _EMBEDDED_TABLE), None)
        for system in systems:
            path = self.output / "results" / f"{run_name(system, 0)}.json"
            run = self.output / "runs" / run_name(system, 0)
            if not path.exists() or not run.exists():
                continue
            if read_result(path).cost is None:
                record = json.loads(path.read_text(encoding="utf-8"))
                device = resolve_device(self.config.device)
                record["cost"] = measure_cost(system, self.dataset, self._backbone(system), run, device)
                write_result(self.output, record)
            embedding_path = self.output / "tsne" / f"{system}.csv"
            if system in TABLE_2 and table is not None and not embedding_path.exists():
                write_run_embedding(self.dataset, self._backbone(system), run, table, embedding_path)

    def _backbone(self, system: str) -> PaperBackbone:
        from specmol_core.matchnet.reproduction.backbones import paper_backbone

        if system not in self._backbones:
            with self.progress(f"{system}: backbone") as advance:
                self._backbones[system] = paper_backbone(
                    system,
                    self.dataset,
                    self.shifts,
                    self.exclude,
                    self.output,
                    self.config,
                    self.imagenet,
                    lambda what, done, total: advance(done, total),
                )
        return self._backbones[system]


def _fixed_result(name: str, entries: Sequence[dict[str, Any]]) -> dict[str, Any]:
    tables = {entry["table"]: {k: v for k, v in entry.items() if k != "table"} for entry in entries}
    return {"system": name, "seed": None, "note": _NOTES[name], "tables": tables}


def _summary_line(name: str, tables: dict[str, dict[str, Any]]) -> str:
    return f"{name}: " + ", ".join(f"{table} AUC {figures['auc']:.4f}" for table, figures in tables.items())
