"""Feature maps of dataset rows from the store, for the batches of a training."""

from __future__ import annotations

import math
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from specmol_core.matchnet.features.store import FeatureStore

__all__ = ["FeatureReader", "MapSource"]

_BLOCK_ROWS = 1024


class MapSource(Protocol):
    """Source of the feature maps of dataset rows."""

    device: torch.device
    basis: Tensor | None
    """(channels, R) basis of the coefficient maps; None for whole maps."""

    def maps(self, rows: NDArray[np.int64], withheld_nucleus: NDArray[np.int8] | None = None) -> tuple[Tensor, Tensor]:
        """Return float32 maps of 1H and 13C (n, width, height, size); zeros if one is missing."""


class FeatureReader:
    """Feature maps of dataset rows, kept in memory if they fit and memory-mapped otherwise.

    Parameters
    ----------
    rows
        (R, 2) store rows of each dataset row's 1H and 13C; -1 for a missing nucleus.
    memory_gb
        Maximum size (GB) of maps that are kept on the device.
    """

    def __init__(self, store: FeatureStore, rows: NDArray[np.int64], device: torch.device, memory_gb: float) -> None:
        self.device = device
        self.basis = None if store.basis is None else store.basis.to(device)
        self._store, self._rows = store, rows
        used = np.unique(rows[rows >= 0])
        size = len(used) * store.width * math.prod(store.grid) * 2
        self._maps: Tensor | None = None
        if size <= memory_gb * 1e9:
            # The last map is zero. A missing nucleus (row -1) refers to it.
            maps = torch.zeros((len(used) + 1, store.width, *store.grid), dtype=torch.float16)
            for start in range(0, len(used), _BLOCK_ROWS):
                block = used[start : start + _BLOCK_ROWS]
                maps[start : start + len(block)] = torch.from_numpy(store.load(block))
            self._maps = maps.to(device)
            self._rows = np.where(rows >= 0, np.searchsorted(used, rows), len(used))

    @property
    def in_memory(self) -> bool:
        """Whether the maps are kept in memory."""
        return self._maps is not None

    def maps(self, rows: NDArray[np.int64], withheld_nucleus: NDArray[np.int8] | None = None) -> tuple[Tensor, Tensor]:
        """Return float32 maps of 1H and 13C (n, width, height, size) of dataset rows.

        Parameters
        ----------
        withheld_nucleus
            (n,) 1 to withhold 1H, 2 to withhold 13C. The only spectrum of a row is never withheld.
        """
        store_rows = self._rows[rows]
        missing = -1 if self._maps is None else len(self._maps) - 1
        if withheld_nucleus is not None:
            store_rows = store_rows.copy()
            both = (store_rows != missing).all(1)
            for nucleus in range(2):
                store_rows[both & (withheld_nucleus == nucleus + 1), nucleus] = missing
        h1, c13 = (self._load_maps(store_rows[:, k]) for k in range(2))
        return h1, c13

    def _load_maps(self, store_rows: NDArray[np.int64]) -> Tensor:
        if self._maps is None:
            return torch.from_numpy(self._store.load(store_rows)).to(self.device).float()
        return self._maps[torch.from_numpy(store_rows).to(self.device)].float()
