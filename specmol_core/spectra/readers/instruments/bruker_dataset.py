"""The files and parameters of a Bruker experiment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from specmol_core.spectra.readers.instruments.bruker_parameters import BrukerParameters, parse_parameters
from specmol_core.spectra.readers.instruments.larmor import nucleus_at
from specmol_core.spectra.readers.instruments.nucleus import nucleus_name
from specmol_core.spectra.readers.instruments.tree import FileTree, natural_sort_key
from specmol_core.spectra.readers.source import RefusedError

__all__ = ["BrukerDataset", "decode_numbers", "number_type", "open_dataset", "parameters_of"]

_TEXT_LIMIT = 4 * 1024**2
_MAX_CHANNELS = 8
_NUMBER_TYPES = {0: "i4", 1: "f4", 2: "f8"}
"""Number types of DTYPA and DTYPP."""


@dataclass(frozen=True)
class BrukerDataset:
    """One experiment."""

    tree: FileTree
    acquisition: BrukerParameters
    processing: dict[int, BrukerParameters]
    """Parameters by processing number, lowest first; only of those that hold a spectrum."""
    arrays: dict[int, BrukerParameters]
    """The same of those that hold a matrix, ``2rr``; parameters of its rows."""

    @property
    def processed(self) -> dict[int, BrukerParameters]:
        """Parameters of the spectra, or else of the matrices."""
        return self.processing or self.arrays

    @property
    def stated_nucleus(self) -> str:
        """Nucleus that a parameter names, for example ``1H``; empty where none does."""
        axes = [processing.text("AXNUC") for processing in self.processed.values()]
        names = [self.acquisition.text("NUC1"), self.acquisition.text("NUCLEUS"), *axes]
        return next(filter(None, map(nucleus_name, names)), "")

    @property
    def nucleus(self) -> str:
        """The stated nucleus, or that of the frequency BF1; empty where neither tells it."""
        frequency = self.acquisition.number("BF1", 0.0)
        return self.stated_nucleus or (nucleus_at(frequency, self._proton_frequency) if frequency > 0 else "")

    @property
    def _proton_frequency(self) -> float | None:
        """Frequency of 1H (MHz), if another channel is set to it."""
        channels = range(2, _MAX_CHANNELS + 1)
        set_to_1h = (n for n in channels if nucleus_name(self.acquisition.text(f"NUC{n}")) == "1H")
        frequencies = (self.acquisition.number(f"BF{n}", 0.0) for n in set_to_1h)
        return next((frequency for frequency in frequencies if frequency > 0), None)

    @property
    def pulse_program(self) -> str:
        """Name of the pulse program; empty where none is stated."""
        return self.acquisition.text("PULPROG")


def open_dataset(tree: FileTree) -> BrukerDataset:
    """Read the parameters of an experiment."""
    acquisition = parameters_of(tree, "acqus", "acqu") or BrukerParameters({})
    return BrukerDataset(tree, acquisition, _processed(tree, "1r"), _processed(tree, "2rr"))


def _processed(tree: FileTree, file: str) -> dict[int, BrukerParameters]:
    """Return the parameters of the processing numbers that hold a file."""
    processing: dict[int, BrukerParameters] = {}
    for path in sorted(
        (path for path in tree.sizes if path.startswith("pdata/") and path.endswith(f"/{file}")), key=natural_sort_key
    ):
        number = path.split("/")[1]
        found = parameters_of(tree, f"pdata/{number}/procs", f"pdata/{number}/proc")
        if path.count("/") == 2 and number.isdecimal() and len(number) < 10 and found is not None:
            processing[int(number)] = found
    return processing


def parameters_of(tree: FileTree, *names: str) -> BrukerParameters | None:
    """Return the parameters of the first of these files that is there; None if none is."""
    name = next((name for name in names if name in tree), None)
    return None if name is None else parse_parameters(tree.read(name, _TEXT_LIMIT))


def number_type(name: str, parameters: BrukerParameters, order: str, kind: str) -> np.dtype[np.generic]:
    """Return the type of the numbers of a file.

    Parameters
    ----------
    order, kind
        Parameters of the byte order and the type: BYTORDA and DTYPA, or BYTORDP and DTYPP.

    Raises
    ------
    RefusedError
        If the type is unknown.
    """
    code = int(parameters.number(kind, 0))
    if code not in _NUMBER_TYPES:
        raise RefusedError(f"{name}: {kind} is {code}, which is not a known number type: export it again")
    return np.dtype((">" if parameters.number(order, 0) == 1 else "<") + _NUMBER_TYPES[code])


def decode_numbers(
    content: bytes, name: str, parameters: BrukerParameters, order: str, kind: str
) -> NDArray[np.float64]:
    """Return the numbers of a file (n,); see ``number_type``."""
    dtype = number_type(name, parameters, order, kind)
    return np.frombuffer(content[: len(content) // dtype.itemsize * dtype.itemsize], dtype).astype(np.float64)
