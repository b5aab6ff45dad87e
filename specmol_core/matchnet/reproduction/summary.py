"""Results of a system over its seeds, and its deviations from the protocol."""

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
"""Marks of a figure that deviates from the protocol.

They are: fewer molecules or epochs; fewer seeds; another batch size, learning rate or schedule.
"""


@dataclass(frozen=True)
class MetricSummary:
    """Metric over the seeds of a system."""

    mean: float
    sd: float | None
    """Sample standard deviation; None for a single run."""
    seeds: int
    interval: tuple[float, float] | None = None
    """95 % interval, only for the AUC; see :func:`summarise`."""


@dataclass(frozen=True)
class SystemSummary:
    """Results of one system."""

    system: str
    note: str
    seeds: tuple[int, ...]
    """Seeds of its runs; empty for a system without training."""
    tables: Mapping[str, Mapping[str, MetricSummary]]
    """Summary by test table and metric."""
    pairs: Mapping[str, int]
    """Number of pairs of each test table, the smallest of the runs."""
    trainings: tuple[TrainingRecord, ...]
    costs: tuple[CostRecord, ...]

    @property
    def marks(self) -> str:
        """Marks of deviations from :data:`FULL_PROTOCOL`; empty for a full run."""
        if not self.trainings:
            return ""
        # A run on all molecules with spectra is complete, because the others cannot be used.
        shorter = any(t.epochs < FULL_PROTOCOL.epochs or t.train < t.train_all for t in self.trainings)
        fewer = len(self.seeds) < FULL_PROTOCOL.seeds[self.system]
        other = any(
            _settings(t) != (FULL_PROTOCOL.batch_size, FULL_PROTOCOL.learning_rate, FULL_PROTOCOL.schedule)
            for t in self.trainings
        )
        return SHORTER_MARK * shorter + FEWER_SEEDS_MARK * fewer + OTHER_SETTINGS_MARK * other


def summarise(results: Iterable[SystemResult]) -> dict[str, SystemSummary]:
    """Return the summaries by system, in the order of the results.

    The interval of the AUC combines two uncertainties in quadrature: that of the pairs, which is
    the mean of the runs' bootstrap intervals, and with several runs that of the seeds (Student's t
    of the mean). All runs use the same pairs, so more runs do not narrow the first one.
    """
    grouped: dict[str, list[SystemResult]] = {}
    for result in results:
        grouped.setdefault(result.system, []).append(result)
    return {system: _summary(system, runs) for system, runs in grouped.items()}


def compare_intervals(one: MetricSummary, other: MetricSummary) -> int:
    """Return 1 if ``one`` is clearly better, -1 if clearly worse, otherwise 0.

    The result is 0 if the 95 % intervals overlap or are unknown.

    Examples
    --------
    >>> low = MetricSummary(0.5, None, 1, (0.4, 0.6))
    >>> compare_intervals(MetricSummary(0.9, None, 1, (0.8, 1.0)), low)
    1
    """
    if one.interval is None or other.interval is None:
        return 0
    return (one.interval[0] > other.interval[1]) - (one.interval[1] < other.interval[0])


def _settings(training: TrainingRecord) -> tuple[int, float, str]:
    return training.batch_size, training.learning_rate, training.schedule


def _summary(system: str, runs: Sequence[SystemResult]) -> SystemSummary:
    names = list(dict.fromkeys(name for run in runs for name in run.tables))
    tables_by_name = {name: [run.tables[name] for run in runs if name in run.tables] for name in names}
    return SystemSummary(
        system,
        runs[0].note,
        tuple(run.seed for run in runs if run.seed is not None),
        {name: _figures(tables) for name, tables in tables_by_name.items()},
        {name: min(table.pairs for table in tables) for name, tables in tables_by_name.items()},
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
    seed_half_width = 0.0 if sd is None else float(stats.t.ppf(0.975, runs - 1)) * sd / math.sqrt(runs)
    below, above = (abs(mean - fmean(interval[end] for interval in intervals)) for end in (0, 1))
    low, high = mean - math.hypot(below, seed_half_width), mean + math.hypot(above, seed_half_width)
    return MetricSummary(mean, sd, runs, (max(low, 0.0), min(high, 1.0)))


def _sd(values: Sequence[float]) -> float | None:
    return stdev(values) if len(values) > 1 else None
