"""Rank candidates, embed a library, list the models."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from specmol_core.config import EmbedConfig, RankConfig
from specmol_core.options import LibraryOptions, ModelOptions, RankOptions, SpectrumOptions
from specmol_core.progress import ProgressFactory, no_progress
from specmol_core.queries import QueryFiles
from specmol_core.report.result import QueryResult
from specmol_core.retrieval.models import load_model
from specmol_core.session import Session

__all__ = ["EmbeddedLibrary", "embed", "models", "rank"]


@dataclass(frozen=True)
class EmbeddedLibrary:
    """Result of embedding a library."""

    cache: Path
    """File of the cache."""
    report: Path | None
    """File of the rejected records with their reasons; None if there are none."""
    read: int
    """Number of records."""
    embedded: int
    """Number of candidates."""
    duplicates: int
    """Number of records with the structure of an earlier record."""
    rejected: int
    """Number of records that are not valid candidates."""
    reused: bool
    """Whether the cache already existed."""


def rank(
    h1: Path | str | None,
    c13: Path | str | None,
    library: Path | str,
    ranking: RankOptions = RankOptions(),
    *,
    sample: Path | str | None = None,
    model: ModelOptions = ModelOptions(),
    spectra: SpectrumOptions = SpectrumOptions(),
    libraries: LibraryOptions = LibraryOptions(),
) -> QueryResult:
    """Rank the candidates of a library against one pair of spectra, either of which may be None.

    For several queries use one ``Session``, which loads the model and the library once.

    Parameters
    ----------
    h1, c13
        A file; or, as text, the path of a file, a list of shifts, or the sentence of an experimental
        section.
    library
        File of the candidates.
    ranking
        What is ranked, and how: number of candidates, constraints, refinement.
    sample
        A folder, an archive, a file or a text that holds the spectra that are not given, one of each nucleus.
    model
        The trained model.
    spectra
        How spectra are read.
    libraries
        How libraries are embedded, and their caches.

    Raises
    ------
    SpecmolError
        If a spectrum, the library, the model or a cache is unusable, or no spectrum is given.

    Examples
    --------
    >>> no_cache = LibraryOptions(use_cache=False)
    >>> result = rank(None, "examples/spectra/sample_c13.jdx", "examples/candidates.smi", libraries=no_cache)
    >>> best = result.candidates[0]
    >>> best.rank, best.name, best.formula
    (1, 'ethyl 4-methoxycinnamate', 'C12H14O3')
    """
    session = Session(ranking, model=model, spectra=spectra, libraries=libraries)
    return session.rank(QueryFiles.named_after_spectrum(h1, c13, sample), library)


def embed(
    library: Path | str,
    config: EmbedConfig | None = None,
    *,
    cache: Path | None = None,
    report: Path | None = None,
    force: bool = False,
    checkpoint: Path | None = None,
    model: str | None = None,
    device: str = RankConfig.device,
    progress: ProgressFactory = no_progress,
    warn: Callable[[str], None] = lambda text: None,
) -> EmbeddedLibrary:
    """Compute what the model needs of each candidate of a library, and keep it in a cache file.

    A run that was stopped continues where it was.

    Parameters
    ----------
    library
        File of the candidates.
    config
        Settings of embedding.
    cache
        File of the cache; None for the default path.
    report
        File of the rejected records; None for the default path.
    force
        Whether to replace an existing cache.
    checkpoint
        A trained model, in place of a shipped one.
    model
        Name of a shipped model.
    device
        Device of the model: ``auto``, ``cpu`` or ``cuda``.
    progress
        Called with the name of the task; returns a context whose value is called with the number done
        and the total.
    warn
        Called with each warning, one line.

    Raises
    ------
    LibraryError
        If the library is unreadable or has no valid candidate.
    CheckpointError
        If the model is unusable.
    CacheError
        If ``cache`` belongs to another library or model, and ``force`` is not set.
    OutputError
        If the cache or the report cannot be written.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import mkdtemp
    >>> embedded = embed("examples/candidates.smi", cache=Path(mkdtemp(), "candidates.h5"))
    >>> embedded.read, embedded.embedded, embedded.rejected
    (73, 73, 0)
    """
    from specmol_core.molecules.library import open_library
    from specmol_core.retrieval.embed import embed_library
    from specmol_core.retrieval.library_source import records_of_library

    settings = config if config is not None else EmbedConfig()
    source = open_library(library)
    with progress(f"embedding {library}") as advance:
        matcher = load_model(checkpoint, model, device)
        summary = embed_library(
            records_of_library(source, settings, matcher.parser),
            matcher,
            settings,
            cache=cache,
            report=report,
            force=force,
            progress=lambda counts: advance(counts.read, None),
            warn=warn,
        )
    counts = summary.counts
    return EmbeddedLibrary(
        summary.cache, summary.report, counts.read, counts.embedded, counts.duplicates, counts.rejected, summary.reused
    )


def models() -> list[dict[str, Any]]:
    """Return every model: its name, its numbers of parameters, and whether its weights are shipped.

    The keys are ``name``, ``trainable``, ``frozen``, ``total``, ``joint_space`` and ``shipped``. The
    numbers of the paper's networks are None if torch is not installed.

    Examples
    --------
    >>> [model["name"] for model in models() if model["shipped"]]
    ['matchnet-x', 'matchnet']
    """
    from specmol_core.errors import MissingPackageError
    from specmol_core.retrieval.models import MODELS, parameter_counts
    from specmol_core.shipped import shipped_weights

    folder = shipped_weights()
    unknown = dict.fromkeys(("trainable", "frozen", "total", "joint_space"))
    entries: list[dict[str, Any]] = []
    for name in MODELS:
        counts: Mapping[str, int | None]
        try:
            counts = parameter_counts(name)
        except MissingPackageError:
            counts = unknown
        entries.append({"name": name, **counts, "shipped": (folder / f"{name}.safetensors").is_file()})
    return entries
