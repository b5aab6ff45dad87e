"""Defaults of the shift predictor and its training."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["ION_FACTORS", "ShiftNetworkConfig", "ShiftTrainConfig"]

ION_FACTORS = (1.35, 1.52)
"""Factors on the uncertainties of ions, 13C and 1H.

With them, the intervals of 68 % hold their share of the assigned shifts of the held-out structures that are ions
(16 structures with 13C, 48 with 1H). The network learns the uncertainties mostly from uncharged molecules. Ions of the
training would give smaller factors than 1, since the network has seen their shifts.
"""


@dataclass(frozen=True)
class ShiftNetworkConfig:
    """Size of the network that predicts chemical shifts."""

    width: int = 160
    hidden: int = 240
    layers: int = 8


@dataclass(frozen=True)
class ShiftTrainConfig:
    """Training of the shift predictor."""

    epochs: int = 30
    batch_atoms: int = 1000
    """Number of heavy atoms per step."""
    learning_rate: float = 4e-3
    matrix_decay: float = 0.1
    """Weight decay of the matrices of hidden layers; it is multiplied by the learning rate."""
    weight_decay: float = 1e-2
    """Weight decay of all other parameters."""
    ema_decay: float = 0.999
    """Decay per step of the running average of the weights; the average is the result."""
    predicted_weight: float = 0.5
    """Weight of a predicted shift in the loss; a measured shift has weight 1."""
    ion_copies: int = 2
    """How often an epoch shows a measured ion; other structures are shown once, because ions are rare."""
    absolute_weight: float = 0.5
    """Weight of the absolute error; the negative log-likelihood has weight 1."""
    solvent_dropout: float = 0.3
    """Probability that a molecule's solvent is withheld in a step."""
    dropout: float = 0.0
    """Share of each layer's hidden values that is set to zero in a step."""
    seed: int = 0
    checkpoint_seconds: float = 180.0
    network: ShiftNetworkConfig = field(default_factory=ShiftNetworkConfig)
