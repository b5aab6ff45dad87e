"""The one home of every default. The command line reads these dataclasses and repeats none of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from specmol_core.simulation.ranges import Ranges
    from specmol_core.spectra.axis import PpmAxis

__all__ = [
    "DatasetConfig",
    "EmbedConfig",
    "EncoderConfig",
    "Geometry",
    "LibrarySimulationConfig",
    "NetworkConfig",
    "PaperConfig",
    "PretrainConfig",
    "RankConfig",
    "RealismConfig",
    "ShiftNetworkConfig",
    "ShiftTrainConfig",
    "SimulationConfig",
    "TrainConfig",
]


@dataclass(frozen=True)
class Geometry:
    """What a picture shows: it travels with the weights, and a mismatch raises."""

    size: int = 256
    """Width and height of the canonical picture (pixels)."""
    h1_window: tuple[float, float] = (12.05, -2.0)
    """1H window, high to low (ppm)."""
    c13_window: tuple[float, float] = (230.0, -2.0)
    """13C window, high to low (ppm)."""
    exponent: float = 0.5
    """Height of a line is its intensity, relative to the strongest, to this power."""

    def axis(self, nucleus: str) -> PpmAxis:
        """The axis of one nucleus' picture, one cell a pixel."""
        # The command line reads the defaults for its help, and numpy alone would take a third of that time.
        from specmol_core.spectra.axis import PpmAxis

        high, low = self.h1_window if nucleus == "1H" else self.c13_window
        return PpmAxis(high, low, self.size)


def _measured_ranges() -> Ranges:
    # As for the axis: the command line reads the defaults without what they are made of.
    from specmol_core.simulation.ranges import MEASURED

    return MEASURED


@dataclass(frozen=True)
class SimulationConfig:
    """How spectra are drawn from shifts."""

    points: int = 2048
    """Points of a stored trace."""
    h1_window: tuple[float, float] = Geometry.h1_window
    c13_window: tuple[float, float] = Geometry.c13_window
    h1_error_ppm: float = 0.12
    """Standard deviation of the error on each 1H shift that comes without a spread (ppm)."""
    c13_error_ppm: float = 1.5
    """The same for 13C (ppm)."""
    solvent: str = ""
    """Solvent of every sample, a name of ``simulation.sample.SOLVENTS``; drawn for each where empty."""
    frequency_mhz: float = 0.0
    """1H frequency of every spectrometer (MHz), 60 to 1000; drawn for each where 0."""
    experiment: str = "1D"
    """13C experiment: 1D, DEPT-90, DEPT-135 or APT."""
    ranges: Ranges = field(default_factory=_measured_ranges)
    """What everything else is drawn from."""

    def axis(self, nucleus: str) -> PpmAxis:
        """The axis of one nucleus' trace."""
        from specmol_core.spectra.axis import PpmAxis

        high, low = self.h1_window if nucleus == "1H" else self.c13_window
        return PpmAxis(high, low, self.points)


@dataclass(frozen=True)
class LibrarySimulationConfig:
    """What a dataset simulated from a library of structures holds."""

    copies: int = 1
    """Independent draws of each structure's spectra."""
    seed: int = 0
    max_atoms: int = 60
    """Heavy atoms a structure may have."""


@dataclass(frozen=True)
class NetworkConfig:
    """Which parts a matching network is built of. The values of the paper's variants are in model.variants."""

    multi_scale_graph: bool = True
    """Three-branch multi-scale GNN; else a single GCN."""
    transformer_conv: bool = True
    """Eight-head TransformerConv in front of the graph branch."""
    multi_scale_attention: bool = True
    """MultiScaleCBAM per nucleus and the joint gate; else plain CBAM."""
    dropout: float = 0.2
    """Dropout after the first molecular layer."""
    joint_width: int = 128
    """Width of the joint space of spectra and molecules."""
    molecules: str = "matchnet"
    """Molecular branch: the paper's (matchnet), or that of a system it is compared with: gcn, gat or morgan."""
    pooled: bool = False
    """Pictures enter as the averages of their feature maps, through two dense layers and without attention."""
    backbone: str = "resnet101"
    """Image network whose feature maps it reads, a name of ``features.architectures``."""


@dataclass(frozen=True)
class TrainConfig:
    """The training protocol; the defaults are the paper's."""

    model: str = "matchnet"
    epochs: int = 100
    batch_size: int = 32
    learning_rate: float = 1e-4
    weight_decay: float = 0.0
    seed: int = 0
    nucleus_dropout: float = 0.1
    """Probability that a training pair loses its 1H, and the same for its 13C."""
    contrastive_weight: float = 0.2
    """Weight of the contrastive loss of the joint space beside the match loss."""
    temperature: float = 0.07
    """Temperature of the contrastive loss."""
    hard_negatives: float = 0.5
    """Share of negatives drawn among the structures most similar to the truth; the others are random."""
    neighbours: int = 64
    """How many most similar structures a hard negative is drawn among."""
    encoder: str = ""
    """File of a pretrained molecular branch to start from; empty for a random start, as in the paper."""
    schedule: str = "constant"
    """Learning rate over the run: constant, or cosine down to zero."""
    warmup_steps: int = 0
    """Steps over which the learning rate rises from zero."""
    checkpoint_steps: int = 500
    """Steps between two saved states, besides the one at the end of each epoch."""
    memory_gb: float = 8.0
    """Features up to this size are held in memory (GB); larger ones are read through a memory map."""
    device: str = "auto"
    """auto, cpu or cuda."""
    precision: str = "auto"
    """auto, fp32 or bf16; auto takes bf16 on CUDA only."""
    geometry: Geometry = field(default_factory=Geometry)


