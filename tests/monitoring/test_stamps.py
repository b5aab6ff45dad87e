from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from support.array_files import write_jdf_array
from support.mixture_spectra import mixture

from specmol_core.monitoring.stamps import measured_at


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("acqus", "##TITLE= x\n##$DATE= 1695811839\n##$DECIM= 1\n", 1695811839.0),
        ("procpar", 'time_run 2 2 8 2 2 2 1 8202 1 64\n1 "20230927T105039"\n0\n', datetime(2023, 9, 27, 10, 50, 39)),
        (
            "acqu.par",
            'startTime                 = "2019-05-23T11:08:59.125"\n',
            datetime(2019, 5, 23, 11, 8, 59, 125000),
        ),
        ("acqu.par", "bandwidth = 5\n", None),
        ("other", "##$DATE= 1695811839\n", None),
    ],
)
def test_folder_of_an_experiment(tmp_path: Path, name: str, text: str, expected: float | datetime | None) -> None:
    (tmp_path / name).write_text(text)

    found = measured_at(tmp_path)

    assert found == (expected.timestamp() if isinstance(expected, datetime) else expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("##TITLE= x\n##LONG DATE= 2023/09/27 10:50:39\n", datetime(2023, 9, 27, 10, 50, 39).timestamp()),
        ("##TITLE= x\n##LONGDATE= 2023/09/27 10:50:39+0200\n", 1695804639.0),
        ("##TITLE= x\n##$DATE= 1695811839\n", 1695811839.0),
        ("##TITLE= x\n##LONG DATE= sometime in May\n", None),
        ("7.26,1.0\n", None),
    ],
)
def test_jcamp_file(tmp_path: Path, text: str, expected: float | None) -> None:
    path = tmp_path / "a.dx"
    path.write_text(text)

    assert measured_at(path) == expected


def test_jeol_file(tmp_path: Path) -> None:
    spectra = [mixture({"acetone": 1.0}, points=2048)]
    path = write_jdf_array(tmp_path / "a.jdf", spectra, points=64, actual_start_time=8.5e8)

    # Delta counts from 1990.
    assert measured_at(path) == 8.5e8 + 631_152_000
    path.write_bytes(path.read_bytes()[:1300])
    assert measured_at(path) is None


def test_folders_of_spinsolve_name_the_time(tmp_path: Path) -> None:
    folder = tmp_path / "2026" / "11" / "30" / "093015-1D PROTON-sample"
    folder.mkdir(parents=True)
    (folder / "acqu.par").write_text("bandwidth = 5\n")

    assert measured_at(folder) == datetime(2026, 11, 30, 9, 30, 15).timestamp()


def test_no_file(tmp_path: Path) -> None:
    assert measured_at(tmp_path / "none") is None


def test_measured_series_is_of_one_day(shared: Path) -> None:
    folder = shared / "data" / "mixtures" / "flow_reaction" / "iii"
    if not folder.is_dir():
        pytest.skip("no measured series")

    times = [measured_at(folder / str(number)) for number in range(1, 12)]

    known = [time for time in times if time is not None]
    assert len(set(known)) == 11
    assert max(known) - min(known) < 86_400
