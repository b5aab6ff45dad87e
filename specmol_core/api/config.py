"""Every default in one place, for programs that show them; importing it loads neither numpy nor torch."""

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
