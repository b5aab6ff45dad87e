"""The paper's tables 1 to 3 beside our figures, and the table of runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean

from specmol_core.matchnet.reproduction.figures import (
    FULL_MODEL,
    FULL_PROTOCOL,
    METRICS,
    PAPER_SEEDS,
    SYSTEMS,
    TABLE_1,
    TABLE_2,
    TABLE_3,
    TABLES,
    TITLES,
    UNTRAINED_SYSTEMS,
    VARIANT_LETTERS,
)
from specmol_core.matchnet.reproduction.page_numbers import (
    NOT_RUN,
    escape_text,
    format_duration,
    format_range,
    format_share,
    interval,
    markdown_table,
    round_half_up,
)
from specmol_core.matchnet.reproduction.results import TrainingRecord
from specmol_core.matchnet.reproduction.summary import MetricSummary, SystemSummary

__all__ = ["HEADINGS", "Summaries", "cost_table", "performance_tables", "run_table", "variant_tables"]

Summaries = Mapping[str, SystemSummary]
HEADINGS = {
    "test_diff": "Test_diff: false candidates unlike the truth",
    "test_rand": "Test_rand: false candidates at random",
    "test_sim": "Test_sim: false candidates that resemble the truth (not in the paper)",
}
_NAMES = {"auc": "AUC", "precision": "Precision", "recall": "Recall", "f1": "F1", "accuracy": "Accuracy"}
_TABLE_1_SYSTEMS = [
    *(name for name in SYSTEMS if name not in VARIANT_LETTERS),
    FULL_MODEL,
    *UNTRAINED_SYSTEMS,
]
"""Rows of Table 1: the baselines, the full model, and the systems without training."""
_FULL_IMAGE_ROWS = 256
"""Rows of a whole image."""


def performance_tables(summaries: Summaries) -> list[str]:
    """Return Table 1 with one part for each pair table; cells are ours (the paper's)."""
    lines: list[str] = []
    for table in TABLES:
        header = ["System", "AUC", "95 % interval", *(_NAMES[m] for m in METRICS[1:])]
        rows = [_performance_cells(name, table, summaries.get(name)) for name in _TABLE_1_SYSTEMS]
        lines += [f"### {HEADINGS[table]}", "", *_pair_count_lines(table, summaries), *markdown_table(header, rows), ""]
    return lines


def variant_tables(summaries: Summaries) -> list[str]:
    """Return Table 2: our row (mean ± standard deviation over seeds) above the paper's."""
    lines: list[str] = []
    for table in TABLES:
        rows = []
        for name, letter in VARIANT_LETTERS.items():
            rows.append(_variant_cells(letter, table, summaries.get(name)))
            if printed := TABLE_2[name].get(table):
                rows.append(["", "paper", str(PAPER_SEEDS), *(str(printed[m]) for m in METRICS)])
        header = ["Model", "Source", "Seeds", *(_NAMES[m] for m in METRICS)]
        lines += [f"### {HEADINGS[table]}", "", *markdown_table(header, rows), ""]
    return lines


def cost_table(summaries: Summaries) -> list[str]:
    """Return Table 3: ours (the paper's), and the baselines, whose cost the paper does not give."""
    header = ["Model", "Trainable (M)", "Frozen (M)", "Total (M)", "ms per batch", "Peak memory (MB)", "Measured on"]
    names = [*VARIANT_LETTERS, *(name for name in SYSTEMS if name not in VARIANT_LETTERS)]
    return markdown_table(header, [_cost_cells(name, summaries.get(name)) for name in names])


def run_table(summaries: Summaries) -> list[str]:
    """Return the table of runs: data, epochs, seeds, backbone and settings of each system."""
    header = ["System", "Training molecules", "Validation molecules", "Epochs", "Seeds", "Backbone"]
    header += ["Pretraining images", "Batch", "Learning rate, schedule", "Time"]
    return markdown_table(header, [_run_cells(name, summaries.get(name)) for name in SYSTEMS])


def _pair_count_lines(table: str, summaries: Summaries) -> list[str]:
    counts = [s.pairs[table] for s in summaries.values() if table in s.pairs]
    return [f"{format_range(counts)} pairs.", ""] if counts else []


def _performance_cells(name: str, table: str, summary: SystemSummary | None) -> list[str]:
    figures = summary.tables.get(table, {}) if summary else {}
    printed = TABLE_1.get(name, {}).get(table, {})
    marks = f" {summary.marks}" if summary and summary.marks else ""
    cells = []
    for metric in METRICS:
        # The AUC has four digits, because some systems differ from 1 in the fourth digit only.
        ours = format_share(figures[metric].mean, 4 if metric == "auc" else 3) + marks if metric in figures else NOT_RUN
        cells.append(f"{ours} ({printed[metric]})" if metric in printed else ours)
    ends = figures["auc"].interval if "auc" in figures else None
    title = f"*{TITLES[name]}*" if name in UNTRAINED_SYSTEMS else TITLES[name]
    return [title, cells[0], interval(ends, 4) if ends else NOT_RUN, *cells[1:]]


def _variant_cells(letter: str, table: str, summary: SystemSummary | None) -> list[str]:
    figures = summary.tables.get(table, {}) if summary else {}
    if summary is None or not figures:
        return [f"**{letter}**", "ours", *[NOT_RUN] * (1 + len(METRICS))]
    marks = f" {summary.marks}" if summary.marks else ""
    cells = [_mean_and_deviation(figures[m]) + marks if m in figures else NOT_RUN for m in METRICS]
    return [f"**{letter}**", "ours", str(figures["auc"].seeds), *cells]


def _mean_and_deviation(figure: MetricSummary) -> str:
    mean = format_share(figure.mean, 3)
    return mean if figure.sd is None else f"{mean} ± {round_half_up(figure.sd, 3)}"


def _cost_cells(name: str, summary: SystemSummary | None) -> list[str]:
    printed = TABLE_3.get(name)
    title = f"**{VARIANT_LETTERS[name]}**" if name in VARIANT_LETTERS else TITLES[name]
    ours = summary.costs if summary else ()
    millions = (
        [round_half_up(n / 1e6, 3) for n in (ours[0].trainable, ours[0].frozen, ours[0].total)]
        if ours
        else [NOT_RUN] * 3
    )
    times = [c.ms_per_batch for c in ours if c.ms_per_batch is not None]
    peaks = [c.peak_mb for c in ours if c.peak_mb is not None]
    cells = [millions[2], *(round_half_up(fmean(values), 2) if values else NOT_RUN for values in (times, peaks))]
    if printed:
        paper_cells = (
            round_half_up(printed.total_millions, 3),
            round_half_up(printed.ms_per_batch, 2),
            round_half_up(printed.peak_mb, 2),
        )
        cells = [f"{cell} ({paper})" for cell, paper in zip(cells, paper_cells, strict=True)]
    measured = dict.fromkeys(f"{escape_text(c.device)}, batches of {c.batch}" for c in ours)
    return [title, millions[0], millions[1], *cells, "; ".join(measured) or NOT_RUN]


def _run_cells(name: str, summary: SystemSummary | None) -> list[str]:
    protocol = FULL_PROTOCOL.seeds[name]
    if summary is None:
        unknown = [f"{NOT_RUN} of {n:,}" for n in (FULL_PROTOCOL.train, FULL_PROTOCOL.validation, FULL_PROTOCOL.epochs)]
        return [TITLES[name], *unknown, f"0 of {protocol}", *[NOT_RUN] * 5]
    runs = summary.trainings
    molecules = _molecules_cell([(t.train, t.train_all) for t in runs], FULL_PROTOCOL.train)
    validation = _molecules_cell([(t.validation, t.validation_all) for t in runs], FULL_PROTOCOL.validation)
    epochs = (
        f"{format_range(t.epochs for t in runs)} of {FULL_PROTOCOL.epochs} (best: "
        f"{format_range(t.best_epoch for t in runs)})"
    )
    backbones = dict.fromkeys(_backbone_cell(t) for t in runs)
    images = dict.fromkeys(f"{t.backbone.images:,}" if t.backbone.images else NOT_RUN for t in runs)
    batches = dict.fromkeys(_value_and_protocol(str(t.batch_size), str(FULL_PROTOCOL.batch_size)) for t in runs)
    rates = dict.fromkeys(
        _value_and_protocol(
            f"{t.learning_rate:g}, {escape_text(t.schedule)}",
            f"{FULL_PROTOCOL.learning_rate:g}, {FULL_PROTOCOL.schedule}",
        )
        for t in runs
    )
    return [
        TITLES[name],
        molecules,
        validation,
        epochs,
        f"{len(summary.seeds)} of {protocol}",
        *("; ".join(parts) for parts in (backbones, images, batches, rates)),
        format_duration(sum(t.seconds for t in runs)),
    ]


def _molecules_cell(counts: Sequence[tuple[int, int]], protocol: int) -> str:
    """Return the number of molecules used and that of the protocol, some of which lack spectra."""
    whole = " (all with spectra)" if all(used == usable for used, usable in counts) else ""
    return f"{format_range(used for used, _ in counts)} of {protocol:,}{whole}"


def _backbone_cell(training: TrainingRecord) -> str:
    backbone = training.backbone
    rows = "" if backbone.rows == _FULL_IMAGE_ROWS else f", {backbone.rows} of {_FULL_IMAGE_ROWS} rows"
    return f"{escape_text(backbone.name)}, {escape_text(backbone.trained_on)}{rows}"


def _value_and_protocol(ours: str, protocol: str) -> str:
    return ours if ours == protocol else f"{ours} (protocol: {protocol})"
