"""Results of one system over its seeds: mean, spread, interval, and in what its runs fall short of the paper's."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

from scipy import stats

from specmol_core.matchnet.reproduction.figures import FULL_PROTOCOL, METRICS
from specmol_core.matchnet.reproduction.results import CostRecord, SystemResult, TableFigures, TrainingRecord

__all__ = [
    "FEWER_SEEDS_MARK",
    "OTHER_SETTINGS_MARK",
    "SHORTER_MARK",
    "MetricSummary",
    "SystemSummary",
    "compare_intervals",
    "summarise",
]

SHORTER_MARK, FEWER_SEEDS_MARK, OTHER_SETTINGS_MARK = "†", "‡", "§"
"""Marks of a figure: fewer molecules or epochs, fewer seeds, another batch, learning rate or schedule than asked."""


@dataclass(frozen=True)
class MetricSummary:
    """A metric over the seeds."""

    mean: float
    sd: float | None
    """Sample standard deviation; None of a single run."""
    seeds: int
    interval: tuple[float, float] | None = None
    """95 %, of the AUC alone; see :func:`summarise`."""


@dataclass(frozen=True)
class SystemSummary:
    """One system that was run."""

    system: str
    note: str
    seeds: tuple[int, ...]
    """Empty of a system that is not trained."""
    tables: Mapping[str, Mapping[str, MetricSummary]]
    """Test table, metric."""
    pairs: Mapping[str, int]
    """Pairs of each test table, the least of the runs."""
    trainings: tuple[TrainingRecord, ...]
    costs: tuple[CostRecord, ...]

    @property
    def marks(self) -> str:
        """In what its runs fall short of :data:`FULL_PROTOCOL`; empty for a run in full."""
        if not self.trainings:
            return ""
        # Molecules without spectra cannot be trained on, so all that have some are a run in full.
        shorter = any(t.epochs < FULL_PROTOCOL.epochs or t.train < t.train_all for t in self.trainings)
        fewer = len(self.seeds) < FULL_PROTOCOL.seeds[self.system]
        other = any(
            _settings(t) != (FULL_PROTOCOL.batch_size, FULL_PROTOCOL.learning_rate, FULL_PROTOCOL.schedule)
            for t in self.trainings
        )
        return SHORTER_MARK * shorter + FEWER_SEEDS_MARK * fewer + OTHER_SETTINGS_MARK * other


def summarise(results: Iterable[SystemResult]) -> dict[str, SystemSummary]:
    """Summaries by system, in the order of the results.

    The interval of the AUC holds two uncertainties, added in quadrature: of the pairs (the mean of the runs' bootstrap
    intervals: all runs see the same pairs, so that more runs do not narrow it) and, of several runs, of the seeds
    (Student's t of the mean). That of a single run tells of the pairs alone.
    """
    grouped: dict[str, list[SystemResult]] = {}
    for result in results:
        grouped.setdefault(result.system, []).append(result)
    return {system: _summary(system, runs) for system, runs in grouped.items()}


def compare_intervals(one: MetricSummary, other: MetricSummary) -> int:
    """1 if ``one`` is clearly better, -1 if clearly worse, 0 where the 95 % intervals overlap or are not known."""
    if one.interval is None or other.interval is None:
        return 0
    return (one.interval[0] > other.interval[1]) - (one.interval[1] < other.interval[0])


def _settings(training: TrainingRecord) -> tuple[int, float, str]:
    return training.batch_size, training.learning_rate, training.schedule


def _summary(system: str, runs: Sequence[SystemResult]) -> SystemSummary:
    names = list(dict.fromkeys(name for run in runs for name in run.tables))
    of_table = {name: [run.tables[name] for run in runs if name in run.tables] for name in names}
    return SystemSummary(
        system,
        runs[0].note,
        tuple(run.seed for run in runs if run.seed is not None),
        {name: _figures(tables) for name, tables in of_table.items()},
        {name: min(table.pairs for table in tables) for name, tables in of_table.items()},
        tuple(run.training for run in runs if run.training is not None),
        tuple(run.cost for run in runs if run.cost is not None),
    )


def _figures(tables: Sequence[TableFigures]) -> dict[str, MetricSummary]:
    figures = {"auc": _auc(tables)}
    for metric in (*METRICS[1:], "calibration_error"):
        values = [v for table in tables if (v := table.metrics[metric]) is not None]
        if values:
            figures[metric] = MetricSummary(fmean(values), _sd(values), len(values))
    return figures


def _auc(tables: Sequence[TableFigures]) -> MetricSummary:
    values = [table.auc for table in tables]
    mean, sd, runs = fmean(values), _sd(values), len(values)
    intervals = [table.interval for table in tables if table.interval is not None]
    if len(intervals) < runs:
        return MetricSummary(mean, sd, runs)
    of_seeds = 0.0 if sd is None else float(stats.t.ppf(0.975, runs - 1)) * sd / math.sqrt(runs)
    below, above = (abs(mean - fmean(interval[end] for interval in intervals)) for end in (0, 1))
    low, high = mean - math.hypot(below, of_seeds), mean + math.hypot(above, of_seeds)
    return MetricSummary(mean, sd, runs, (max(low, 0.0), min(high, 1.0)))


def _sd(values: Sequence[float]) -> float | None:
    return stdev(values) if len(values) > 1 else None