@dataclass(frozen=True)
class DatasetConfig:
    """What a dataset of drawn spectra holds."""

    copies: int = 1
    """Independent draws of each training molecule's spectra; the other splits have one."""
    seed: int = 0
    max_atoms: int = 60
    """Heavy atoms a molecule may have."""
    unlisted: bool = False
    """Molecules of no pair table join the training split, instead of being left out."""


@dataclass(frozen=True)
class PretrainConfig:
    """How the backbone learns to read spectra before it is frozen."""

    architecture: str = "resnet101"
    """Image network: resnet101, resnet50, densenet121 or efficientnet-b0."""
    blocks: tuple[int, int, int, int] = (1, 1, 2, 2)
    """Residual blocks of each stage of a ResNet that are trained; the others, of ResNet-101's 3, 4, 23, 3, stay the
    identity."""
    rows: int = 32
    """Rows that the backbone sees of a picture: groups of rows are averaged before the first convolution."""
    batch_size: int = 16
    """Pictures per step, half of them 1H."""
    steps: int = 3000
    learning_rate: float = 1e-3
    weight_decay: float = 1e-4
    seed: int = 0
    checkpoint_seconds: float = 180.0


@dataclass(frozen=True)
class PaperConfig:
    """How the paper's systems are trained beside each other; the defaults are the paper's protocol."""

    epochs: int = TrainConfig.epochs
    batch_size: int = TrainConfig.batch_size
    learning_rate: float = TrainConfig.learning_rate
    schedule: str = TrainConfig.schedule
    hard_negatives: float = TrainConfig.hard_negatives
    seeds: int = 5
    """Runs of a system at most; without a bound there are as many as its table asks for."""
    pictures: int = PretrainConfig.steps * PretrainConfig.batch_size
    """Pictures that every backbone learns from before it is frozen."""
    rows: int = PretrainConfig.rows
    """Rows that every backbone sees of a picture."""
    device: str = "auto"
    """auto, cpu or cuda."""


@dataclass(frozen=True)
class EncoderConfig:
    """How the molecular branch learns the lines of molecules before it meets spectra."""

    model: str = "matchnet"
    epochs: int = 25
    batch_size: int = 256
    learning_rate: float = 2e-3
    weight_decay: float = 1e-4
    seed: int = 0


@dataclass(frozen=True)
class EmbedConfig:
    """How a library becomes a cache."""

    max_atoms: int = 60
    """Heavy atoms a candidate may have."""
    batch_size: int = 1024
    """Molecules that go through the network together."""
    workers: int = 0
    """Parsing processes; 0 takes one per core."""
    record_seconds: float = 10.0
    """Processor time that reading one record may take (s); a record that takes more is rejected."""
    strict: bool = False
    """The first rejected record ends the run."""
    commit_seconds: float = 2.0
    """How often an unfinished run is made safe against a kill (s)."""


@dataclass(frozen=True)
class RankConfig:
    """How a query is ranked."""

    model: str = "matchnet-x"
    """Shipped model that ranks where no checkpoint is named."""
    top: int = 20
    """Candidates in the result; 0 for all."""
    prefilter: int = 10_000
    """Candidates that the joint space lets through to the fusion model; 0 scores all."""
    assigned: int = 20
    """Candidates, from the best, whose signals are assigned to atoms where the form of the result can hold it."""
    refined: int = 10
    """Candidates, from the best, that a second predictor predicts again at most, where one is asked for."""
    mass_ppm: float = 5.0
    """Tolerance of a mass that candidates must have (parts per million)."""
    block: int = 8192
    """Candidates that are scored at once; bounds the memory."""
    device: str = "auto"
    """auto, cpu or cuda."""


@dataclass(frozen=True)
class ShiftNetworkConfig:
    """Size of the network that predicts chemical shifts."""

    width: int = 160
    hidden: int = 240
    layers: int = 8


@dataclass(frozen=True)
class ShiftTrainConfig:
    """How the shift predictor is trained."""

    epochs: int = 30
    batch_atoms: int = 1000
    """Heavy atoms per step."""
    learning_rate: float = 4e-3
    matrix_decay: float = 0.1
    """Weight decay of the matrices of hidden layers, times the learning rate."""
    weight_decay: float = 1e-2
    """That of all other parameters."""
    average: float = 0.999
    """Decay per step of the running average of the weights, which is what is kept."""
    predicted_weight: float = 0.5
    """Weight of a predicted shift in the loss; a measured one counts 1."""
    absolute_weight: float = 0.5
    """Weight of the absolute error beside the likelihood."""
    solvent_dropout: float = 0.3
    """Probability that a molecule's solvent is withheld in a step."""
    dropout: float = 0.0
    """Share of each layer's hidden values that is withheld in a step."""
    seed: int = 0
    checkpoint_seconds: float = 180.0
    network: ShiftNetworkConfig = field(default_factory=ShiftNetworkConfig)


@dataclass(frozen=True)
class RealismConfig:
    """How simulated spectra are held against measured ones."""

    draws: int = 5
    """Simulations of each measured spectrum that the classifier sees."""
    decoys: int = 30
    """Structures of the same formula that the right one is held against."""
    points: int = 16384
    """Points of the traces that are drawn in plots."""
    seed: int = 0
