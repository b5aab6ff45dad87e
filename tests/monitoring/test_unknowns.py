from __future__ import annotations

import numpy as np
import pytest

from specmol_core.monitoring.unknowns import unknown_compounds

RNG = np.random.default_rng(2)
RISE = np.linspace(0.0, 0.05, 12)
BUMP = 0.04 * np.exp(-((np.arange(12) - 5.0) ** 2) / 6)
A, B = {7.90: 2.0, 3.80: 3.0, 2.10: 1.0}, {5.55: 1.0, 1.30: 6.0}


def series() -> list[list[tuple[float, float]]]:
    """Signals of two compounds with a drift of 0.01 ppm and 3 % noise; those of little area are not seen."""
    spectra = []
    for number in range(12):
        signals = []
        for compound, course in ((A, RISE), (B, BUMP)):
            for ppm, nuclei in compound.items():
                area = float(course[number]) * nuclei / 3 * (1 + 0.03 * RNG.standard_normal())
                if area > 0.002:
                    signals.append((ppm + 0.0008 * number, area))
        spectra.append(signals)
    return spectra


def test_signals_that_change_together_are_one_compound() -> None:
    first, second = unknown_compounds(series(), "1H")

    assert {round(p, 1) for p in first.ppm + second.ppm} == {7.9, 3.8, 2.1, 5.6, 1.3}
    by_size = {len(unknown.ppm): unknown for unknown in (first, second)}
    assert by_size[3].ppm == pytest.approx((7.905, 3.805, 2.105), abs=0.006)
    assert by_size[2].ppm == pytest.approx((5.555, 1.305), abs=0.006)
    ratio = np.array(by_size[2].areas)
    assert ratio[1] / ratio[0] == pytest.approx(6.0, rel=0.35)
    assert len(first.course) == 12
    assert sum(first.course) >= sum(second.course)


def test_a_signal_of_two_spectra_is_none() -> None:
    assert unknown_compounds([[(7.1, 0.1)], [(7.1, 0.1)], []], "1H") == []


def test_a_weak_signal_is_none() -> None:
    assert unknown_compounds([[(7.1, 0.002)]] * 5, "1H") == []


def test_a_constant_impurity_is_one_compound() -> None:
    (unknown,) = unknown_compounds([[(7.1, 0.02), (2.2, 0.01)]] * 5, "1H")

    assert unknown.ppm == (7.1, 2.2)
    assert unknown.areas == pytest.approx((2.0, 1.0))


def test_an_empty_series() -> None:
    assert unknown_compounds([], "13C") == []
