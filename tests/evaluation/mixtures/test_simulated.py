from __future__ import annotations

import numpy as np
import pytest
from rdkit import Chem

from specmol_core.evaluation.mixtures.simulated import simulated_mixture
from specmol_core.shifts.atoms import AtomShifts

BENZENE = (Chem.MolFromSmiles("c1ccccc1"), AtomShifts(dict.fromkeys(range(6), 128.4), {k: [7.36] for k in range(6)}))
ACETONE = (
    Chem.MolFromSmiles("CC(C)=O"),
    AtomShifts({0: 30.9, 1: 207.0, 2: 30.9}, {0: [2.17] * 3, 2: [2.17] * 3}),
)


@pytest.mark.parametrize("share", [0.2, 0.7])
def test_areas_are_those_of_the_fractions(share: float) -> None:
    spectra = simulated_mixture([BENZENE, ACETONE], (share, 1 - share), np.random.default_rng(0), noise=0.0)

    proton = spectra["1H"]
    ppm, trace = proton.axis.grid(), np.asarray(proton.intensities, np.float64)
    areas = [trace[np.abs(ppm - centre) < 0.5].sum() for centre in (7.36, 2.17)]
    assert areas[0] / sum(areas) == pytest.approx(share, abs=0.02)
    assert (proton.frequency_mhz, proton.solvent) == (400.0, "CDCl3")
    assert spectra["13C"].frequency_mhz == pytest.approx(100.6, abs=0.1)


def test_noise_is_added_once() -> None:
    def noise(factor: float) -> float:
        spectra = simulated_mixture([BENZENE, ACETONE], (0.5, 0.5), np.random.default_rng(0), noise=factor)
        return float(np.std(spectra["13C"].intensities[:2000]))

    assert noise(1.0) == pytest.approx(0.004, rel=0.2)
    assert noise(3.0) == pytest.approx(3 * noise(1.0), rel=0.1)


def test_a_nucleus_that_no_compound_has_is_left_out() -> None:
    tetrachloromethane = Chem.MolFromSmiles("ClC(Cl)(Cl)Cl"), AtomShifts({1: 96.7}, {})

    assert set(simulated_mixture([tetrachloromethane], (1.0,), np.random.default_rng(0))) == {"13C"}
