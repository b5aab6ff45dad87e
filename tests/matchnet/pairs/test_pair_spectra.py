from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from specmol_core.errors import UsageError
from specmol_core.matchnet.pairs.pair_spectra import as_image_trace, check_image_columns, read_spectra
from specmol_core.simulation.dataset.dataset import Dataset, open_dataset
from specmol_core.spectra.geometry import Geometry


@pytest.fixture
def dataset(dataset_path: Path) -> Iterator[Dataset]:
    with open_dataset(dataset_path) as opened:
        yield opened


def rows_of(dataset: Dataset, *smiles: str) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    names = np.array(dataset.smiles)[dataset.molecule]
    return np.flatnonzero(np.isin(names, smiles) & (dataset.copy == 0))


def test_signals_stand_where_the_lines_were_drawn(dataset: Dataset) -> None:
    (row,) = rows_of(dataset, "CC(=O)CC(C)C")

    h1, c13 = read_spectra(dataset, np.array([row]))[int(row)]

    assert (h1.nucleus, c13.nucleus) == ("1H", "13C")
    drawn = dataset.peaks("13C", int(row))[:, 0]
    assert all(np.abs(drawn - ppm).min() < 0.5 for ppm in c13.ppm)


@pytest.mark.slow
def test_one_process_and_two_read_the_same(dataset: Dataset) -> None:
    rows = rows_of(dataset, "CCCCCCO", "Nc1ccccc1")
    reported: list[tuple[int, int]] = []

    one = read_spectra(dataset, rows, progress=lambda done, total: reported.append((done, total)))
    two = read_spectra(dataset, rows, workers=2)

    assert reported[-1] == (2, 2)
    assert list(one) == list(two) == rows.tolist()
    for row in one:
        for a, b in zip(one[row], two[row], strict=True):
            assert a.ppm.tolist() == b.ppm.tolist()


def test_only_what_is_shown_is_read(dataset: Dataset) -> None:
    rows = rows_of(dataset, "Nc1ccccc1")

    (shown,) = read_spectra(dataset, rows, ("13C",), image_columns=256).values()

    assert [o.nucleus for o in shown] == ["13C"]
    assert shown[0].error.max() == pytest.approx(0.4 * Geometry().axis("13C").step, rel=0.1)


def test_a_picture_keeps_the_lines(dataset: Dataset) -> None:
    row = int(rows_of(dataset, "CCCCCCO")[0])
    spectrum = next(dataset.spectra(row, row + 1))["13C"]
    assert spectrum is not None

    shown = as_image_trace(spectrum, 256)

    assert shown.axis == Geometry().axis("13C")
    top = float(spectrum.axis.grid()[spectrum.intensities.argmax()])
    assert abs(float(shown.axis.grid()[shown.intensities.argmax()]) - top) < shown.axis.step


def test_pictures_that_cannot_be_drawn(dataset: Dataset) -> None:
    for columns in (31, dataset.points + 1):
        with pytest.raises(UsageError, match=f"images of {columns} columns"):
            check_image_columns(dataset, columns)
    for columns in (0, 32, dataset.points):
        check_image_columns(dataset, columns)
