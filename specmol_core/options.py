"""Options of a session, by topic: model, ranking, spectra, libraries, explanation, listener."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from specmol_core.config import EmbedConfig, RankConfig
from specmol_core.molecules.constraints import Constraints
from specmol_core.progress import ProgressFactory, no_progress

__all__ = [
    "ExplainOptions",
    "LibraryOptions",
    "Listener",
    "ModelOptions",
    "RankOptions",
    "SpectrumOptions",
    "Window",
]

Window = tuple[float, float]
"""Range of a spectrum, high to low (ppm)."""


@dataclass(frozen=True)
class ModelOptions:
    """The trained model: a file, or the name of a shipped one; the default model if both are None."""

    checkpoint: Path | None = None
    name: str | None = None


@dataclass(frozen=True)
class RankOptions:
    """How candidates are ranked."""

    config: RankConfig = field(default_factory=RankConfig)
    constraints: Constraints = field(default_factory=Constraints)
    """What a candidate must fulfil to be scored."""
    refine: str | None = None
    """Second shift predictor for the best candidates, a name of ``retrieval.max_refined.REFINERS``; None for none.

    At most ``RankConfig.max_refined`` candidates are predicted again. Signals are assigned by the model's own
    predictor.
    """


@dataclass(frozen=True)
class SpectrumOptions:
    """How spectra are read."""

    h1_range: Window | None = None
    """Range that every 1H spectrum spans, where the file does not say it (ppm)."""
    c13_range: Window | None = None
    """The same for 13C."""
    keep_solvent: bool = False
    """Whether the lines of solvent and impurities stay in."""


@dataclass(frozen=True)
class LibraryOptions:
    """How a library becomes candidates, and where they are kept."""

    config: EmbedConfig = field(default_factory=EmbedConfig)
    cache: Path | None = None
    """File of the embedded library; beside the library, or in the user's cache folder, if None."""
    use_cache: bool = True
    """False neither reads nor writes a cache."""


@dataclass(frozen=True)
class ExplainOptions:
    """How many candidates have their signals assigned to atoms, and where their sheets go."""

    max_assigned: int = 0
    """Candidates, from the best, whose signals are assigned; a model that cannot assign has none."""
    folder: Path | None = None
    """Folder for one sheet of each assigned candidate; None draws none."""
    suffix: str = ".svg"
    """.svg or .png."""


@dataclass(frozen=True)
class Listener:
    """Who hears how the work goes, and what is doubtful."""

    progress: ProgressFactory = no_progress
    warn: Callable[[str], None] = lambda text: None
