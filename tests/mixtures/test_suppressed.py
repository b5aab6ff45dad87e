"""Lines and axis of a protonated solvent."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from support.mixture_spectra import mixture

from specmol_core.mixtures.suppressed import prediction_solvent, protonated_solvent


def test_lines_of_ethanol_are_excluded() -> None:
    solvent = protonated_solvent("ethanol", "1H")
    assert solvent is not None

    ranges = solvent.ranges(500.0)

    for ppm in (1.19, 3.60, 5.2):
        assert any(high > ppm > low for high, low in ranges)
    assert not any(high > 2.3 > low for high, low in ranges)
    assert max(high - low for high, low in solvent.ranges(60.0)[:2]) > max(high - low for high, low in ranges[:2])


def test_deuterated_and_unknown_solvents_exclude_nothing() -> None:
    assert all(protonated_solvent(name, "1H") is None for name in ("CD3OD", None, "xyz"))


@pytest.mark.parametrize("offset", [-0.16, 0.0, 0.21])
def test_the_axis_follows_the_lines_of_the_solvent(offset: float) -> None:
    """Ethanol is left over as two multiplets of either sign; a taller line stands between them."""
    solvent = protonated_solvent("ethanol", "1H")
    assert solvent is not None
    lines = [(1.19 + offset, 30, 2, 7.0), (3.60 + offset, 20, 3, 7.0)]
    spectrum = mixture({"acetone": 20.0}, extra=lines)
    upside_down = replace(spectrum, intensities=-np.asarray(spectrum.intensities))

    assert solvent.offset_ppm(spectrum) == pytest.approx(offset, abs=0.03)
    assert solvent.offset_ppm(upside_down) == pytest.approx(offset, abs=0.03)


def test_shifts_in_an_alcohol_are_those_in_methanol() -> None:
    assert prediction_solvent("2-propanol") == ("CD3OD", True)
    assert prediction_solvent("n-hexane") == ("other", False)
    assert prediction_solvent("D2O") == ("D2O", True)
    assert prediction_solvent("") == ("unknown", False)
