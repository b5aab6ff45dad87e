"""Defaults of the paper's network: its parts, data and training."""

from __future__ import annotations

from dataclasses import dataclass, field

from specmol_core.spectra.geometry import Geometry

__all__ = ["DatasetConfig", "EncoderConfig", "NetworkConfig", "PaperConfig", "PretrainConfig", "TrainConfig"]


@dataclass(frozen=True)
class NetworkConfig:
    """Parts of a matching network; ``network.variants`` holds the values for each paper variant."""

    multi_scale_graph: bool = True
    """Use the three-branch multi-scale GNN; otherwise a single GCN."""
    transformer_conv: bool = True
    """Put an eight-head TransformerConv in front of the graph branch."""
    multi_scale_attention: bool = True
    """Use MultiScaleCBAM per nucleus and the joint gate; otherwise plain CBAM."""
    dropout: float = 0.2
    """Dropout after the first molecular layer."""
    joint_width: int = 128
    """Width of the joint space of spectra and molecules."""
    molecules: str = "matchnet"
    """Molecular branch: the paper's (matchnet), or a baseline's (gcn, gat or morgan)."""
    pooled: bool = False
    """Average each feature map and apply two dense layers, without attention."""
    backbone: str = "resnet101"
    """Image network of the feature maps: a name in ``matchnet.features.architectures``."""


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
    """Probability that 1H is withheld from a training pair; the same holds for 13C."""
    contrastive_weight: float = 0.2
    """Weight of the joint space's contrastive loss; the match loss has weight 1."""
    temperature: float = 0.07
    """Temperature of the contrastive loss."""
    hard_negatives: float = 0.5
    """Share of negatives that are drawn from the structures most similar to the truth.

    The other negatives are random.
    """
    neighbours: int = 64
    """Number of most similar structures from which a hard negative is drawn."""
    encoder: str = ""
    """File of a pretrained molecular branch; empty for a random start, as in the paper."""
    schedule: str = "constant"
    """Learning rate over the run: constant, or a cosine decay to zero."""
    warmup_steps: int = 0
    """Steps over which the learning rate rises from zero."""
    checkpoint_steps: int = 500
    """Steps between saved states; a state is also saved at the end of each epoch."""
    memory_gb: float = 8.0
    """Largest size of features kept in memory (GB); larger ones use a memory map."""
    device: str = "auto"
    """auto, cpu or cuda."""
    precision: str = "auto"
    """auto, fp32 or bf16; auto uses bf16 on CUDA only."""
    geometry: Geometry = field(default_factory=Geometry)


@dataclass(frozen=True)
class DatasetConfig:
    """Contents of a dataset of simulated spectra."""

    copies: int = 1
    """Independent simulations of each training molecule's spectra; the other splits have one."""
    seed: int = 0
    max_atoms: int = 60
    """Maximum number of heavy atoms in a molecule."""
    unlisted: bool = False
    """Add molecules that are in no pair table to the training split, instead of omitting them."""


@dataclass(frozen=True)
class PretrainConfig:
    """Pretraining of the backbone on simulated spectra, before it is frozen."""

    architecture: str = "resnet101"
    """Image network: resnet101, resnet50, densenet121 or efficientnet-b0."""
    blocks: tuple[int, int, int, int] = (1, 1, 2, 2)
    """Trained residual blocks in each stage of a ResNet.

    The other blocks of ResNet-101, which has (3, 4, 23, 3), stay the identity.
    """
    rows: int = 32
    """Image rows that the backbone receives, after averaging groups of rows."""
    batch_size: int = 16
    """Images per step; half of them are 1H."""
    steps: int = 3000
    learning_rate: float = 1e-3
    weight_decay: float = 1e-4
    seed: int = 0
    checkpoint_seconds: float = 180.0


@dataclass(frozen=True)
class PaperConfig:
    """Training of the paper's systems for the comparison; the defaults are the paper's protocol."""

    epochs: int = TrainConfig.epochs
    batch_size: int = TrainConfig.batch_size
    learning_rate: float = TrainConfig.learning_rate
    schedule: str = TrainConfig.schedule
    hard_negatives: float = TrainConfig.hard_negatives
    seeds: int = 5
    """Maximum number of runs of a system; the protocol of its table may require fewer."""
    pretrain_images: int = PretrainConfig.steps * PretrainConfig.batch_size
    """Images on which every backbone is pretrained before it is frozen."""
    rows: int = PretrainConfig.rows
    """Image rows that every backbone receives."""
    device: str = "auto"
    """auto, cpu or cuda."""


@dataclass(frozen=True)
class EncoderConfig:
    """Pretraining of the molecular branch on the lines of molecules, without spectra."""

    model: str = "matchnet"
    epochs: int = 25
    batch_size: int = 256
    learning_rate: float = 2e-3
    weight_decay: float = 1e-4
    seed: int = 0
