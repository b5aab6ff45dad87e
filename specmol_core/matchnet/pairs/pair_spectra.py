"""Read the spectra of a dataset as those of a query, in worker processes without torch."""

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
"""Column of a dataset with the frequency of each nucleus."""
_MIN_COLUMNS = 32
"""Fewest columns of an image."""

RowSignals = dict[int, tuple[Observed, ...]]
"""Observed signals of the spectra of each row; an empty tuple for a row without spectra."""


class _Block(NamedTuple):
    """Some rows of a dataset, for one task of a worker."""

    rows: tuple[int, ...]
    pairs: tuple[SpectrumPair | None, ...]
    image_columns: int


def check_image_columns(dataset: Dataset, columns: int) -> None:
    """Check that images of this many columns can be drawn from the traces; 0 means no images.

    Raises
    ------
    UsageError
        If there are fewer than 32 columns, or more than the traces have points.
    DatasetError
        If the windows of the traces differ from those of the images.
    """
    if not columns:
        return
    if not _MIN_COLUMNS <= columns <= dataset.points:
        raise UsageError(f"images of {columns} columns cannot be drawn: choose {_MIN_COLUMNS} to {dataset.points}")
    dataset.check_geometry(Geometry())


def read_spectra(
    dataset: Dataset,
    rows: NDArray[np.int64],
    nuclei: Sequence[str] = NUCLEI,
    image_columns: int = 0,
    workers: int = 1,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> RowSignals:
    """Observed signals of the compound in the spectra of these rows, read as those of a query.

    The solvent and the frequencies are those of the dataset, as in a file of an instrument.

    Parameters
    ----------
    rows
        Row numbers (n,) in rising order.
    nuclei
        Nuclei whose spectra are read.
    image_columns
        Columns of the canonical images that are drawn and read; 0 for the stored traces.
    workers
        Number of processes; 0 for one per core.
    progress
        Called with the number of finished rows and of all rows.
    """
    signals: RowSignals = {}
    for part in ordered_map(_read_block, _blocks(dataset, rows, nuclei, image_columns), workers):
        signals |= part
        progress(len(signals), len(rows))
    return signals


def as_image_trace(spectrum: Spectrum, columns: int) -> Spectrum:
    """The spectrum as read from its canonical image of this many columns and rows.

    Raises
    ------
    SpectrumError
        If it has no positive signal inside the window of the image.
    """
    geometry = Geometry(size=columns)
    trace = image_trace(canonical_image(spectrum, geometry), geometry.exponent)
    return replace(spectrum, axis=geometry.axis(spectrum.nucleus), intensities=trace, signed=False)


def _blocks(dataset: Dataset, rows: NDArray[np.int64], nuclei: Sequence[str], image_columns: int) -> Iterator[_Block]:
    for number in np.unique(rows // CHUNK_ROWS).tolist():
        rows_of_chunk = rows[rows // CHUNK_ROWS == number].tolist()
        first, stop = rows_of_chunk[0], rows_of_chunk[-1] + 1
        stored_rows = list(zip(dataset.spectra(first, stop), dataset.parameters(first, stop), strict=True))
        pairs = []
        for row in rows_of_chunk:
            spectra, parameters = stored_rows[row - first]
            chosen = [spectra[n] if n in nuclei else None for n in NUCLEI]
            complete = [None if s is None else _with_conditions(s, parameters) for s in chosen]
            pairs.append(SpectrumPair(*complete) if any(complete) else None)
        yield _Block(tuple(rows_of_chunk), tuple(pairs), image_columns)


def _with_conditions(spectrum: Spectrum, parameters: Any) -> Spectrum:
    frequency = float(parameters[_FREQUENCY_COLUMNS[spectrum.nucleus]])
    return replace(spectrum, frequency_mhz=frequency or None, solvent=parameters["solvent"].decode() or None)


def _read_block(block: _Block) -> RowSignals:
    return {row: _signals(pair, block.image_columns) for row, pair in zip(block.rows, block.pairs, strict=True)}


def _signals(pair: SpectrumPair | None, image_columns: int) -> tuple[Observed, ...]:
    if pair is None:
        return ()
    if image_columns:
        pair = SpectrumPair(*(None if s is None else as_image_trace(s, image_columns) for s in (pair.h1, pair.c13)))
    return observed_pair(analyse_pair(pair))
