"""What the figures say, in sentences that are made from them: whom the full model beats, and whom it does not."""

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
    """Lines of Markdown: what was run, one entry for each table of pairs, and which comparisons are uneven."""
    lines = [_what_was_run(summaries), ""]
    full = summaries.get(FULL_MODEL)
    if full is None:
        return [*lines, "The full model was not run, so that nothing can be compared with it.", ""]
    lines += [
        f"- {_describe_table(table, full.tables[table]['auc'], summaries)}" for table in TABLES if table in full.tables
    ]
    caution = (
        "*Beats* and *is behind* mean that the 95 % intervals of the AUC lie apart; where they overlap, there is no "
        "clear difference. That is cautious, because all systems are asked about the same pairs."
    )
    if single := [name for name in SYSTEMS if name in summaries and len(summaries[name].seeds) == 1]:
        caution += f" The interval of a single seed tells of the pairs alone, not of the seed: {join_names(single)}."
    return [*lines, "", caution, "", *_uneven_comparisons(full, summaries)]


def _what_was_run(summaries: Summaries) -> str:
    run = [name for name in SYSTEMS if name in summaries]
    text = (
        f"{len(run)} of the {len(SYSTEMS)} systems were run, in {sum(len(summaries[n].seeds) for n in run)} trainings."
    )
    missing = [name for name in (*SYSTEMS, *UNTRAINED_SYSTEMS) if name not in summaries]
    return f"{text} Not run: {join_names(missing)}." if missing else text


def _describe_table(table: str, full: MetricSummary, summaries: Summaries) -> str:
    """The verdict on one table of pairs."""
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
    if fixed := _aucs(UNTRAINED_SYSTEMS, table, summaries):
        sentences.append(f"Not trained here, and named for what the spectra hold: {_names_with_auc(fixed)}.")
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
    """AUC of those that were run on a table of pairs."""
    run = {name: summaries[name].tables.get(table, {}) for name in names if name in summaries}
    return {name: figures["auc"] for name, figures in run.items() if "auc" in figures}


def _names_with_auc(figures: Mapping[str, MetricSummary]) -> str:
    return join_names(figures, {name: format_share(figure.mean, 4) for name, figure in figures.items()})


def _uneven_comparisons(full: SystemSummary, summaries: Summaries) -> list[str]:
    """Systems that were not trained as the full model was, which a comparison has to allow for."""
    names = [n for n in SYSTEMS if n in summaries and _describe_training(summaries[n]) != _describe_training(full)]
    if not names:
        return []
    others = join_names(names, {name: _describe_training(summaries[name]) for name in names})
    return [f"Uneven comparisons: the full model was trained on {_describe_training(full)}, and not so {others}.", ""]


def _describe_training(summary: SystemSummary) -> str:
    runs = summary.trainings
    rates = join_words([f"{rate:g}" for rate in sorted({t.learning_rate for t in runs})])
    images = join_words(sorted({_describe_backbone(t) for t in runs}))
    return (
        f"{format_range(t.train for t in runs)} molecules for {format_range(t.epochs for t in runs)} "
        "epochs, in batches of "
        f"{format_range(t.batch_size for t in runs)}, at {rates}, "
        f"{join_words(sorted({escape_text(t.schedule) for t in runs}))}, over a "
        f"backbone of {images}"
    )


def _describe_backbone(training: TrainingRecord) -> str:
    backbone = training.backbone
    count = "" if backbone.images is None else f"{backbone.images:,} "
    return f"{count}{escape_text(backbone.trained_on)}"
