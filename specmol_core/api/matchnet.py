"""Train and measure the paper's systems for comparison; part of ``specmol_core.api``."""

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
"""Ending of the names of systems that take images, and the width of these images (columns)."""
_EMBEDDED_TABLE = "test_rand"
_NOTES = {
    "alignment": ("simulated peak lists, aligned with the shifts that they were simulated from; no network, no images"),
    "alignment-256": "the same, with every peak rounded to one of 256 columns",
    "matchnet-x": "signals extracted from the traces as from measured spectra, and the shifts of the simulation",
    "matchnet-x-256": "the same, with signals extracted from images of 256 columns",
}
"""Notes of the systems without training, as in ``docs/reproduction/results``."""


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
    """Train and measure the paper's systems on one dataset, and return the files of the result page.

    ``output`` gets backbones, features, runs, one result file per run, and a page of all its result
    files. Existing results are not computed again, so a stopped run can be continued, and several calls
    can share one folder.

    Parameters
    ----------
    dataset
        Spectra for all systems, made by ``build_dataset``; without it, only the page is written.
    tables
        Test tables. The embeddings are drawn for the one named ``test_rand``.
    output
        Folder of the results.
    config
        Settings of the trainings.
    shifts
        Tables of shifts that the dataset was simulated from.
    exclude
        Further pair tables whose structures are excluded from the training of backbones: those of the
        validation.
    systems
        Systems to run. By default all, but ``resnet50-imagenet`` only if its weights are given.
    imagenet
        Weights of a ResNet-50 trained on photographs (first version, safetensors).
    page
        File of the page; ``reproduction.md`` in ``output`` if None.
    workers
        Number of processes that read spectra; 0 uses one per core.
    report
        Called with one line per result.

    Raises
    ------
    UsageError
        If a system is unknown, or an input that it needs is missing.
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
        raise UsageError("give test tables, and with --shifts the tables that the dataset was simulated from")
    config = config if config is not None else PaperConfig()
    known = (*SYSTEMS, *UNTRAINED_SYSTEMS)
    chosen = systems or [name for name in known if name != IMAGENET or imagenet is not None]
    for name in chosen:
        if name not in known:
            raise UsageError(f"unknown system {name!r}; choose from {', '.join(known)}")
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
    """The training runs in one folder."""

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
        """Measure cost and embedding of the first run of each system, if they are missing.

        This is done last, so that no training disturbs the measured times.
        """
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
