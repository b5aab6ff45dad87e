from __future__ import annotations

from specmol_core.simulation.impurities import IMPURITIES
from specmol_core.simulation.solvents import SOLVENTS


def test_impurities_have_a_shift_for_every_signal_in_every_solvent() -> None:
    for impurity in IMPURITIES:
        for nucleus, high in (("1H", 9.0), ("13C", 220.0)):
            for solvent in SOLVENTS:
                lines = impurity.lines(nucleus, solvent)
                assert lines
                assert all(-1 < ppm < high for _, ppm in lines), impurity.name
    acetone = next(i for i in IMPURITIES if i.name == "acetone")
    assert [ppm for _, ppm in acetone.lines("1H", "DMSO-d6")] == [2.09]
    assert [ppm for _, ppm in acetone.lines("1H", "THF-d8")] == [2.17]
