"""What the figures say, in sentences that are made from them: whom the full model beats, and whom it does not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from specmol_core.matchnet.reproduction.figures import FIXED, FULL_MODEL, LETTERS, SYSTEMS, TABLE_2, TABLES
from specmol_core.matchnet.reproduction.page_numbers import interval, joined, named, safe, share, span
from specmol_core.matchnet.reproduction.page_tables import HEADINGS, Summaries
from specmol_core.matchnet.reproduction.results import Training
from specmol_core.matchnet.reproduction.summary import Figure, SystemSummary, apart

__all__ = ["comparison"]

_BASELINES = tuple(name for name in SYSTEMS if name not in LETTERS)
_ABLATED = tuple(name for name in LETTERS if name != FULL_MODEL)


def comparison(summaries: Summaries) -> list[str]:
    """Lines of Markdown: what was run, one entry for each table of pairs, and which comparisons are uneven."""
    lines = [_what_was_run(summaries), ""]
    full = summaries.get(FULL_MODEL)
    if full is None:
        return [*lines, "The full model was not run, so that nothing can be compared with it.", ""]
    lines += [f"- {_on(table, full.tables[table]['auc'], summaries)}" for table in TABLES if table in full.tables]
    caution = (
        "*Beats* and *is behind* mean that the 95 % intervals of the AUC lie apart; where they overlap, there is no "
        "clear difference. That is cautious, because all systems are asked about the same pairs."
    )
    if single := [name for name in SYSTEMS if name in summaries and len(summaries[name].seeds) == 1]:
        caution += f" The interval of a single seed tells of the pairs alone, not of the seed: {named(single)}."
    return [*lines, "", caution, "", *_uneven(full, summaries)]


def _what_was_run(summaries: Summaries) -> str:
    run = [name for name in SYSTEMS if name in summaries]
    text = (
        f"{len(run)} of the {len(SYSTEMS)} systems were run, in {sum(len(summaries[n].seeds) for n in run)} trainings."
    )
    missing = [name for name in (*SYSTEMS, *FIXED) if name not in summaries]
    return f"{text} Not run: {named(missing)}." if missing else text


def _on(table: str, full: Figure, summaries: Summaries) -> str:
    """The verdict on one table of pairs."""
    facts = [f"95 % interval {interval(full.interval, 4)}"] if full.interval else []
    if printed := TABLE_2[FULL_MODEL].get(table):
        facts.append(f"the paper's {printed['auc']}")
    known = f" ({'; '.join(facts)})" if facts else ""
    sentences = [
        f"**{HEADINGS[table].partition(':')[0]}.** The full model reaches an AUC of {share(full.mean, 4)}{known}."
    ]
    for group, kind in ((_BASELINES, "baselines"), (_ABLATED, "variants")):
        if verdict := _verdict(full, table, group, summaries):
            sentences.append(f"Of the {kind}, {verdict}.")
    if fixed := _aucs(FIXED, table, summaries):
        sentences.append(f"Not trained here, and named for what the spectra hold: {_listed(fixed)}.")
    return " ".join(sentences)


def _verdict(full: Figure, table: str, group: Sequence[str], summaries: Summaries) -> str:
    words = {1: "beats", 0: "shows no clear difference from", -1: "is behind"}
    figures = _aucs(group, table, summaries)
    parts = []
    for sign, word in words.items():
        if found := {name: figure for name, figure in figures.items() if apart(full, figure) == sign}:
            parts.append(f"it {word} {_listed(found)}")
    return "; ".join(parts)


def _aucs(names: Sequence[str], table: str, summaries: Summaries) -> dict[str, Figure]:
    """AUC of those that were run on a table of pairs."""
    run = {name: summaries[name].tables.get(table, {}) for name in names if name in summaries}
    return {name: figures["auc"] for name, figures in run.items() if "auc" in figures}


def _listed(figures: Mapping[str, Figure]) -> str:
    return named(figures, {name: share(figure.mean, 4) for name, figure in figures.items()})


def _uneven(full: SystemSummary, summaries: Summaries) -> list[str]:
    """Systems that were not trained as the full model was, which a comparison has to allow for."""
    names = [n for n in SYSTEMS if n in summaries and _effort(summaries[n]) != _effort(full)]
    if not names:
        return []
    others = named(names, {name: _effort(summaries[name]) for name in names})
    return [f"Uneven comparisons: the full model was trained on {_effort(full)}, and not so {others}.", ""]


def _effort(summary: SystemSummary) -> str:
    runs = summary.trainings
    rates = joined([f"{rate:g}" for rate in sorted({t.learning_rate for t in runs})])
    pictures = joined(sorted({_pictures(t) for t in runs}))
    return (
        f"{span(t.train for t in runs)} molecules for {span(t.epochs for t in runs)} epochs, in batches of "
        f"{span(t.batch_size for t in runs)}, at {rates}, {joined(sorted({safe(t.schedule) for t in runs}))}, over a "
        f"backbone of {pictures}"
    )


def _pictures(training: Training) -> str:
    backbone = training.backbone
    count = "" if backbone.pictures is None else f"{backbone.pictures:,} "
    return f"{count}{safe(backbone.trained_on)}"
