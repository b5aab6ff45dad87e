"""The page of the reproduction: the paper's tables and figure 4 with ours beside them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from specmol_core.errors import DatasetError
from specmol_core.matchnet.reproduction.embedding import Embedding, read_embedding
from specmol_core.matchnet.reproduction.embedding_plot import draw_embeddings
from specmol_core.matchnet.reproduction.figures import ASKED, FIXED, LETTERS, SOURCE, SYSTEMS, TITLES
from specmol_core.matchnet.reproduction.page_comparison import comparison
from specmol_core.matchnet.reproduction.page_data import tables_csv, tables_json
from specmol_core.matchnet.reproduction.page_numbers import named, safe
from specmol_core.matchnet.reproduction.page_tables import (
    Summaries,
    cost_table,
    performance_tables,
    run_table,
    variant_tables,
)
from specmol_core.matchnet.reproduction.results import read_results
from specmol_core.matchnet.reproduction.summary import FEWER_SEEDS, OTHER_SETTINGS, SHORTER, summarise
from specmol_core.storage.atomic import atomic_write

__all__ = ["write_page"]

_HEADING = "Features before the output layer, by t-SNE"
_MARKS = {
    SHORTER: "trained on fewer molecules or for fewer epochs than asked",
    FEWER_SEEDS: "fewer seeds than asked",
    OTHER_SETTINGS: "another batch size, learning rate or schedule than asked",
}


def write_page(folder: Path, page: Path | None = None) -> list[Path]:
    """Write ``tables.json``, ``tables.csv``, ``tsne.svg`` and ``tsne.png`` into a folder, and the page.

    A folder that holds a part of the systems gives a page of this part, with dashes for the others; without
    embeddings there are no pictures.

    Parameters
    ----------
    folder
        Holds ``results/*.json``, if there are embeddings ``tsne/<system>.csv``, and what a person has to say about
        them, if anything, in ``remarks.md``.
    page
        Where the page goes; ``reproduction.md`` in the folder if None.

    Returns
    -------
    The written files.

    Raises
    ------
    DatasetError
        If there is no result, or a file is damaged; see ``read_results`` and ``read_embedding``.
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
        drawn = {TITLES[system]: embedding for system, embedding in embeddings.items()}
        files["tsne.svg"], files["tsne.png"] = draw_embeddings(drawn, _HEADING)
    page = folder / "reproduction.md" if page is None else page
    picture = PurePosixPath(Path(os.path.relpath(folder / "tsne.svg", page.parent)).as_posix())
    contents = {folder / name: content for name, content in files.items()}
    shown = folder.as_posix() + ("" if page.parent == folder else f" --page {page.as_posix()}")
    contents[page] = _page(summaries, list(embeddings), picture, shown, _remarks(folder / "remarks.md")).encode()
    for path, content in contents.items():
        with atomic_write(path, "wb") as file:
            file.write(content)
    return list(contents)


def _remarks(path: Path) -> list[str]:
    try:
        return ["## Remarks", "", path.read_text(encoding="utf-8").strip(), ""] if path.exists() else []
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(path, f"cannot be read ({error}); write it as UTF-8, or delete it") from None


def _embeddings(folder: Path) -> Mapping[str, Embedding]:
    """By system, the variants first, in the order of Table 2."""
    order = [*LETTERS, *(name for name in SYSTEMS if name not in LETTERS)]
    paths = sorted(p for p in folder.glob("*.csv") if not p.name.startswith("."))
    for path in paths:
        if path.stem not in order:
            raise DatasetError(path, f"is named after no system; name it after one of {', '.join(order)}, or delete it")
    return {path.stem: read_embedding(path) for path in sorted(paths, key=lambda p: order.index(p.stem))}


def _page(summaries: Summaries, drawn: list[str], picture: PurePosixPath, shown: str, remarks: list[str]) -> str:
    legend = _legend(summaries)
    lines = [
        *_introduction(picture.parent, shown),
        "## In short",
        "",
        *comparison(summaries),
        *remarks,
        "## Table 1: all systems",
        "",
        "Each cell is *ours (the paper's)*; of several seeds, ours is the mean. The interval is that of the AUC: over "
        "the pairs by a bootstrap and, of several seeds, also over the seeds by Student's t.",
        "",
        *legend,
        *performance_tables(summaries),
        *_notes(summaries),
        "## Table 2: the variants",
        "",
        "Mean ± standard deviation over the seeds; a single seed has none. A has a single GCN, no TransformerConv and "
        "the plain CBAM; B lacks the TransformerConv; C has the plain CBAM; D has a single GCN; *all* is the full "
        "model.",
        "",
        *legend,
        *variant_tables(summaries),
        "## Table 3: cost",
        "",
        "Each cell is *ours (the paper's)*. The paper timed its models on a server with NVIDIA RTX 4090 and gives the "
        "peak of GPU memory; times and memory compare only where the hardware does. A ResNet's blocks that pretraining "
        "leaves the identity count as parameters, and take neither time nor memory.",
        "",
        *cost_table(summaries),
        "",
        *_figure(drawn, picture),
        *_what_was_run(summaries),
    ]
    return "\n".join(lines).rstrip() + "\n"


def _introduction(files: PurePosixPath, shown: str) -> list[str]:
    return [
        "# The paper's tables, run again",
        "",
        f"SpecMol-MatchNet ({SOURCE}) and the systems that it is compared with, trained by `specmol evaluate paper` "
        "and asked about the pairs of its test tables: does this molecule belong to these spectra? The paper's spectra "
        "are not public; ours are simulated from predicted shifts. What can be compared is therefore the order of the "
        "systems and the distances between them, and less how high they stand.",
        "",
        f"All figures: [tables.csv]({files / 'tables.csv'}), [tables.json]({files / 'tables.json'}). Tables, figure "
        f"and page are made of the result files in [results]({files / 'results'}) and [tsne]({files / 'tsne'}):",
        "",
        "```sh",
        f"specmol evaluate paper --output {shown}",
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
    known = [summaries[name] for name in FIXED if name in summaries]
    if not known:
        return []
    heading = "In italics, what is not trained on pictures, and shows how much of the information a system uses:"
    return [heading, "", *(f"- *{TITLES[summary.system]}*: {safe(summary.note)}" for summary in known), ""]


def _figure(drawn: list[str], picture: PurePosixPath) -> list[str]:
    lines = ["## Figure 4: what the variants make of the pairs", ""]
    if not drawn:
        return [*lines, "Not drawn: there are no embeddings.", ""]
    missing = [name for name in LETTERS if name not in drawn]
    return [
        *lines,
        f"![{_HEADING}: true pairs blue, false pairs orange]({picture})",
        "",
        "Up to 1,000 pairs a panel. t-SNE keeps neighbours together; its axes and the distances between groups have no "
        "meaning." + (f" Not drawn: {named(missing)}." if missing else ""),
        "",
    ]


def _commands(summaries: Summaries) -> list[str]:
    """The command that runs all of this again; of runs with different settings, those of the first."""
    training = next((t for summary in summaries.values() for t in summary.trainings), None)
    if training is None:
        return []
    limits = "" if training.train >= training.train_all else f" --limit {training.train}"
    limits += "" if training.validation >= training.validation_all else f" --limit-validation {training.validation}"
    pictures = max((t.backbone.pictures or 0 for s in summaries.values() for t in s.trainings), default=0)
    options = f"--epochs {training.epochs} --batch-size {training.batch_size} "
    options += f"--learning-rate {training.learning_rate:g} --schedule {training.schedule}"
    return [
        "By these commands, with the pair tables of the paper:",
        "",
        "```sh",
        "specmol dataset --shifts shifts.parquet --train train.csv.gz --validation validation.csv.gz \\",
        "    --test test_diff.csv.gz --test test_rand.csv.gz --test test_sim.csv.gz" + limits + " --output data.h5",
        "specmol evaluate paper data.h5 test_diff.csv.gz test_rand.csv.gz test_sim.csv.gz --shifts shifts.parquet \\",
        "    --exclude validation.csv.gz --imagenet resnet50.safetensors --output paper \\",
        f"    {options}" + (f" --pictures {pictures}" if pictures else ""),
        "```",
        "",
    ]


def _what_was_run(summaries: Summaries) -> list[str]:
    lines = [
        "## What was run in full and what was shortened",
        "",
        f"Asked for: the protocol of the paper's section 4.3 ({ASKED.optimiser} at {ASKED.learning_rate:g}, batches of "
        f"{ASKED.batch_size}, {ASKED.epochs} epochs, the checkpoint of the best validation accuracy) on "
        f"{ASKED.train:,} training molecules and {ASKED.validation:,} for validation, and the seeds of the table.",
        "",
        *run_table(summaries),
        "",
        *_commands(summaries),
    ]
    runs = {name: summary for name, summary in summaries.items() if summary.trainings}
    if full := [name for name, summary in runs.items() if not summary.marks]:
        lines += [f"Run in full: {named(full)}.", ""]
    if learning := [n for n, s in runs.items() if any(t.best_epoch >= t.epochs for t in s.trainings)]:
        lines += [f"Still improving when training ended (the last epoch was the best): {named(learning)}.", ""]
    if absent := [name for name in SYSTEMS if name not in runs]:
        lines += [f"Not run: {named(absent)}."]
    return lines
