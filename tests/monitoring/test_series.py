"""Series of spectra whose composition is known, whole and in pieces."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.mixture_spectra import mixture, species

from specmol_core.errors import SpectrumError, UsageError
from specmol_core.mixtures.fitter import MixtureFitter
from specmol_core.mixtures.species import Species
from specmol_core.monitoring.condition import Condition
from specmol_core.monitoring.items import SeriesItem
from specmol_core.monitoring.journal import Journal
from specmol_core.monitoring.kinetics import fit_rate_law
from specmol_core.monitoring.series import SeriesMonitor, series_columns
from specmol_core.monitoring.times import GivenTimes
from specmol_core.shifts.predictor import ShiftPredictor
from specmol_core.spectra.readers.source import NucleusError
from specmol_core.spectra.spectrum import Spectrum

pytestmark = pytest.mark.slow
RATE = 4e-3
"""1/s."""
TIMES = [0.0, 60.0, 120.0, 180.0, 300.0, 420.0, 600.0, 900.0]


def reaction() -> list[Species]:
    """Acetone becomes isopropanol."""
    reactant, product = species("acetone", "isopropanol")
    return [replace(reactant, role="reactant"), replace(product, role="product")]


NAMES = [one.name for one in reaction()]
ITEMS = [SeriesItem(str(number), Path(str(number)), time) for number, time in enumerate(TIMES)]


def read(path: Path) -> Spectrum:
    """The spectrum of the time with this number."""
    if path.name == "broken":
        raise SpectrumError(path, "is damaged")
    left = float(np.exp(-RATE * TIMES[int(path.name)]))
    return mixture({"acetone": left, "isopropanol": 1 - left}, offset_ppm=0.001 * int(path.name))


@pytest.fixture(scope="module")
def predictor() -> ShiftPredictor:
    return ShiftPredictor.load()


@pytest.fixture
def monitor(predictor: ShiftPredictor) -> Callable[..., SeriesMonitor]:
    def make(output: Path | None = None, condition: Condition | None = None) -> SeriesMonitor:
        journal = None if output is None else Journal(output, series_columns(NAMES, has_conversion=True))
        return SeriesMonitor(MixtureFitter(reaction(), predictor), read, journal, condition)

    return make


def values(row: dict[str, Any]) -> list[Any]:
    return [row[name] for name in ("spectrum", "time_s", *NAMES, "conversion", "balance", "unexplained")]


def test_conversions_and_rate_of_a_reaction(monitor: Callable[..., SeriesMonitor]) -> None:
    series = monitor()
    for item in ITEMS:
        series.add(item)

    conversions = [row["conversion"] for row in series.rows]
    assert conversions == pytest.approx((1 - np.exp(-RATE * np.array(TIMES))).tolist(), abs=0.03)
    assert [row["time_s"] for row in series.rows] == TIMES
    law = fit_rate_law(TIMES, [1 - c for c in conversions])
    assert law is not None
    assert law.order == "first"
    assert law.rate == pytest.approx(RATE, rel=0.1)
    for row in series.rows:
        assert row["conversion_low"] <= row["conversion"] <= row["conversion_high"]


@pytest.mark.parametrize("name", ["run.csv", "run.jsonl"])
def test_a_run_in_pieces_is_the_same_as_one(tmp_path: Path, monitor: Callable[..., SeriesMonitor], name: str) -> None:
    whole = monitor()
    for item in ITEMS[:5]:
        whole.add(item)

    for stop in (1, 3, 5):
        part = monitor(tmp_path / name)
        for item in ITEMS[:stop]:
            if item.key not in part.done:
                part.add(item)

    continued = monitor(tmp_path / name)
    assert continued.done == {"0", "1", "2", "3", "4"}
    assert [values(row) for row in continued.rows] == [values(row) for row in whole.rows]
    assert continued.unexplained == whole.unexplained


def test_a_lost_memory_takes_a_full_search(tmp_path: Path, monitor: Callable[..., SeriesMonitor]) -> None:
    part = monitor(tmp_path / "run.csv")
    part.add(ITEMS[0])
    (tmp_path / ".run.csv.state").write_text('[["0", {"states": 5}]]')

    continued = monitor(tmp_path / "run.csv")
    assert continued.fitter.memory is None
    assert continued.add(ITEMS[1])["acetone"] == pytest.approx(np.exp(-RATE * TIMES[1]), abs=0.03)


def test_a_spectrum_that_cannot_be_read_is_a_line(tmp_path: Path, monitor: Callable[..., SeriesMonitor]) -> None:
    series = monitor(tmp_path / "run.csv")
    series.add(ITEMS[0])

    row = series.add(SeriesItem("broken", Path("broken")))
    assert row == {"spectrum": "broken", "error": "broken: is damaged"}
    assert series.add(ITEMS[1])["conversion"] == pytest.approx(1 - np.exp(-RATE * TIMES[1]), abs=0.03)
    assert monitor(tmp_path / "run.csv").done == {"0", "broken", "1"}


def test_the_condition_ends_the_series(monitor: Callable[..., SeriesMonitor]) -> None:
    series = monitor(condition=Condition("conversion", ">", 0.3))
    assert not series.is_finished
    series.add(ITEMS[0])
    assert not series.is_finished
    series.add(ITEMS[4])
    assert series.is_finished


def test_a_steady_mixture_is_told(monitor: Callable[..., SeriesMonitor]) -> None:
    series = monitor()
    rows = [series.add(SeriesItem(f"{k}", Path("3"), float(k))) for k in range(6)]

    assert [row["steady"] for row in rows] == [False] * 4 + [True] * 2


def test_a_species_with_the_name_of_a_column() -> None:
    with pytest.raises(UsageError, match="has the name error"):
        series_columns(["ester", "error"], has_conversion=False)


def test_the_balance_needs_a_standard(predictor: ShiftPredictor) -> None:
    standard = replace(species("1,4-dimethoxybenzene")[0], role="standard")

    def with_standard(path: Path) -> Spectrum:
        left = [1.0, 0.5, 0.2][int(path.name)]
        # In the last spectrum a quarter of the material is lost.
        kept = [1.0, 1.0, 0.75][int(path.name)]
        amounts = {"acetone": left * kept, "isopropanol": (1 - left) * kept, "1,4-dimethoxybenzene": 0.3}
        return mixture({name: amount for name, amount in amounts.items() if amount})

    series = SeriesMonitor(MixtureFitter([*reaction(), standard], predictor), with_standard)
    rows = [series.add(item) for item in ITEMS[:3]]

    assert [row["balance"] for row in rows] == pytest.approx([1.0, 1.0, 0.75], abs=0.06)
    assert SeriesMonitor(MixtureFitter(reaction(), predictor), read).add(ITEMS[0])["balance"] is None


def test_a_spectrum_of_another_field_is_an_error_and_the_series_goes_on(
    predictor: ShiftPredictor, tmp_path: Path
) -> None:
    def at(path: Path) -> Spectrum:
        return mixture({"acetone": 1.0, "isopropanol": 0.2}, mhz=80.0 if path.name == "2" else 400.0)

    def make() -> SeriesMonitor:
        journal = Journal(tmp_path / "run.jsonl", series_columns(NAMES, has_conversion=True))
        return SeriesMonitor(MixtureFitter(reaction(), predictor), at, journal)

    rows = [make().add(item) for item in ITEMS[:4]]

    assert "was measured at 80.0 MHz, the series at 400.0 MHz" in rows[2]["error"]
    assert [bool(row.get("error")) for row in rows] == [False, False, True, False]


def test_left_out_spectra_have_no_line_that_is_kept(predictor: ShiftPredictor) -> None:
    def other(path: Path) -> Spectrum:
        raise NucleusError(path, "is a 13C spectrum, given as 1H", "13C")

    series = SeriesMonitor(MixtureFitter(reaction(), predictor), other)

    found = [
        series.add(item)
        for item in (
            SeriesItem("1", Path("1"), left_out="is of 13C"),
            SeriesItem("2", Path("2"), is_found=True),
            SeriesItem("3", Path("3")),
        )
    ]

    assert [sorted(row) for row in found] == [["left_out", "spectrum"], ["left_out", "spectrum"], ["error", "spectrum"]]
    assert (len(series.rows), series.left_out) == (1, 2)


def test_given_times_count_the_lines(predictor: ShiftPredictor) -> None:
    series = SeriesMonitor(MixtureFitter(reaction(), predictor), read, times=GivenTimes(values=[5.0, 15.0, 40.0]))

    rows = [series.add(item) for item in (ITEMS[0], SeriesItem("x", Path("broken")), ITEMS[2], ITEMS[3])]

    assert [row.get("time_s") for row in rows] == [0.0, None, 35.0, None]
    assert "--times has no time for it" in rows[3]["warnings"]
