"""Kinds of input."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from specmol_core.matcher.input_kind import kind_of
from specmol_core.spectra.analysis.analysis import analyse_unmasked
from specmol_core.spectra.axis import PpmAxis
from specmol_core.spectra.peaks import Peak
from specmol_core.spectra.spectrum import Nucleus, Spectrum, SpectrumPair


def spectrum(nucleus: Nucleus, points: int = 8192, **values: object) -> Spectrum:
    trace = np.zeros(points, np.float32)
    trace[points // 2] = 1.0
    return replace(Spectrum(nucleus, PpmAxis(12.0, 0.0, points), trace), **values)  # type: ignore[arg-type]


LIST = {"peaks": (Peak(5.0, 1.0, None),)}


@pytest.mark.parametrize(
    ("h1", "c13", "kind"),
    [
        (spectrum("1H", **LIST), spectrum("13C", **LIST), "peak lists, both nuclei"),
        (spectrum("1H"), None, "traces, 1H alone"),
        (None, spectrum("13C", height_step=0.01), "pictures, 13C alone"),
        (spectrum("1H", points=256), None, "pictures, 1H alone"),
        (spectrum("1H", **LIST), spectrum("13C"), "traces, both nuclei"),
        (spectrum("1H", height_step=0.01), spectrum("13C", **LIST), "pictures, both nuclei"),
    ],
)
def test_a_pair_has_the_kind_of_which_less_can_be_read(h1: Spectrum | None, c13: Spectrum | None, kind: str) -> None:
    assert kind_of(analyse_unmasked(SpectrumPair(h1, c13))) == kind
