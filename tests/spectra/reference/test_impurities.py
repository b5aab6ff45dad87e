"""The table of impurities; simulator and reader both take their lines from it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from specmol_core.simulation.background import draw_background
from specmol_core.simulation.ranges import IDEAL, LogNormal
from specmol_core.simulation.sample import IMPURITIES as DRAWN
from specmol_core.simulation.sample import IMPURITY_WEIGHTS
from specmol_core.simulation.sample import SOLVENTS as SIMULATED
from specmol_core.spectra.analysis.contaminants import SOUGHT, find_impurities_c13
from specmol_core.spectra.peaks import Peak
from specmol_core.spectra.reference.impurities import IMPURITIES, TABLE_SOLVENTS, Impurity, impurity_named
from specmol_core.spectra.reference.signals import multiplet_lines
from specmol_core.spectra.reference.solvents import SOLVENTS

RANGES = {"1H": (-1.0, 13.0), "13C": (-5.0, 220.0)}


def shift(name: str, nucleus: str, group: str, solvent: str) -> float | None:
    impurity = impurity_named(name)
    signals, rows = (impurity.h1, impurity.h1_ppm) if nucleus == "1H" else (impurity.c13, impurity.c13_ppm)
    (row,) = (r for s, r in zip(signals, rows, strict=True) if s.group == group)
    return row[TABLE_SOLVENTS.index(solvent)]


@pytest.mark.parametrize("impurity", IMPURITIES, ids=lambda i: i.name)
@pytest.mark.parametrize("nucleus", ["1H", "13C"])
def test_all_shifts_are_plausible(impurity: Impurity, nucleus: str) -> None:
    low, high = RANGES[nucleus]
    for row in impurity.h1_ppm if nucleus == "1H" else impurity.c13_ppm:
        known = [ppm for ppm in row if ppm is not None]
        assert len(row) == len(TABLE_SOLVENTS)
        assert row[TABLE_SOLVENTS.index("CDCl3")] is not None
        assert all(low < ppm < high for ppm in known)
        # A shift far from the others is a misprint, except in solvents that bind (D2O, CD3OD) and arenes.
        middle = float(np.median(known))
        assert all(abs(ppm - middle) < (1.9 if nucleus == "1H" else 10.5) for ppm in known)


def test_the_solvents_of_the_table_are_known() -> None:
    assert set(TABLE_SOLVENTS) <= {solvent.name for solvent in SOLVENTS}
    assert len({impurity.name for impurity in IMPURITIES}) == len(IMPURITIES)


@pytest.mark.parametrize(
    ("name", "nucleus", "group", "solvent", "ppm"),
    [
        # The Supporting Information of Fulmer 2010 corrects the 1.50 of Gottlieb 1997; Babij 2016 measured 1.15.
        ("2-propanol", "1H", "CH3", "CD3OD", 1.15),
        # Babij 2016; 1.40 in Fulmer 2010 and Gottlieb 1997, far from all other solvents.
        ("tert-butyl alcohol", "1H", "CH3", "CD3OD", 1.22),
        # Babij 2016; 30.72 in Fulmer 2010.
        ("tert-butyl alcohol", "13C", "CH3", "acetone-d6", 31.61),
        # Babij 2016: 3.54 to 3.58; 3.28 in Fulmer 2010.
        ("ethylene glycol", "1H", "CH2", "acetone-d6", 3.56),
        # Babij 2016: 3.38 to 3.40; 3.34 in Fulmer 2010.
        ("ethylene glycol", "1H", "CH2", "DMSO-d6", 3.39),
        # Fulmer 2010; the simulator had the 1.04 of Gottlieb 1997.
        ("silicone grease", "13C", "CH3", "CDCl3", 1.19),
        # Fulmer 2010; the reader had none.
        ("silicone grease", "1H", "CH3", "DMSO-d6", -0.06),
        # No source; the simulator had 1.22 and 1.19, which Fulmer 2010 gives for CD2Cl2 and CDCl3.
        ("silicone grease", "13C", "CH3", "DMSO-d6", None),
        ("silicone grease", "13C", "CH3", "CD3CN", None),
        # Fulmer 2010; the reader had 26.15, and in toluene-d8 the values of C6D6.
        ("tetrahydrofuran", "13C", "CH2", "THF-d8", 26.19),
        ("tetrahydrofuran", "13C", "CH2", "toluene-d8", 25.79),
        ("tetrahydrofuran", "13C", "CH2O", "toluene-d8", 67.75),
        # Babij 2016, middles of ranges; simulator and reader had 7.16 and 7.15, 7.18 and 7.20, 7.16 and 7.20.
        ("toluene", "1H", "CH(o, p)", "acetone-d6", 7.15),
        ("toluene", "1H", "CH(m)", "acetone-d6", 7.24),
        ("toluene", "1H", "CH(o, p)", "CD3CN", 7.17),
        ("toluene", "1H", "CH(m)", "CD3CN", 7.25),
        ("toluene", "1H", "CH(o, p)", "CD3OD", 7.13),
        ("toluene", "1H", "CH(m)", "CD3OD", 7.21),
        # Fulmer 2010: 6.96 to 7.01.
        ("toluene", "1H", "CH(o, p)", "toluene-d8", 6.99),
        # Fulmer 2010 corrects the 1.55 that Gottlieb 1997 prints for three compounds.
        ("acetic acid", "1H", "CH3", "C6D6", 1.52),
        ("acetonitrile", "1H", "CH3", "C6D6", 0.58),
        # Gottlieb 1997; the reader had none.
        ("dimethyl sulfoxide", "1H", "CH3", "DMSO-d6", 2.54),
        # Fulmer 2010; the reader had none, because the 1H line is that of the solvent.
        ("chloroform", "1H", "CH", "CDCl3", 7.26),
        ("chloroform", "13C", "CH", "CDCl3", 77.36),
        # Fulmer 2010, "H grease": 0.82 to 0.88; the simulator had 0.82.
        ("grease", "1H", "CH3", "DMSO-d6", 0.85),
        # Doubtful, but printed in Fulmer 2010: no other measurement was found.
        ("diethyl ether", "13C", "CH2", "DMSO-d6", 62.05),
        ("n-pentane", "13C", "CH3", "DMSO-d6", 13.28),
        ("2-propanol", "13C", "CH", "DMSO-d6", 64.92),
        ("2-propanol", "13C", "CH", "THF-d8", 66.14),
    ],
)
def test_cells_with_conflicting_sources(name: str, nucleus: str, group: str, solvent: str, ppm: float | None) -> None:
    assert shift(name, nucleus, group, solvent) == ppm


def test_signals_of_a_solvent() -> None:
    acetone = impurity_named("acetone")

    assert [s.ppm for s in acetone.signals("1H", "DMSO-d6") or ()] == [2.09]
    assert acetone.signals("1H", "dioxane-d8") is None
    assert impurity_named("silicone grease").signals("13C", "DMSO-d6") is None
    # If the table lacks a shift, the simulator uses that in CDCl3.
    assert [s.ppm for s in acetone.signals_or_default("1H", "dioxane-d8")] == [2.17]
    assert [s.ppm for s in acetone.signals_or_default("1H", "THF-d8")] == [2.05]
    assert [s.ppm for s in impurity_named("silicone grease").signals_or_default("13C", "DMSO-d6")] == [1.19]


def test_carbons_without_hydrogen_are_weak() -> None:
    for impurity in IMPURITIES:
        for signal in impurity.c13:
            assert signal.relative_intensity == (1.0 if signal.attached_hydrogens else 0.3), impurity.name


def test_the_simulator_draws_impurities_of_the_table() -> None:
    assert len(DRAWN) == len(IMPURITY_WEIGHTS)
    assert all(any(impurity is other for other in IMPURITIES) for impurity in DRAWN)
    # The reader looks for all impurities except grease, because a long alkyl chain looks like grease.
    assert [impurity.name for impurity in DRAWN if impurity not in SOUGHT] == ["grease"]


@pytest.mark.parametrize("nucleus", ["1H", "13C"])
@pytest.mark.parametrize("solvent", SIMULATED)
def test_the_simulator_draws_the_lines_of_the_table(solvent: str, nucleus: str) -> None:
    """The simulator draws lines at the shifts of the table, plus 0.008 ppm (1H) or 0.05 ppm (13C) of noise."""
    ideal = IDEAL.h1 if nucleus == "1H" else IDEAL.c13
    ranges = replace(ideal, impurity_probability=1.0, impurity_height=LogNormal(0.1))
    mhz = {"1H": 400.0, "13C": 100.0}[nucleus]
    seen = set()
    for seed in range(12):
        rng = np.random.default_rng(seed)
        found = draw_background(nucleus, SIMULATED[solvent], "1D", mhz, 4.0, rng, ranges, IDEAL.exchange)
        signals = [s for i in found.impurities for s in DRAWN[i].signals_or_default(nucleus, solvent)]
        expected = np.concatenate([s.ppm + multiplet_lines(s.splitting)[0] / mhz for s in signals])
        np.testing.assert_allclose(found.lines.ppm, expected, atol={"1H": 0.035, "13C": 0.25}[nucleus])
        seen |= {DRAWN[i] for i in found.impurities}
        for impurity in (DRAWN[i] for i in found.impurities):
            cells = impurity.signals(nucleus, solvent)
            assert cells is None or cells == impurity.signals_or_default(nucleus, solvent)
    assert len(seen) > len(DRAWN) // 2


@pytest.mark.parametrize("impurity", [i for i in DRAWN if i in SOUGHT], ids=lambda i: i.name)
def test_reader_finds_impurities_at_the_shifts_of_the_table(impurity: Impurity) -> None:
    compound = [Peak(ppm, 100.0, 1.0) for ppm in (190.1, 152.3, 111.2, 98.4, 45.7)]
    for solvent in TABLE_SOLVENTS:
        signals = impurity.signals("13C", solvent)
        if signals is None or (impurity.name, solvent) == ("chloroform", "CDCl3"):
            continue
        peaks = [*compound, *(Peak(signal.ppm, 8.0, 1.0) for signal in signals)]

        claims = find_impurities_c13(peaks, range(len(peaks)), solvent, 0.0)

        assert {i for i, name in claims.items() if name == impurity.name} == set(range(5, len(peaks))), solvent


def test_chloroform_in_cdcl3_is_the_solvent() -> None:
    peaks = [*(Peak(ppm, 100.0, 1.0) for ppm in (190.1, 152.3, 45.7)), Peak(77.36, 8.0, 1.0)]

    assert find_impurities_c13(peaks, range(4), "CDCl3", 0.0) == {}
