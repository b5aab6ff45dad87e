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
from specmol_core.spectra.analysis.analysis import analyse_pair
from specmol_core.spectra.canonical_image import canonical_image, image_trace
from specmol_core.spectra.geometry import Geometry
from specmol_core.spectra.spectrum import NUCLEI, Spectrum, SpectrumPair

__all__ = ["RowSignals", "as_image_trace", "check_image_columns", "read_spectra"]

_FREQUENCY_COLUMNS = {"1H": "h1_mhz", "13C": "c13_mhz"}
_MIN_COLUMNS = 32

RowSignals = dict[int, tuple[Observed, ...]]
"""Signals of the spectra of each row; an empty tuple where it shows none."""


class _Block(NamedTuple):
    """Some rows, as they go to a worker."""

    rows: tuple[int, ...]
    pairs: tuple[SpectrumPair | None, ...]
    image_columns: int


def check_image_columns(dataset: Dataset, columns: int) -> None:
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
    if not _MIN_COLUMNS <= columns <= dataset.points:
        raise UsageError(f"pictures of {columns} columns: {_MIN_COLUMNS} to {dataset.points} can be drawn")
    dataset.check_geometry(Geometry())


def read_spectra(
    dataset: Dataset,
    rows: NDArray[np.int64],
    nuclei: Sequence[str] = NUCLEI,
    image_columns: int = 0,
    workers: int = 1,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> RowSignals:
    """Signals of the compound in the spectra of each of these rows (rising), as a query is read.

    The solvent and the frequencies are those that the dataset records, as the file of an instrument has them.

    Parameters
    ----------
    nuclei
        Which spectra are read.
    image_columns
        Columns of the canonical pictures that the spectra are read from; 0 for the stored traces.
    workers
        Processes; 0 takes one per core.
    progress
        Hears how many rows of how many are read.
    """
    signals: RowSignals = {}
    for part in ordered_map(_read_block, _blocks(dataset, rows, nuclei, image_columns), workers):
        signals |= part
        progress(len(signals), len(rows))
    return signals


def as_image_trace(spectrum: Spectrum, columns: int) -> Spectrum:
    """The spectrum as its canonical picture of so many columns and rows shows it.

    Raises
    ------
    SpectrumError
        If it has no positive signal inside the window of the picture.
    """
    geometry = Geometry(size=columns)
    trace = image_trace(canonical_image(spectrum, geometry), geometry.exponent)
    return replace(spectrum, axis=geometry.axis(spectrum.nucleus), intensities=trace, signed=False)


def _blocks(dataset: Dataset, rows: NDArray[np.int64], nuclei: Sequence[str], image_columns: int) -> Iterator[_Block]:
    for number in np.unique(rows // CHUNK_ROWS).tolist():
        wanted = rows[rows // CHUNK_ROWS == number].tolist()
        first, stop = wanted[0], wanted[-1] + 1
        stored_rows = list(zip(dataset.spectra(first, stop), dataset.parameters(first, stop), strict=True))
        pairs = []
        for row in wanted:
            spectra, drawn = stored_rows[row - first]
            shown = [spectra[n] if n in nuclei else None for n in NUCLEI]
            named = [None if s is None else _with_conditions(s, drawn) for s in shown]
            pairs.append(SpectrumPair(*named) if any(named) else None)
        yield _Block(tuple(wanted), tuple(pairs), image_columns)


def _with_conditions(spectrum: Spectrum, drawn: Any) -> Spectrum:
    frequency = float(drawn[_FREQUENCY_COLUMNS[spectrum.nucleus]])
    return replace(spectrum, frequency_mhz=frequency or None, solvent=drawn["solvent"].decode() or None)


def _read_block(block: _Block) -> RowSignals:
    return {row: _signals(pair, block.image_columns) for row, pair in zip(block.rows, block.pairs, strict=True)}


def _signals(pair: SpectrumPair | None, image_columns: int) -> tuple[Observed, ...]:
    if pair is None:
        return ()
    if image_columns:
        pair = SpectrumPair(*(None if s is None else as_image_trace(s, image_columns) for s in (pair.h1, pair.c13)))
    return observed_pair(analyse_pair(pair))
