"""Signals of a measured pure spectrum."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.mixture_spectra import mixture, species

from specmol_core.errors import SpectrumError
from specmol_core.mixtures.config import QuantifyConfig
from specmol_core.mixtures.reference_traces import reference_signals


def test_each_multiplet_is_a_signal_with_its_share_of_the_protons() -> None:
    (ester,) = species("ethyl acetate")

    signals = reference_signals(ester, mixture({"ethyl acetate": 1.0}), "1H", QuantifyConfig())

    assert [s.ppm for s in signals] == pytest.approx([4.12, 2.04, 1.26], abs=0.005)
    assert [s.nuclei for s in signals] == pytest.approx([2, 3, 3], rel=0.03)


def test_the_line_of_the_solvent_is_no_signal() -> None:
    (acetone,) = species("acetone")

    signals = reference_signals(acetone, mixture({"acetone": 1.0}, extra=[(7.26, 1, 0, 0.0)]), "1H", QuantifyConfig())

    assert [s.nuclei for s in signals] == pytest.approx([6.0])


def test_a_spectrum_without_its_field_is_refused() -> None:
    (acetone,) = species("acetone")

    with pytest.raises(SpectrumError, match="does not state the field"):
        reference_signals(acetone, replace(mixture({"acetone": 1.0}), frequency_mhz=None), "1H", QuantifyConfig())
