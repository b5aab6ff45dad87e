"""The names of solvents, and the tables."""

from __future__ import annotations

import pytest

from specmol_core.spectra.analysis.impurities import IMPURITIES, TABLE_SOLVENTS
from specmol_core.spectra.analysis.solvents import SOLVENTS, solvent_named

NAMES = {
    "CDCl3": "CDCl3",
    "CHLOROFORM-d": "CDCl3",
    "d-chloroform": "CDCl3",
    "CDCl3 + 0.03 % TMS": "CDCl3",
    "dmso": "DMSO-d6",
    "DMSO_d6": "DMSO-d6",
    "[D6]DMSO": "DMSO-d6",
    "(CD3)2SO": "DMSO-d6",
    "methanol-d4": "CD3OD",
    "acetone-d₆": "acetone-d6",
    "BENZENE-d6": "C6D6",
    "H2O+D2O": "D2O",
    "THF": "THF-d8",
    "Pyr": "pyridine-d5",
}


@pytest.mark.parametrize(("written", "name"), NAMES.items())
def test_spellings(written: str, name: str) -> None:
    found = solvent_named(written)

    assert found is not None
    assert found.name == name


@pytest.mark.parametrize("written", [None, "", "unobtainium", "1H", "-d6"])
def test_what_is_no_solvent(written: str | None) -> None:
    assert solvent_named(written) is None


def test_every_solvent_is_found_by_its_own_names() -> None:
    for solvent in SOLVENTS:
        for name in (solvent.name, *solvent.names):
            found = solvent_named(name)
            assert found is solvent, name


def test_the_tables_are_complete_and_within_reason() -> None:
    assert set(TABLE_SOLVENTS) <= {solvent.name for solvent in SOLVENTS}
    for impurity in IMPURITIES:
        for nucleus, high in (("1H", 9.0), ("13C", 220.0)):
            for signal in impurity.signals(nucleus):
                assert len(signal.ppm) == len(TABLE_SOLVENTS), impurity.name
                known = [p for p in signal.ppm if p is not None]
                assert all(-1 < p < high for p in known), impurity.name
                # A shift far from the others is a slip of the hand, but for solvents that bind (D2O, CD3OD).
                middle = sorted(known)[len(known) // 2]
                assert all(abs(p - middle) < (1.9 if nucleus == "1H" else 10.5) for p in known), impurity.name
