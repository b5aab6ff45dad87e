"""The paper's tables 1 to 3 with our figures beside the paper's, and what was run of what is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean

from specmol_core.matchnet.reproduction.figures import (
    ASKED,
    FIXED,
    FULL_MODEL,
    LETTERS,
    METRICS,
    PAPER_SEEDS,
    SYSTEMS,
    TABLE_1,
    TABLE_2,
    TABLE_3,
    TABLES,
    TITLES,
)
from specmol_core.matchnet.reproduction.page_numbers import (
    DASH,
    duration,
    interval,
    markdown_table,
    rounded,
    safe,
    share,
    span,
)
from specmol_core.matchnet.reproduction.results import Training
from specmol_core.matchnet.reproduction.summary import Figure, SystemSummary

__all__ = ["HEADINGS", "Summaries", "cost_table", "performance_tables", "run_table", "variant_tables"]

Summaries = Mapping[str, SystemSummary]
HEADINGS = {
    "test_diff": "Test_diff: false candidates unlike the truth",
    "test_rand": "Test_rand: false candidates at random",
    "test_sim": "Test_sim: false candidates that resemble the truth (not in the paper)",
}
_NAMES = {"auc": "AUC", "precision": "Precision", "recall": "Recall", "f1": "F1", "accuracy": "Accuracy"}
_COMPARED = [
    *(name for name in SYSTEMS if name not in LETTERS),
    FULL_MODEL,
    *FIXED,
]
"""Rows of Table 1: its baselines, the full model, and what needs no training."""
_ROWS = 256
"""Rows of a whole picture."""


def performance_tables(summaries: Summaries) -> list[str]:
    """Table 1, one part for each table of pairs: ours (the paper's)."""
    lines: list[str] = []
    for table in TABLES:
        header = ["System", "AUC", "95 % interval", *(_NAMES[m] for m in METRICS[1:])]
        rows = [_performance(name, table, summaries.get(name)) for name in _COMPARED]
        lines += [f"### {HEADINGS[table]}", "", *_counted(table, summaries), *markdown_table(header, rows), ""]
    return lines


def variant_tables(summaries: Summaries) -> list[str]:
    """Table 2: a row of ours (mean ± standard deviation over the seeds) above the paper's."""
    lines: list[str] = []
    for table in TABLES:
        rows = []
        for name, letter in LETTERS.items():
            rows.append(_variant(letter, table, summaries.get(name)))
            if printed := TABLE_2[name].get(table):
                rows.append(["", "paper", str(PAPER_SEEDS), *(str(printed[m]) for m in METRICS)])
        header = ["Model", "Whose", "Seeds", *(_NAMES[m] for m in METRICS)]
        lines += [f"### {HEADINGS[table]}", "", *markdown_table(header, rows), ""]
    return lines


def cost_table(summaries: Summaries) -> list[str]:
    """Table 3: ours (the paper's), and the baselines, whose cost the paper does not give."""
    header = ["Model", "Trainable (M)", "Frozen (M)", "Total (M)", "ms per batch", "Peak memory (MB)", "Measured on"]
    names = [*LETTERS, *(name for name in SYSTEMS if name not in LETTERS)]
    return markdown_table(header, [_cost(name, summaries.get(name)) for name in names])


def run_table(summaries: Summaries) -> list[str]:
    """What each system was trained on, run and asked."""
    header = ["System", "Training molecules", "Validation molecules", "Epochs", "Seeds", "Backbone"]
    header += ["Pictures it learnt from", "Batch", "Learning rate, schedule", "Time"]
    return markdown_table(header, [_run(name, summaries.get(name)) for name in SYSTEMS])


def _counted(table: str, summaries: Summaries) -> list[str]:
    counts = [s.pairs[table] for s in summaries.values() if table in s.pairs]
    return [f"{span(counts)} pairs.", ""] if counts else []


def _performance(name: str, table: str, summary: SystemSummary | None) -> list[str]:
    figures = summary.tables.get(table, {}) if summary else {}
    printed = TABLE_1.get(name, {}).get(table, {})
    marks = f" {summary.marks}" if summary and summary.marks else ""
    cells = []
    for metric in METRICS:
        # The AUC of some systems differs from 1 in the fourth digit only.
        ours = share(figures[metric].mean, 4 if metric == "auc" else 3) + marks if metric in figures else DASH
        cells.append(f"{ours} ({printed[metric]})" if metric in printed else ours)
    ends = figures["auc"].interval if "auc" in figures else None
    title = f"*{TITLES[name]}*" if name in FIXED else TITLES[name]
    return [title, cells[0], interval(ends, 4) if ends else DASH, *cells[1:]]


def _variant(letter: str, table: str, summary: SystemSummary | None) -> list[str]:
    figures = summary.tables.get(table, {}) if summary else {}
    if summary is None or not figures:
        return [f"**{letter}**", "ours", *[DASH] * (1 + len(METRICS))]
    marks = f" {summary.marks}" if summary.marks else ""
    cells = [_spread(figures[m]) + marks if m in figures else DASH for m in METRICS]
    return [f"**{letter}**", "ours", str(figures["auc"].seeds), *cells]


def _spread(figure: Figure) -> str:
    mean = share(figure.mean, 3)
    return mean if figure.sd is None else f"{mean} ± {rounded(figure.sd, 3)}"


def _cost(name: str, summary: SystemSummary | None) -> list[str]:
    printed = TABLE_3.get(name)
    title = f"**{LETTERS[name]}**" if name in LETTERS else TITLES[name]
    ours = summary.costs if summary else ()
    millions = [rounded(n / 1e6, 3) for n in (ours[0].trainable, ours[0].frozen, ours[0].total)] if ours else [DASH] * 3
    times = [c.ms_per_batch for c in ours if c.ms_per_batch is not None]
    peaks = [c.peak_mb for c in ours if c.peak_mb is not None]
    cells = [millions[2], *(rounded(fmean(values), 2) if values else DASH for values in (times, peaks))]
    if printed:
        theirs = rounded(printed.total_millions, 3), rounded(printed.ms_per_batch, 2), rounded(printed.peak_mb, 2)
        cells = [f"{cell} ({paper})" for cell, paper in zip(cells, theirs, strict=True)]
    measured = dict.fromkeys(f"{safe(c.device)}, batches of {c.batch}" for c in ours)
    return [title, millions[0], millions[1], *cells, "; ".join(measured) or DASH]


def _run(name: str, summary: SystemSummary | None) -> list[str]:
    asked = ASKED.seeds[name]
    if summary is None:
        unknown = [f"{DASH} of {n:,}" for n in (ASKED.train, ASKED.validation, ASKED.epochs)]
        return [TITLES[name], *unknown, f"0 of {asked}", *[DASH] * 5]
    runs = summary.trainings
    molecules = _of([(t.train, t.train_all) for t in runs], ASKED.train)
    validation = _of([(t.validation, t.validation_all) for t in runs], ASKED.validation)
    epochs = f"{span(t.epochs for t in runs)} of {ASKED.epochs} (best: {span(t.best_epoch for t in runs)})"
    backbones = dict.fromkeys(_backbone(t) for t in runs)
    pictures = dict.fromkeys(f"{t.backbone.pictures:,}" if t.backbone.pictures else DASH for t in runs)
    batches = dict.fromkeys(_asked(str(t.batch_size), str(ASKED.batch_size)) for t in runs)
    rates = dict.fromkeys(
        _asked(f"{t.learning_rate:g}, {safe(t.schedule)}", f"{ASKED.learning_rate:g}, {ASKED.schedule}") for t in runs
    )
    return [
        TITLES[name],
        molecules,
        validation,
        epochs,
        f"{len(summary.seeds)} of {asked}",
        *("; ".join(parts) for parts in (backbones, pictures, batches, rates)),
        duration(sum(t.seconds for t in runs)),
    ]


def _of(counts: Sequence[tuple[int, int]], asked: int) -> str:
    """Molecules that were used, of those asked for; fewer than these have spectra."""
    whole = " (all with spectra)" if all(used == usable for used, usable in counts) else ""
    return f"{span(used for used, _ in counts)} of {asked:,}{whole}"


def _backbone(training: Training) -> str:
    backbone = training.backbone
    rows = "" if backbone.rows == _ROWS else f", {backbone.rows} of {_ROWS} rows"
    return f"{safe(backbone.name)}, {safe(backbone.trained_on)}{rows}"


def _asked(ours: str, asked: str) -> str:
    return ours if ours == asked else f"{ours} (asked: {asked})"
