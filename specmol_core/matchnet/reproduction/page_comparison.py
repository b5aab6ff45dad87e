"""Sentences that compare the full model with the other systems, generated from the figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from specmol_core.matchnet.reproduction.figures import (
    FULL_MODEL,
    SYSTEMS,
    TABLE_2,
    TABLES,
    UNTRAINED_SYSTEMS,
    VARIANT_LETTERS,
)
from specmol_core.matchnet.reproduction.page_numbers import (
    escape_text,
    format_range,
    format_share,
    interval,
    join_names,
    join_words,
)
from specmol_core.matchnet.reproduction.page_tables import HEADINGS, Summaries
from specmol_core.matchnet.reproduction.results import TrainingRecord
from specmol_core.matchnet.reproduction.summary import MetricSummary, SystemSummary, compare_intervals

__all__ = ["comparison"]

_BASELINES = tuple(name for name in SYSTEMS if name not in VARIANT_LETTERS)
_ABLATED = tuple(name for name in VARIANT_LETTERS if name != FULL_MODEL)


def comparison(summaries: Summaries) -> list[str]:
    """Return Markdown lines: the systems run, one item per pair table, and uneven comparisons."""
    lines = [_what_was_run(summaries), ""]
    full = summaries.get(FULL_MODEL)
    if full is None:
        return [*lines, "The full model was not run, so there is no comparison.", ""]
    lines += [
        f"- {_describe_table(table, full.tables[table]['auc'], summaries)}" for table in TABLES if table in full.tables
    ]
    caution = (
        "*Beats* and *is behind* mean that the 95 % intervals of the AUC do not overlap; otherwise there is no clear "
        "difference. This is conservative, because all systems are evaluated on the same pairs."
    )
    if single := [name for name in SYSTEMS if name in summaries and len(summaries[name].seeds) == 1]:
        caution += f" The interval of a single seed covers the choice of pairs, but not the seed: {join_names(single)}."
    return [*lines, "", caution, "", *_uneven_comparisons(full, summaries)]


def _what_was_run(summaries: Summaries) -> str:
    run = [name for name in SYSTEMS if name in summaries]
    text = (
        f"{len(run)} of the {len(SYSTEMS)} systems were run, in {sum(len(summaries[n].seeds) for n in run)} trainings."
    )
    missing = [name for name in (*SYSTEMS, *UNTRAINED_SYSTEMS) if name not in summaries]
    return f"{text} Not run: {join_names(missing)}." if missing else text


def _describe_table(table: str, full: MetricSummary, summaries: Summaries) -> str:
    """Return the comparison on one pair table."""
    facts = [f"95 % interval {interval(full.interval, 4)}"] if full.interval else []
    if printed := TABLE_2[FULL_MODEL].get(table):
        facts.append(f"the paper's {printed['auc']}")
    known = f" ({'; '.join(facts)})" if facts else ""
    sentences = [
        f"**{HEADINGS[table].partition(':')[0]}.** The full model reaches an AUC of "
        f"{format_share(full.mean, 4)}{known}."
    ]
    for group, kind in ((_BASELINES, "baselines"), (_ABLATED, "variants")):
        if comparison_text := _describe_comparisons(full, table, group, summaries):
            sentences.append(f"Of the {kind}, {comparison_text}.")
    if untrained := _aucs(UNTRAINED_SYSTEMS, table, summaries):
        sentences.append(f"For reference, systems without training: {_names_with_auc(untrained)}.")
    return " ".join(sentences)


def _describe_comparisons(full: MetricSummary, table: str, group: Sequence[str], summaries: Summaries) -> str:
    words = {1: "beats", 0: "shows no clear difference from", -1: "is behind"}
    figures = _aucs(group, table, summaries)
    parts = []
    for sign, word in words.items():
        if matching := {name: figure for name, figure in figures.items() if compare_intervals(full, figure) == sign}:
            parts.append(f"it {word} {_names_with_auc(matching)}")
    return "; ".join(parts)


def _aucs(names: Sequence[str], table: str, summaries: Summaries) -> dict[str, MetricSummary]:
    """Return the AUC of the systems that were run on a pair table."""
    run = {name: summaries[name].tables.get(table, {}) for name in names if name in summaries}
    return {name: figures["auc"] for name, figures in run.items() if "auc" in figures}


def _names_with_auc(figures: Mapping[str, MetricSummary]) -> str:
    return join_names(figures, {name: format_share(figure.mean, 4) for name, figure in figures.items()})


def _uneven_comparisons(full: SystemSummary, summaries: Summaries) -> list[str]:
    """Return a sentence on the systems whose training differs from that of the full model."""
    names = [n for n in SYSTEMS if n in summaries and _describe_training(summaries[n]) != _describe_training(full)]
    if not names:
        return []
    others = join_names(names, {name: _describe_training(summaries[name]) for name in names})
    return [
        f"Uneven comparisons: the full model was trained on {_describe_training(full)}. Trained differently: {others}.",
        "",
    ]


def _describe_training(summary: SystemSummary) -> str:
    runs = summary.trainings
    rates = join_words([f"{rate:g}" for rate in sorted({t.learning_rate for t in runs})])
    images = join_words(sorted({_describe_backbone(t) for t in runs}))
    return (
        f"{format_range(t.train for t in runs)} molecules for {format_range(t.epochs for t in runs)} "
        f"epochs, in batches of {format_range(t.batch_size for t in runs)}, with learning rate {rates} "
        f"({join_words(sorted({escape_text(t.schedule) for t in runs}))}) and a backbone pretrained on {images}"
    )


def _describe_backbone(training: TrainingRecord) -> str:
    backbone = training.backbone
    count = "" if backbone.images is None else f"{backbone.images:,} "
    return f"{count}{escape_text(backbone.trained_on)}"
