"""The table of solvents; simulator and reader both take their lines from it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from specmol_core.errors import UsageError
from specmol_core.simulation.background import draw_background
from specmol_core.simulation.ranges import IDEAL, LogNormal
from specmol_core.simulation.sample import SOLVENTS as SIMULATED
from specmol_core.spectra.analysis.residual_solvent import find_residual_solvent, find_water
from specmol_core.spectra.analysis.solvent_lines import find_solvents
from specmol_core.spectra.peaks import Peak
from specmol_core.spectra.reference.signals import Splitting, multiplet_lines
from specmol_core.spectra.reference.solvents import SOLVENTS, Solvent, require_solvent, solvent_named

MHZ = {"1H": 500.0, "13C": 125.8}
SHOWN = {
    n: replace(r, solvent_probability=1.0, solvent_height=LogNormal(0.5))
    for n, r in (("1H", IDEAL.h1), ("13C", IDEAL.c13))
}

SPELLINGS = {
    # Of files and papers.
    "CDCl3": "CDCl3",
    "CHLOROFORM-d": "CDCl3",
    "d-chloroform": "CDCl3",
    "CDCl3 + 0.03 % TMS": "CDCl3",
    "dmso": "DMSO-d6",
    " dmso ": "DMSO-d6",
    "DMSO_d6": "DMSO-d6",
    "[D6]DMSO": "DMSO-d6",
    "(CD3)2SO": "DMSO-d6",
    "methanol-d4": "CD3OD",
    "MeOD": "CD3OD",
    "MeOH-d4": "CD3OD",
    "acetone-d₆": "acetone-d6",
    "BENZENE-d6": "C6D6",
    "H2O+D2O": "D2O",
    "THF": "THF-d8",
    "Dioxane": "dioxane-d8",
    "1,4-dioxane": "dioxane-d8",
    "Pyr": "pyridine-d5",
    # Cut off after 16 characters, as JEOL does.
    "METHYLENE-CHLORI": "CD2Cl2",
    "DIMETHYL SULFOXI": "DMSO-d6",
    "DIMETHYL FORMAMI": "DMF-d7",
    "1,1,2,2-TETRACHL": "C2D2Cl4",
    "ACETONITRIL-D3": "CD3CN",
    # Without a separator.
    "cdcl3": "CDCl3",
    "chloroform": "CDCl3",
    "chloroformd": "CDCl3",
    "chcl3": "CDCl3",
    "dmsod6": "DMSO-d6",
    "dimethylsulfoxide": "DMSO-d6",
    "methanol": "CD3OD",
    "methanold4": "CD3OD",
    "meohd4": "CD3OD",
    "cd3od": "CD3OD",
    "water": "D2O",
    "acetone": "acetone-d6",
    "acetoned6": "acetone-d6",
    "(cd3)2co": "acetone-d6",
    "benzene": "C6D6",
    "benzened6": "C6D6",
    "acetonitrile": "CD3CN",
    "acetonitriled3": "CD3CN",
    "mecn": "CD3CN",
    "dichloromethane": "CD2Cl2",
    "dichloromethaned2": "CD2Cl2",
    "dcm": "CD2Cl2",
    "methylenechloride": "CD2Cl2",
    "thfd8": "THF-d8",
    "tetrahydrofuran": "THF-d8",
    "dioxaned8": "dioxane-d8",
}


@pytest.mark.parametrize(("written", "name"), SPELLINGS.items())
def test_spellings(written: str, name: str) -> None:
    found = solvent_named(written)

    assert found is not None
    assert found.name == name


@pytest.mark.parametrize("written", [None, "", "unobtainium", "1H", "-d6", "told", "liquid helium"])
def test_unknown_solvent_is_none(written: str | None) -> None:
    assert solvent_named(written) is None


@pytest.mark.parametrize("solvent", SOLVENTS, ids=lambda s: s.name)
def test_every_solvent_is_found_by_its_names(solvent: Solvent) -> None:
    for name in (solvent.name, solvent.name.upper(), solvent.name.replace("-", ""), *solvent.names):
        assert solvent_named(name) is solvent, name


@pytest.mark.parametrize("solvent", SOLVENTS, ids=lambda s: s.name)
def test_shifts_and_couplings_are_plausible(solvent: Solvent) -> None:
    assert all(-1 < signal.ppm < 13 for signal in solvent.h1)
    assert all(-5 < signal.ppm < 220 for signal in solvent.c13)
    assert 0 < solvent.water_ppm < 13
    for signal in solvent.h1:
        assert signal.splitting.coupling_hz < 3
    for signal in solvent.c13:
        assert signal.splitting.coupling_hz < 1 or 18 < signal.splitting.coupling_hz < 33
    for signal in (*solvent.h1, *solvent.c13):
        assert (signal.splitting.spin == 1) == (signal.splitting.coupled_nuclei > 0)


def test_values_of_the_chart() -> None:
    """Values of the chart of Cambridge Isotope Laboratories, on which simulator and reader once disagreed."""
    known = {solvent.name: solvent for solvent in SOLVENTS}

    assert known["CD3OD"].h1[0].splitting == Splitting(2, 1.7, spin=1.0)  # 1.65 in the simulator
    assert known["CD2Cl2"].c13[0].splitting == Splitting(2, 27.2, spin=1.0)  # 27.0 in the simulator
    assert known["acetone-d6"].c13[1].splitting == Splitting(6, 0.9, spin=1.0)  # one line in the reader
    assert known["dioxane-d8"].water_ppm == 2.4  # 2.43 in the reader
    assert {name: known[name].water_ppm for name in ("CDCl3", "DMSO-d6", "C6D6", "D2O")} == {
        "CDCl3": 1.56,
        "DMSO-d6": 3.33,
        "C6D6": 0.40,
        "D2O": 4.79,
    }
    assert [s.name for s in SOLVENTS if s.deuterium_exchange] == ["CD3OD", "D2O", "TFE-d3", "acetic acid-d4"]


@pytest.mark.parametrize(
    ("splitting", "areas"),
    [
        (Splitting(), [1]),
        (Splitting(3, 7.0), [1, 3, 3, 1]),
        (Splitting(1, 32.0, spin=1.0), [1, 1, 1]),
        (Splitting(2, 27.0, spin=1.0), [1, 2, 3, 2, 1]),
        (Splitting(3, 21.0, spin=1.0), [1, 3, 6, 7, 6, 3, 1]),
    ],
)
def test_multiplets(splitting: Splitting, areas: list[int]) -> None:
    offsets, found = multiplet_lines(splitting)

    assert splitting.lines == len(areas)
    np.testing.assert_allclose(found, np.array(areas) / sum(areas))
    np.testing.assert_allclose(-np.diff(offsets), splitting.coupling_hz)
    assert offsets.sum() == pytest.approx(0)


def test_unresolved_splitting_gives_one_line() -> None:
    carbonyl = next(s for s in SOLVENTS if s.name == "acetone-d6").c13[1]

    assert (carbonyl.splitting.lines, carbonyl.lines, carbonyl.coupling_hz) == (13, 1, 0.0)


def simulated_peaks(solvent: Solvent, nucleus: str) -> list[Peak]:
    """Return the lines of a solvent as simulated, from high to low shift."""
    rng = np.random.default_rng(0)
    lines = draw_background(nucleus, solvent, "1D", MHZ[nucleus], 4.0, rng, SHOWN[nucleus], IDEAL.exchange).lines
    return [Peak(float(p), float(a), width_hz=1.0) for p, a in sorted(zip(lines.ppm, lines.area, strict=True))[::-1]]


def test_the_simulator_draws_solvents_of_the_table() -> None:
    assert all(any(solvent is other for other in SOLVENTS) for solvent in SIMULATED.values())


@pytest.mark.parametrize("nucleus", ["1H", "13C"])
@pytest.mark.parametrize("solvent", SOLVENTS, ids=lambda s: s.name)
def test_the_simulator_draws_the_lines_of_the_table(solvent: Solvent, nucleus: str) -> None:
    """The simulator draws lines at the shifts of the table, plus 0.008 ppm (1H) or 0.05 ppm (13C) of noise."""
    signals = solvent.residual_h1 if nucleus == "1H" else solvent.c13
    expected = [s.ppm + o for s in signals for o in multiplet_lines(s.splitting)[0] / MHZ[nucleus]]

    drawn = [peak.ppm for peak in simulated_peaks(solvent, nucleus)]

    tolerance = {"1H": 0.03, "13C": 0.2}[nucleus]
    assert len(drawn) == len(expected)
    assert all(min(abs(ppm - shift) for shift in expected) < tolerance for ppm in drawn)
    assert all(min(abs(ppm - shift) for ppm in drawn) < tolerance for shift in expected)


@pytest.mark.parametrize("solvent", [s for s in SOLVENTS if any(x.lines > 1 for x in s.c13)], ids=lambda s: s.name)
def test_the_reader_recognises_the_drawn_carbons(solvent: Solvent) -> None:
    matches = find_solvents(simulated_peaks(solvent, "13C"), "13C", MHZ["13C"], (220.0, -10.0))

    assert matches
    assert matches[0].solvent is solvent
    assert matches[0].offset_ppm == pytest.approx(0.0, abs=0.15)


@pytest.mark.parametrize("solvent", [s for s in SIMULATED.values() if s.residual_h1], ids=lambda s: s.name)
def test_the_reader_recognises_the_drawn_residual_protons(solvent: Solvent) -> None:
    solvent_peaks = simulated_peaks(solvent, "1H")
    compound = [Peak(9.4, 100.0, width_hz=1.0), Peak(8.9, 80.0, width_hz=1.0)]

    found = find_residual_solvent([*compound, *solvent_peaks], MHZ["1H"], solvent)

    assert found is not None
    assert found.solvent is solvent
    assert {i for i, name in found.origins.items() if name == solvent.name} == set(range(2, 2 + len(solvent_peaks)))


@pytest.mark.parametrize("solvent", [s for s in SIMULATED.values() if s.name != "D2O"], ids=lambda s: s.name)
def test_the_reader_recognises_the_drawn_water(solvent: Solvent) -> None:
    """The simulator shifts water by 0.06 ppm (standard deviation); the reader accepts 0.08 ppm."""
    exchange = replace(IDEAL.exchange, water_probability=1.0, water_height=LogNormal(0.02))
    shifts = []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        (water,) = draw_background("1H", solvent, "1D", MHZ["1H"], 4.0, rng, IDEAL.h1, exchange).broad
        shifts.append(water.ppm)
    middle = float(np.mean(shifts))

    assert middle == pytest.approx(solvent.water_ppm, abs=0.02)
    peaks = [Peak(9.4, 100.0, width_hz=1.0), Peak(8.9, 80.0, width_hz=1.0), Peak(middle, 2.0, width_hz=3.0)]
    assert find_water(peaks, MHZ["1H"], solvent, {}) == {2: f"water in {solvent.name}"}


def test_a_required_solvent_has_its_name_in_the_table_and_an_unknown_one_is_refused_with_the_list() -> None:
    assert require_solvent("d6-dmso") == "DMSO-d6"
    with pytest.raises(
        UsageError, match=r"^list\.csv, line 3: the solvent 'gin' is unknown; choose one of CDCl3, DMSO"
    ):
        require_solvent("gin", "list.csv, line 3")
