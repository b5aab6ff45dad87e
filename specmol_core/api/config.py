"""All configuration dataclasses with their defaults; importing this module loads no numpy or torch."""

from __future__ import annotations

from specmol_core.config import EmbedConfig, RankConfig
from specmol_core.evaluation.simulator.config import RealismConfig
from specmol_core.matchnet.config import (
    DatasetConfig,
    EncoderConfig,
    NetworkConfig,
    PaperConfig,
    PretrainConfig,
    TrainConfig,
)
from specmol_core.shifts.config import ShiftNetworkConfig, ShiftTrainConfig
from specmol_core.simulation.config import LibrarySimulationConfig, SimulationConfig, SpectrumFilesConfig

__all__ = [
    "DatasetConfig",
    "EmbedConfig",
    "EncoderConfig",
    "LibrarySimulationConfig",
    "NetworkConfig",
    "PaperConfig",
    "PretrainConfig",
    "RankConfig",
    "RealismConfig",
    "ShiftNetworkConfig",
    "ShiftTrainConfig",
    "SimulationConfig",
    "SpectrumFilesConfig",
    "TrainConfig",
]
