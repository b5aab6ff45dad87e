"""Options of a session, by topic: model, ranking, spectra, libraries, explanation, listener."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from specmol_core.config import EmbedConfig, RankConfig
from specmol_core.errors import UsageError
from specmol_core.molecules.constraints import Constraints
from specmol_core.progress import ProgressFactory, no_progress
from specmol_core.spectra.reference.solvents import require_solvent

__all__ = [
    "ExplainOptions",
    "LibraryOptions",
    "Listener",
    "ModelOptions",
    "RankOptions",
    "SpectrumOptions",
    "Window",
]

MAX_COMPONENTS = 3
"""Most components of a set."""
Window = tuple[float, float]
"""Range of a spectrum, high to low (ppm)."""


@dataclass(frozen=True)
class ModelOptions:
    """The trained model: a checkpoint or the name of a shipped one; the default model if both are None."""

    checkpoint: Path | None = None
    """File of a trained model."""
    name: str | None = None
    """Name of a shipped model, such as ``matchnet-x``."""


@dataclass(frozen=True)
class RankOptions:
    """Options of the ranking."""

    config: RankConfig = field(default_factory=RankConfig)
    """Numbers of candidates, tolerance and device."""
    constraints: Constraints = field(default_factory=Constraints)
    """Constraints that a candidate must satisfy to be scored."""
    refine: str | None = None
    """Second shift predictor for the best candidates: ``csp5``, or None.

    At most ``RankConfig.max_refined`` candidates are rescored. Signals are always assigned with the
    model's own predictor.
    """
    components: int = 1
    """Most components of the sample, 1 to 3. Above 1, sets of candidates are searched that explain the spectra
    together."""
    known: tuple[str, ...] = ()
    """SMILES of compounds that are in every sample, such as a solvent or a starting material. Their signals are
    taken from the spectra before the ranking."""
    confidence: float | None = None
    """Probability with which the result states a set of candidates that holds the compound; None for no set."""
    max_error: float | None = None
    """Largest share of queries that are called identified and wrong; None for no such decision."""

    def __post_init__(self) -> None:
        if not 1 <= self.components <= MAX_COMPONENTS:
            raise UsageError(f"--components {self.components}: give 2 or 3, or omit it")
        others = {"--refine": self.refine, "--components": self.components > 1, "--known": self.known}
        other = next((name for name, value in others.items() if value), None)
        for name, value in (("--confidence", self.confidence), ("--max-error", self.max_error)):
            if value is not None and not 0.0 < value < 1.0:
                raise UsageError(f"{name} {value:g} is not between 0 and 1; give a number such as 0.95 or 0.01")
            if value is not None and other is not None:
                raise UsageError(f"{name} is calibrated on rankings without {other}; omit one of both")


@dataclass(frozen=True)
class SpectrumOptions:
    """Options for reading spectra."""

    h1_range: Window | None = None
    """Range of every 1H spectrum whose file does not state it, high to low (ppm)."""
    c13_range: Window | None = None
    """Range of every 13C spectrum whose file does not state it, high to low (ppm)."""
    keep_solvent: bool = False
    """Whether the lines of solvent and impurities are kept (not masked)."""
    solvent: str | None = None
    """Solvent of every spectrum, by any usual name; it overrides the file. None takes that of the file.

    An unknown name raises UsageError. The value is the name in the table of solvents.
    """

    def __post_init__(self) -> None:
        if self.solvent is not None:
            object.__setattr__(self, "solvent", require_solvent(self.solvent))


@dataclass(frozen=True)
class LibraryOptions:
    """Options for embedding libraries and their caches."""

    config: EmbedConfig = field(default_factory=EmbedConfig)
    """Which records become candidates, and how they are read."""
    cache: Path | None = None
    """Cache file; if None, it is beside the library or in the user's cache folder."""
    use_cache: bool = True
    """False neither reads nor writes a cache."""


@dataclass(frozen=True)
class ExplainOptions:
    """Options for assigning the signals of the best candidates, and for the images of the assignments."""

    max_assigned: int = 0
    """Number of best candidates whose signals are assigned, if the model can assign signals."""
    folder: Path | None = None
    """Folder for one image of each assigned candidate; None draws none."""
    suffix: str = ".svg"
    """Format of the images: ``.svg`` or ``.png``."""


@dataclass(frozen=True)
class Listener:
    """Receiver of progress and warnings."""

    progress: ProgressFactory = no_progress
    """Called with the name of a task; gives a context whose value is called with its progress."""
    warn: Callable[[str], None] = lambda text: None
    """Called with each warning, one line."""
