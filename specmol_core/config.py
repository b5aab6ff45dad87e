"""Defaults of embedding and ranking. The command line reads these dataclasses and repeats none of them."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "EmbedConfig",
    "RankConfig",
]


@dataclass(frozen=True)
class EmbedConfig:
    """Settings for embedding a library."""

    max_atoms: int = 100
    """Largest number of heavy atoms of a candidate."""
    batch_size: int = 1024
    """Number of molecules per batch of the network."""
    workers: int = 0
    """Number of processes that parse records; 0 uses one per core."""
    record_seconds: float = 10.0
    """Limit on the processor time of parsing one record (s); a record that takes more is rejected."""
    strict: bool = False
    """Whether the first rejected record ends the run."""
    commit_seconds: float = 2.0
    """Time between commits of an unfinished run (s); a killed run loses at most this much work."""


@dataclass(frozen=True)
class RankConfig:
    """Settings of the ranking."""

    model: str = "matchnet-x"
    """Shipped model that is used if no checkpoint is given."""
    top: int = 20
    """Number of candidates in the result; 0 for all."""
    prefilter: int = 10_000
    """Number of candidates that the fast search keeps for scoring; 0 scores all."""
    max_assigned: int = 20
    """Number of best candidates whose signals are assigned, in formats that can hold an assignment."""
    max_refined: int = 10
    """Largest number of candidates that a second predictor rescores, if one is requested."""
    mass_ppm: float = 5.0
    """Tolerance of the mass constraint (parts per million)."""
    block_size: int = 8192
    """Number of candidates scored at once, which bounds the memory."""
    device: str = "auto"
    """``auto``, ``cpu`` or ``cuda``."""
