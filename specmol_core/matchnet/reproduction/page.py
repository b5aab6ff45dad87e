"""Reproduction page: the paper's tables and figure 4 beside our results."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from specmol_core.errors import DatasetError
from specmol_core.matchnet.reproduction.embedding import Embedding, read_embedding
from specmol_core.matchnet.reproduction.embedding_plot import draw_embeddings
from specmol_core.matchnet.reproduction.figures import (
    FULL_PROTOCOL,
    SOURCE,
    SYSTEMS,
    TITLES,
    UNTRAINED_SYSTEMS,
    VARIANT_LETTERS,
)
from specmol_core.matchnet.reproduction.page_comparison import comparison
from specmol_core.matchnet.reproduction.page_data import tables_csv, tables_json
from specmol_core.matchnet.reproduction.page_numbers import escape_text, join_names
from specmol_core.matchnet.reproduction.page_tables import (
    Summaries,
    cost_table,
    performance_tables,
    run_table,
    variant_tables,
)
from specmol_core.matchnet.reproduction.results import read_results
from specmol_core.matchnet.reproduction.summary import FEWER_SEEDS_MARK, OTHER_SETTINGS_MARK, SHORTER_MARK, summarise
from specmol_core.storage.atomic import atomic_write

__all__ = ["write_page"]

_HEADING = "Features before the output layer, by t-SNE"
_MARKS = {
    SHORTER_MARK: "fewer training molecules or epochs than in the protocol",
    FEWER_SEEDS_MARK: "fewer seeds than in the protocol",
    OTHER_SETTINGS_MARK: "batch size, learning rate or schedule differs from the protocol",
}


def write_page(folder: Path, page: Path | None = None) -> list[Path]:
    """Write the page, and its tables and plots into a folder; return the written files.

    The tables are ``tables.json`` and ``tables.csv``, the plots ``tsne.svg`` and ``tsne.png``.
    Systems without results have dashes. Without embeddings, the plots are omitted.

    Parameters
    ----------
    folder
        Folder of ``results/*.json``, and optionally of the embeddings ``tsne/<system>.csv`` and
        of ``remarks.md``, a text that is included in the page.
    page
        Path of the page; None writes ``reproduction.md`` into the folder.

    Returns
    -------
    The written files.

    Raises
    ------
    DatasetError
        If there is no result or a file is damaged, see ``read_results`` and ``read_embedding``.
    OutputError
        If a file cannot be written.
    """
    summaries = summarise(read_results(folder / "results"))
    embeddings = _embeddings(folder / "tsne")
    files: dict[str, bytes] = {
        "tables.json": tables_json(summaries).encode(),
        "tables.csv": tables_csv(summaries).encode(),
    }
    if embeddings:
        plotted = {TITLES[system]: embedding for system, embedding in embeddings.items()}
        files["tsne.svg"], files["tsne.png"] = draw_embeddings(plotted, _HEADING)
    page = folder / "reproduction.md" if page is None else page
    plot_path = PurePosixPath(Path(os.path.relpath(folder / "tsne.svg", page.parent)).as_posix())
    contents = {folder / name: content for name, content in files.items()}
    command_target = folder.as_posix() + ("" if page.parent == folder else f" --page {page.as_posix()}")
    contents[page] = _page(
        summaries, list(embeddings), plot_path, command_target, _remarks(folder / "remarks.md")
    ).encode()
    for path, content in contents.items():
        with atomic_write(path, "wb") as file:
            file.write(content)
    return list(contents)


def _remarks(path: Path) -> list[str]:
    try:
        return ["## Remarks", "", path.read_text(encoding="utf-8").strip(), ""] if path.exists() else []
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(path, f"cannot be read ({error}); save it as UTF-8, or delete it") from None


def _embeddings(folder: Path) -> Mapping[str, Embedding]:
    """Return the embeddings by system: the variants in the order of Table 2, then the others."""
    order = [*VARIANT_LETTERS, *(name for name in SYSTEMS if name not in VARIANT_LETTERS)]
    paths = sorted(p for p in folder.glob("*.csv") if not p.name.startswith("."))
    for path in paths:
        if path.stem not in order:
            raise DatasetError(
                path, f"is not named after a system; rename it to one of {', '.join(order)}, or delete it"
            )
    return {path.stem: read_embedding(path) for path in sorted(paths, key=lambda p: order.index(p.stem))}


def _page(
    summaries: Summaries, plotted: list[str], plot_path: PurePosixPath, command_target: str, remarks: list[str]
) -> str:
    legend = _legend(summaries)
    lines = [
        *_introduction(plot_path.parent, command_target),
        "## Summary",
        "",
        *comparison(summaries),
        *remarks,
        "## Table 1: all systems",
        "",
        "Each cell is *ours (the paper's)*; with several seeds, ours is the mean. The interval of the AUC is a "
        "bootstrap over the pairs; with several seeds, it also includes Student's t over the seeds.",
        "",
        *legend,
        *performance_tables(summaries),
        *_notes(summaries),
        "## Table 2: the variants",
        "",
        "Mean ± standard deviation over the seeds; a single seed has no deviation. A has a single GCN, no "
        "TransformerConv and plain CBAM; B has no TransformerConv; C has plain CBAM; D has a single GCN; *all* is the "
        "full model.",
        "",
        *legend,
        *variant_tables(summaries),
        "## Table 3: cost",
        "",
        "Each cell is *ours (the paper's)*. The paper timed its models on a server with NVIDIA RTX 4090 and gives the "
        "peak of GPU memory; times and memory are comparable only on similar hardware. ResNet blocks that pretraining "
        "leaves as the identity count as parameters, but take neither time nor memory.",
        "",
        *cost_table(summaries),
        "",
        *_figure(plotted, plot_path),
        *_what_was_run(summaries),
    ]
    return "\n".join(lines).rstrip() + "\n"


def _introduction(files: PurePosixPath, command_target: str) -> list[str]:
    return [
        "# Reproduction of the paper's tables",
        "",
        f"`specmol matchnet tables` trains SpecMol-MatchNet ({SOURCE}) and the paper's baselines, and "
        "evaluates them on "
        "the pairs of the paper's test tables: does this molecule match these spectra? The paper's spectra are not "
        "public; ours are simulated from predicted shifts. Compare the order of the systems and the differences "
        "between them, rather than the figures themselves.",
        "",
        f"All figures: [tables.csv]({files / 'tables.csv'}), [tables.json]({files / 'tables.json'}). This command "
        "makes the tables, the plot and this page from the result files in "
        f"[results]({files / 'results'}) and [tsne]({files / 'tsne'}):",
        "",
        "```sh",
        f"specmol matchnet tables --output {command_target}",
        "```",
        "",
    ]


def _legend(summaries: Summaries) -> list[str]:
    used = {mark for summary in summaries.values() for mark in summary.marks}
    parts = [f"{mark} {words}" for mark, words in _MARKS.items() if mark in used]
    return (
        [f"{'; '.join(parts)}: see [what was run](#what-was-run-in-full-and-what-was-shortened).", ""] if parts else []
    )


def _notes(summaries: Summaries) -> list[str]:
    untrained = [summaries[name] for name in UNTRAINED_SYSTEMS if name in summaries]
    if not untrained:
        return []
    heading = "Systems in italics are not trained on images. They show how much information the spectra hold:"
    return [
        heading,
        "",
        *(f"- *{TITLES[summary.system]}*: {escape_text(summary.note)}" for summary in untrained),
        "",
    ]


def _figure(plotted: list[str], plot_path: PurePosixPath) -> list[str]:
    lines = ["## Figure 4: embeddings of the pairs", ""]
    if not plotted:
        return [*lines, "Not drawn: there are no embeddings.", ""]
    missing = [name for name in VARIANT_LETTERS if name not in plotted]
    return [
        *lines,
        f"![{_HEADING}: true pairs blue, false pairs orange]({plot_path})",
        "",
        "Each panel has up to 1,000 pairs. t-SNE preserves neighbourhoods; its axes and the distances between groups "
        "have no meaning." + (f" Not drawn: {join_names(missing)}." if missing else ""),
        "",
    ]


def _commands(summaries: Summaries) -> list[str]:
    """Return the commands of the reproduction, with the settings of the first training."""
    training = next((t for summary in summaries.values() for t in summary.trainings), None)
    if training is None:
        return []
    limits = "" if training.train >= training.train_all else f" --limit {training.train}"
    limits += "" if training.validation >= training.validation_all else f" --limit-validation {training.validation}"
    images = max((t.backbone.images or 0 for s in summaries.values() for t in s.trainings), default=0)
    options = f"--epochs {training.epochs} --batch-size {training.batch_size} "
    options += f"--learning-rate {training.learning_rate:g} --schedule {training.schedule}"
    return [
        "These commands repeat the runs with the pair tables of the paper:",
        "",
        "```sh",
        "specmol matchnet dataset --shifts shifts.parquet --train train.csv.gz --validation validation.csv.gz \\",
        "    --test test_diff.csv.gz --test test_rand.csv.gz --test test_sim.csv.gz" + limits + " --output data.h5",
        "specmol matchnet tables data.h5 test_diff.csv.gz test_rand.csv.gz test_sim.csv.gz --shifts shifts.parquet \\",
        "    --exclude validation.csv.gz --imagenet resnet50.safetensors --output paper \\",
        f"    {options}" + (f" --images {images}" if images else ""),
        "```",
        "",
    ]


def _what_was_run(summaries: Summaries) -> list[str]:
    lines = [
        "## What was run in full and what was shortened",
        "",
        f"The protocol is that of the paper's section 4.3: {FULL_PROTOCOL.optimiser} at "
        f"{FULL_PROTOCOL.learning_rate:g}, batches of {FULL_PROTOCOL.batch_size}, {FULL_PROTOCOL.epochs} epochs, the "
        f"checkpoint with the best validation accuracy, {FULL_PROTOCOL.train:,} training and "
        f"{FULL_PROTOCOL.validation:,} validation molecules, and the seeds of the table.",
        "",
        *run_table(summaries),
        "",
        *_commands(summaries),
    ]
    runs = {name: summary for name, summary in summaries.items() if summary.trainings}
    if full := [name for name, summary in runs.items() if not summary.marks]:
        lines += [f"Run in full: {join_names(full)}.", ""]
    if still_improving := [n for n, s in runs.items() if any(t.best_epoch >= t.epochs for t in s.trainings)]:
        lines += [
            f"Still improving when training ended (the last epoch was the best): {join_names(still_improving)}.",
            "",
        ]
    if not_run := [name for name in SYSTEMS if name not in runs]:
        lines += [f"Not run: {join_names(not_run)}."]
    return lines
