"""Defaults of embedding and ranking. The command line reads these dataclasses and repeats none of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    pass

__all__ = [
    "EmbedConfig",
    "RankConfig",
]


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
    max_assigned: int = 20
    """Candidates, from the best, whose signals are assigned to atoms where the form of the result can hold it."""
    max_refined: int = 10
    """Candidates, from the best, that a second predictor predicts again at most, where one is asked for."""
    mass_ppm: float = 5.0
    """Tolerance of a mass that candidates must have (parts per million)."""
    block_size: int = 8192
    """Candidates that are scored at once; bounds the memory."""
    device: str = "auto"
    """auto, cpu or cuda."""
