"""The spectra of a dataset's rows as signals, read as those of a query are, in worker processes that load no torch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from specmol_core.errors import UsageError
from specmol_core.matchnet_x.observed_signals import Observed, observed_pair
from specmol_core.runtime.ordered_pool import ordered_map
from specmol_core.simulation.dataset.dataset import CHUNK_ROWS, Dataset
from specmol_core.spectra.analysis.mask import masked_pair
from specmol_core.spectra.geometry import Geometry
from specmol_core.spectra.picture import canonical_picture, picture_trace
from specmol_core.spectra.spectrum import NUCLEI, Spectrum, SpectrumPair

__all__ = ["Signals", "check_pictures", "pictured", "read_spectra"]

_FREQUENCY = {"1H": "h1_mhz", "13C": "c13_mhz"}
_LEAST_COLUMNS = 32

Signals = dict[int, tuple[Observed, ...]]
"""Signals of the spectra of each row; an empty tuple where it shows none."""


class _Block(NamedTuple):
    """Some rows, as they go to a worker."""

    rows: tuple[int, ...]
    pairs: tuple[SpectrumPair | None, ...]
    pictures: int


def check_pictures(dataset: Dataset, columns: int) -> None:
    """Whether pictures of so many columns can be drawn of the traces; 0 stands for the traces themselves.

    Raises
    ------
    UsageError
        If there are fewer than 32 columns, or more than the traces have points.
    DatasetError
        If the traces have other windows than the pictures.
    """
    if not columns:
        return
    if not _LEAST_COLUMNS <= columns <= dataset.points:
        raise UsageError(f"pictures of {columns} columns: {_LEAST_COLUMNS} to {dataset.points} can be drawn")
    dataset.check_geometry(Geometry())


def read_spectra(
    dataset: Dataset,
    rows: NDArray[np.int64],
    nuclei: Sequence[str] = NUCLEI,
    pictures: int = 0,
    workers: int = 1,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Signals:
    """Signals of the compound in the spectra of each of these rows (rising), as a query is read.

    The solvent and the frequencies are those that the dataset records, as the file of an instrument has them.

    Parameters
    ----------
    nuclei
        Which spectra are read.
    pictures
        Columns of the canonical pictures that the spectra are read from; 0 for the stored traces.
    workers
        Processes; 0 takes one per core.
    progress
        Hears how many rows of how many are read.
    """
    found: Signals = {}
    for part in ordered_map(_read, _blocks(dataset, rows, nuclei, pictures), workers):
        found |= part
        progress(len(found), len(rows))
    return found


def pictured(spectrum: Spectrum, columns: int) -> Spectrum:
    """The spectrum as its canonical picture of so many columns and rows shows it.

    Raises
    ------
    SpectrumError
        If it has no positive signal inside the window of the picture.
    """
    geometry = Geometry(size=columns)
    trace = picture_trace(canonical_picture(spectrum, geometry), geometry.exponent)
    return replace(spectrum, axis=geometry.axis(spectrum.nucleus), intensities=trace, signed=False)


def _blocks(dataset: Dataset, rows: NDArray[np.int64], nuclei: Sequence[str], pictures: int) -> Iterator[_Block]:
    for number in np.unique(rows // CHUNK_ROWS).tolist():
        wanted = rows[rows // CHUNK_ROWS == number].tolist()
        first, stop = wanted[0], wanted[-1] + 1
        told = list(zip(dataset.spectra(first, stop), dataset.parameters(first, stop), strict=True))
        pairs = []
        for row in wanted:
            spectra, drawn = told[row - first]
            shown = [spectra[n] if n in nuclei else None for n in NUCLEI]
            named = [None if s is None else _named(s, drawn) for s in shown]
            pairs.append(SpectrumPair(*named) if any(named) else None)
        yield _Block(tuple(wanted), tuple(pairs), pictures)


def _named(spectrum: Spectrum, drawn: Any) -> Spectrum:
    frequency = float(drawn[_FREQUENCY[spectrum.nucleus]])
    return replace(spectrum, frequency_mhz=frequency or None, solvent=drawn["solvent"].decode() or None)


def _read(block: _Block) -> Signals:
    return {row: _signals(pair, block.pictures) for row, pair in zip(block.rows, block.pairs, strict=True)}


def _signals(pair: SpectrumPair | None, pictures: int) -> tuple[Observed, ...]:
    if pair is None:
        return ()
    if pictures:
        pair = SpectrumPair(*(None if s is None else pictured(s, pictures) for s in (pair.h1, pair.c13)))
    return observed_pair(masked_pair(pair)[0])
