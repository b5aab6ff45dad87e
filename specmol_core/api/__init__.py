"""The functions for programs that use specmol, including its command line: one function per task.

The functions take paths and the dataclasses of :mod:`specmol_core.api.config`. They raise
``SpecmolError`` with a one-line message for every error in the input. A name is imported when it is
first used, so importing this package is cheap.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from specmol_core.api.components import evaluate_byproducts, evaluate_components, evaluate_reactions
    from specmol_core.api.fitting import calibrate, fit
    from specmol_core.api.matchnet import evaluate_paper
    from specmol_core.api.measure_open_library import evaluate_open_library
    from specmol_core.api.measure_ranking import evaluate_ranking
    from specmol_core.api.mixtures import evaluate_mixtures, mixture_fitter, quantify, read_mixture_spectrum
    from specmol_core.api.monitoring import (
        NamedUnknown,
        SeriesSummary,
        check_summary,
        monitor_series,
        series_monitor,
        summarise,
    )
    from specmol_core.api.pairs import evaluate_pairs
    from specmol_core.api.ranking import EmbeddedLibrary, embed, models, rank
    from specmol_core.api.series_sources import present_items, series_items
    from specmol_core.api.series_together import check_together, fit_series_together, write_series
    from specmol_core.api.shifts import BACKENDS, PredictedMolecule, evaluate_shifts, predict_shifts, train_shifts
    from specmol_core.api.simulator import evaluate_simulator, measure_ranges, simulate, simulate_files
    from specmol_core.api.spectra import (
        evaluate_digitising,
        evaluate_readers,
        evaluate_vendor_files,
        holds_vendor_files,
        inspect_spectrum,
        read_spectrum,
    )
    from specmol_core.api.training import TrainedModel, build_dataset, pretrain, pretrain_encoder, train
    from specmol_core.mixtures.quantification import Amount, Quantification
    from specmol_core.molecules.constraints import Constraints
    from specmol_core.monitoring.series import SeriesMonitor
    from specmol_core.options import (
        ExplainOptions,
        LibraryOptions,
        Listener,
        ModelOptions,
        RankOptions,
        SpectrumOptions,
    )
    from specmol_core.queries import QueryFiles
    from specmol_core.retrieval.components import ComponentRanking, RankedComponent, RankedSet
    from specmol_core.session import Session

__all__ = [
    "BACKENDS",
    "Amount",
    "ComponentRanking",
    "Constraints",
    "EmbeddedLibrary",
    "ExplainOptions",
    "LibraryOptions",
    "Listener",
    "ModelOptions",
    "NamedUnknown",
    "PredictedMolecule",
    "Quantification",
    "QueryFiles",
    "RankOptions",
    "RankedComponent",
    "RankedSet",
    "SeriesMonitor",
    "SeriesSummary",
    "Session",
    "SpectrumOptions",
    "TrainedModel",
    "build_dataset",
    "calibrate",
    "check_summary",
    "check_together",
    "embed",
    "evaluate_byproducts",
    "evaluate_components",
    "evaluate_digitising",
    "evaluate_mixtures",
    "evaluate_open_library",
    "evaluate_pairs",
    "evaluate_paper",
    "evaluate_ranking",
    "evaluate_reactions",
    "evaluate_readers",
    "evaluate_shifts",
    "evaluate_simulator",
    "evaluate_vendor_files",
    "fit",
    "fit_series_together",
    "holds_vendor_files",
    "inspect_spectrum",
    "measure_ranges",
    "mixture_fitter",
    "models",
    "monitor_series",
    "predict_shifts",
    "present_items",
    "pretrain",
    "pretrain_encoder",
    "quantify",
    "rank",
    "read_mixture_spectrum",
    "read_spectrum",
    "series_items",
    "series_monitor",
    "simulate",
    "simulate_files",
    "summarise",
    "train",
    "train_shifts",
    "write_series",
]

_MODULES = {
    "specmol_core.api.components": ("evaluate_byproducts", "evaluate_components", "evaluate_reactions"),
    "specmol_core.api.fitting": ("calibrate", "fit"),
    "specmol_core.api.matchnet": ("evaluate_paper",),
    "specmol_core.api.measure_open_library": ("evaluate_open_library",),
    "specmol_core.api.measure_ranking": ("evaluate_ranking",),
    "specmol_core.api.mixtures": (
        "evaluate_mixtures",
        "mixture_fitter",
        "quantify",
        "read_mixture_spectrum",
    ),
    "specmol_core.api.monitoring": (
        "NamedUnknown",
        "SeriesSummary",
        "check_summary",
        "monitor_series",
        "series_monitor",
        "summarise",
    ),
    "specmol_core.api.pairs": ("evaluate_pairs",),
    "specmol_core.api.ranking": (
        "EmbeddedLibrary",
        "embed",
        "models",
        "rank",
    ),
    "specmol_core.api.series_sources": ("present_items", "series_items"),
    "specmol_core.api.series_together": ("check_together", "fit_series_together", "write_series"),
    "specmol_core.api.shifts": (
        "BACKENDS",
        "PredictedMolecule",
        "evaluate_shifts",
        "predict_shifts",
        "train_shifts",
    ),
    "specmol_core.api.simulator": (
        "evaluate_simulator",
        "measure_ranges",
        "simulate",
        "simulate_files",
    ),
    "specmol_core.api.spectra": (
        "evaluate_digitising",
        "evaluate_readers",
        "evaluate_vendor_files",
        "holds_vendor_files",
        "inspect_spectrum",
        "read_spectrum",
    ),
    "specmol_core.api.training": (
        "TrainedModel",
        "build_dataset",
        "pretrain",
        "pretrain_encoder",
        "train",
    ),
    "specmol_core.mixtures.quantification": ("Amount", "Quantification"),
    "specmol_core.molecules.constraints": ("Constraints",),
    "specmol_core.monitoring.series": ("SeriesMonitor",),
    "specmol_core.queries": ("QueryFiles",),
    "specmol_core.retrieval.components": ("ComponentRanking", "RankedComponent", "RankedSet"),
    "specmol_core.options": (
        "ExplainOptions",
        "LibraryOptions",
        "Listener",
        "ModelOptions",
        "RankOptions",
        "SpectrumOptions",
    ),
    "specmol_core.session": ("Session",),
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
