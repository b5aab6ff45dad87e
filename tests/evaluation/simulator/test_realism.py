from __future__ import annotations

import gzip
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support import measured_fixtures

from specmol_core.errors import DatasetError
from specmol_core.evaluation.simulator import realism
from specmol_core.evaluation.simulator import report as simulator_report
from specmol_core.evaluation.simulator.config import RealismConfig
from specmol_core.evaluation.simulator.counterpart import default_axis, prepare_pairs, resample_overlap, simulated_trace
from specmol_core.evaluation.simulator.realism import foreign_ranges, make_mirror_plots
from specmol_core.spectra.axis import PpmAxis

PREPARED = prepare_pairs([measured_fixtures.pair()], measured_fixtures.predict)[0]


def test_simulation_depends_on_its_seed() -> None:
    one, same, other = (simulated_trace(PREPARED, "1H", np.random.default_rng(s), 2048)[1] for s in (1, 1, 2))

    assert (one == same).all()
    assert (one != other).any()


def test_ideal_simulation_has_only_the_predicted_lines() -> None:
    axis, trace = simulated_trace(PREPARED, "13C", np.random.default_rng(0), 4096, ideal=True)
    tops = axis.grid()[1:-1][(trace[1:-1] > trace[:-2]) & (trace[1:-1] >= trace[2:]) & (trace[1:-1] > 0.05)]

    assert sorted(tops) == pytest.approx(sorted(measured_fixtures.SHIFTS.c13.values()), abs=axis.step)


def test_a_simulation_ends_where_the_measurement_ends() -> None:
    spectrum = measured_fixtures.measured("1H")
    narrow = replace(spectrum, axis=PpmAxis(9.0, 1.0, spectrum.axis.points))
    part, inside, values = resample_overlap(narrow, default_axis("1H", 2048))

    assert 9.0 - 0.01 < part.high <= 9.0
    assert 1.0 <= part.low < 1.01
    assert len(values) == part.points == inside.stop - inside.start


def test_measurement_outside_the_window_is_refused() -> None:
    spectrum = measured_fixtures.measured("1H")

    with pytest.raises(ValueError, match="is outside"):
        resample_overlap(replace(spectrum, axis=PpmAxis(300.0, 200.0, spectrum.axis.points)), default_axis("1H", 2048))


def test_negative_lines_of_a_signed_spectrum_count_by_magnitude() -> None:
    spectrum = measured_fixtures.measured("13C")
    turned = replace(spectrum, intensities=-spectrum.intensities)

    assert resample_overlap(turned, default_axis("13C", 2048))[2].max() == pytest.approx(1.0, abs=0.1)


def test_solvent_range_near_a_compound_shift_is_not_foreign() -> None:
    assert any(low < 77.16 < high for high, low in foreign_ranges(PREPARED, "13C"))
    hidden = replace(PREPARED, shifts={**PREPARED.shifts, "13C": replace(measured_fixtures.SHIFTS, c13={0: 77.5})})
    assert not any(low < 77.16 < high for high, low in foreign_ranges(hidden, "13C"))


def test_mirror_plots_are_scaled_to_the_strongest_compound_line() -> None:
    for mirror in make_mirror_plots([PREPARED], RealismConfig(points=4096)):
        for curve in (mirror.real, mirror.simulated):
            compound_ppm = measured_fixtures.SHIFTS.c13.values() if mirror.nucleus == "13C" else (1.26, 2.05, 4.12)
            distance = np.min([np.abs(curve.axis.grid() - p) for p in compound_ppm], axis=0)
            is_compound = distance < (2.0 if mirror.nucleus == "13C" else 0.2)
            assert curve.values[is_compound].max() == pytest.approx(1.0, abs=1e-6)


@pytest.mark.slow
def test_source_is_distinguished_from_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(realism, "_MIN_PAIRS_PER_SOURCE", 4)
    rng = np.random.default_rng(0)
    items = []
    for number in range(9):
        pair = replace(measured_fixtures.pair(), group=str(number), source="noisy" if number < 5 else "quiet")
        noise = {n: 0.05 * (number < 5) * rng.normal(size=len(s.intensities)) for n, s in pair.spectra.items()}
        noisy = {n: replace(s, intensities=s.intensities + noise[n]) for n, s in pair.spectra.items()}
        items.append(replace(PREPARED, pair=replace(pair, spectra=noisy)))

    found = realism.discriminate_simulated(items, RealismConfig(draws=1, points=2048), lambda done, total: None)

    assert list(found.sources) == ["noisy", "quiet"]
    assert found.sources["noisy"]["1H"]["logistic regression"].auc > 0.9
    monkeypatch.setattr(realism, "_MIN_PAIRS_PER_SOURCE", 5)
    assert (
        realism.discriminate_simulated(items, RealismConfig(draws=1, points=2048), lambda done, total: None).sources
        == {}
    )


def progress(what: str) -> nullcontext:
    return nullcontext(lambda done, total: None)


@pytest.mark.slow
def test_report_contains_all_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pairs = [measured_fixtures.pair(f"compound {i}", i) for i in range(3)]
    monkeypatch.setattr(simulator_report, "read_raw_pairs", lambda *_, **__: (pairs, ["x: unreadable"]))
    monkeypatch.setattr(simulator_report, "rank_among_decoys", decoys)
    library = tmp_path / "l.smi.gz"
    library.write_bytes(gzip.compress(b"CCCO\n"))

    found = simulator_report.evaluate_simulator(
        tmp_path,
        measured_fixtures.predict,
        RealismConfig(draws=2, points=2048),
        progress,
        library=library,
        plots=tmp_path / "p",
    )

    assert (found["pairs"], found["structures"], found["draws"]) == (3, 3, 2)
    assert found["skipped"] == ["x: unreadable"]
    assert [(r["shown"], r["classifier"]) for r in found["real_or_simulated"][::2]] == [
        (shown, "logistic regression") for shown in ("1H", "13C", "both")
    ]
    assert all(0 <= r["low"] <= r["high"] <= 1 for r in found["real_or_simulated"])
    assert len(found["distinguishing_features"]) == 20
    assert found["sources"] == []  # too few pairs to compare one source with the others
    assert found["decoys"]["figures"][2]["mrr"] == 1.0
    assert found["decoys"]["queries"] == [{"compound": "a", "decoys": 2, "rank_1H": 1, "rank_13C": 2, "rank_both": 1}]
    assert len(found["plots"]) == 7
    assert all(Path(p).is_file() for p in found["plots"])


def decoys(*_: object) -> object:
    from specmol_core.evaluation.simulator.same_formula import DecoyRanks

    return DecoyRanks(("a",), (2,), {"1H": (1,), "13C": (2,), "both": (1,)}, 30)


def test_pairs_without_predicted_shifts_are_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulator_report, "read_raw_pairs", lambda *_, **__: ([measured_fixtures.pair()], []))

    def refuse(mols: object, solvent: str) -> list:
        raise ValueError("an element it does not know")

    with pytest.raises(DatasetError, match="an element it does not know"):
        simulator_report.measure_ranges(tmp_path, refuse, progress)
