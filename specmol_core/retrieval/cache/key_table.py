"""A hash table of 64-bit keys in two flat arrays: 24 MB for a million keys (a dict takes 150 MB)."""

from __future__ import annotations

from array import array

import numpy as np
from numpy.typing import NDArray

__all__ = ["KeyTable"]

_MASK = (1 << 64) - 1
# Multiplicative hashing: slots are spread evenly even if keys are not.
_MULTIPLIER = 0x9E3779B97F4A7C15
_MAX_LOAD = 0.6
_MAX_ROWS = (1 << 32) - 2


class KeyTable:
    """Map from a 64-bit key to the first row that has it.

    It uses open addressing with linear probing, and doubles its size when it is 60 % full.

    Parameters
    ----------
    bits
        Binary logarithm of the initial number of slots.

    Examples
    --------
    >>> table = KeyTable()
    >>> table.insert(12345, row=7)
    >>> table.find(12345), table.find(99)
    (7, -1)
    """

    def __init__(self, bits: int = 12) -> None:
        self._allocate(bits)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def find(self, key: int) -> int:
        """Return the row of ``key`` (signed or unsigned, modulo 2**64), or -1 if it is unknown."""
        key &= _MASK
        return self._rows[self._slot(key)] - 1

    def insert(self, key: int, row: int) -> None:
        """Store ``row`` under ``key``; a key that is already stored keeps its first row.

        Raises
        ------
        OverflowError
            If ``row`` does not fit into 32 bits.
        """
        if not 0 <= row <= _MAX_ROWS:
            raise OverflowError(f"a key table holds rows up to {_MAX_ROWS}, not {row}")
        if self._count + 1 > _MAX_LOAD * len(self._keys):
            self._grow(self._bits + 1)
        key &= _MASK
        slot = self._slot(key)
        if self._rows[slot] == 0:
            self._keys[slot], self._rows[slot] = key, row + 1
            self._count += 1

    def extend(self, keys: NDArray[np.uint64], first_row: int) -> None:
        """Insert consecutive rows: ``keys[i]`` is the key of row ``first_row + i``."""
        for offset, key in enumerate(keys.tolist()):
            self.insert(key, first_row + offset)

    def _slot(self, key: int) -> int:
        """Return the slot that holds ``key``, or else the free slot for it."""
        keys, rows = self._keys, self._rows
        last = len(keys) - 1
        slot = (key * _MULTIPLIER & _MASK) >> (64 - self._bits)
        while rows[slot] and keys[slot] != key:
            slot = (slot + 1) & last
        return slot

    def _allocate(self, bits: int) -> None:
        self._bits = bits
        self._keys = array("Q", bytes(8 << bits))
        # Row + 1, so that 0 marks a free slot.
        self._rows = array("I", bytes(4 << bits))

    def _grow(self, bits: int) -> None:
        old = zip(self._keys, self._rows, strict=True)
        self._allocate(bits)
        for key, row in old:
            if row:
                slot = self._slot(key)
                self._keys[slot], self._rows[slot] = key, row
