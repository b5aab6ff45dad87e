"""Defaults of the paper's network: its parts, data and training."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from specmol_core.spectra.geometry import Geometry

if TYPE_CHECKING:
    pass

__all__ = ["DatasetConfig", "EncoderConfig", "NetworkConfig", "PaperConfig", "PretrainConfig", "TrainConfig"]


@dataclass(frozen=True)
class NetworkConfig:
    """Which parts a matching network is built of. ``network.variants`` has the values of the paper's variants."""

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
    """Image network whose feature maps it reads, a name of ``matchnet.features.architectures``."""


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
    pretrain_images: int = PretrainConfig.steps * PretrainConfig.batch_size
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
