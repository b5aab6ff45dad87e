"""Rank candidate molecules against 1H and 13C NMR spectra.

The public interface of specmol. A name is imported when it is first used, so ``import specmol``
itself loads neither numpy nor torch. Faults of the input raise `SpecmolError`, with a message of one
line that names the file, the reason and the remedy.

Examples
--------
Rank the structures of a file against a peak list (the paths are those of the repository):

>>> import specmol
>>> result = specmol.rank(
...     None,
...     "13C NMR δ 167.3, 161.3, 144.2, 129.7 (2C), 127.2, 115.8, 114.3 (2C), 60.3, 55.4, 14.4.",
...     "examples/candidates.smi",
...     libraries=specmol.LibraryOptions(use_cache=False),
... )
>>> result.candidates[0].name
'ethyl 4-methoxycinnamate'
>>> result.verdict.name
'identified'

Read a spectrum:

>>> spectrum = specmol.read_spectrum("13C NMR (101 MHz, CDCl3) δ 171.1, 60.4, 21.0, 14.2.", "13C")
>>> [peak.ppm for peak in spectrum.peaks]
[171.1, 60.4, 21.0, 14.2]

Predict shifts:

>>> molecule = next(specmol.predict_shifts("examples/candidates.smi", workers=1))
>>> molecule.name, round(molecule.shifts.c13[8], -1)
("3'-methoxyacetophenone", 30.0)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from specmol_core import __version__

if TYPE_CHECKING:
    from specmol_core.api import (
        ComponentRanking,
        Constraints,
        EmbeddedLibrary,
        ExplainOptions,
        LibraryOptions,
        Listener,
        ModelOptions,
        PredictedMolecule,
        QueryFiles,
        RankOptions,
        Session,
        SpectrumOptions,
        embed,
        inspect_spectrum,
        models,
        predict_shifts,
        quantify,
        rank,
        read_spectrum,
        simulate,
    )
    from specmol_core.config import EmbedConfig, RankConfig
    from specmol_core.errors import (
        CacheError,
        CheckpointError,
        ChildError,
        DatasetError,
        LibraryError,
        MissingPackageError,
        OutputError,
        SpecmolError,
        SpectrumError,
        UsageError,
    )
    from specmol_core.mixtures.config import QuantifyConfig
    from specmol_core.mixtures.quantification import Quantification
    from specmol_core.report.result import QueryFailure, QueryResult
    from specmol_core.simulation.config import LibrarySimulationConfig, SimulationConfig
    from specmol_core.spectra.spectrum import Spectrum

__all__ = [
    "CacheError",
    "CheckpointError",
    "ChildError",
    "ComponentRanking",
    "Constraints",
    "DatasetError",
    "EmbedConfig",
    "EmbeddedLibrary",
    "ExplainOptions",
    "LibraryError",
    "LibraryOptions",
    "LibrarySimulationConfig",
    "Listener",
    "MissingPackageError",
    "ModelOptions",
    "OutputError",
    "PredictedMolecule",
    "Quantification",
    "QuantifyConfig",
    "QueryFailure",
    "QueryFiles",
    "QueryResult",
    "RankConfig",
    "RankOptions",
    "Session",
    "SimulationConfig",
    "SpecmolError",
    "Spectrum",
    "SpectrumError",
    "SpectrumOptions",
    "UsageError",
    "__version__",
    "embed",
    "inspect_spectrum",
    "models",
    "predict_shifts",
    "quantify",
    "rank",
    "read_spectrum",
    "simulate",
]

_MODULES = {
    "specmol_core.api": (
        "ComponentRanking",
        "Constraints",
        "EmbeddedLibrary",
        "ExplainOptions",
        "LibraryOptions",
        "Listener",
        "ModelOptions",
        "PredictedMolecule",
        "QueryFiles",
        "RankOptions",
        "Session",
        "SpectrumOptions",
        "embed",
        "inspect_spectrum",
        "models",
        "predict_shifts",
        "quantify",
        "rank",
        "read_spectrum",
        "simulate",
    ),
    "specmol_core.config": ("EmbedConfig", "RankConfig"),
    "specmol_core.errors": (
        "CacheError",
        "CheckpointError",
        "ChildError",
        "DatasetError",
        "LibraryError",
        "MissingPackageError",
        "OutputError",
        "SpecmolError",
        "SpectrumError",
        "UsageError",
    ),
    "specmol_core.mixtures.config": ("QuantifyConfig",),
    "specmol_core.mixtures.quantification": ("Quantification",),
    "specmol_core.report.result": ("QueryFailure", "QueryResult"),
    "specmol_core.simulation.config": ("LibrarySimulationConfig", "SimulationConfig"),
    "specmol_core.spectra.spectrum": ("Spectrum",),
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_MODULE_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
