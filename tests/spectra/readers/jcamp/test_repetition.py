"""Time between scans, from the parameters of Bruker's programs in JCAMP-DX files."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from specmol_core.spectra.spectrum import Spectrum

BRUKER = {"$D": "(0..63)\n0 2 0 0", "$TD": "8000", "$SW_h": "4000", "$NS": "8", "$DS": "0"}


@pytest.mark.parametrize(
    ("changed", "seconds"),
    [({}, 3.0), ({"$NS": "1"}, None), ({"$NS": "1", "$DS": "2"}, 3.0), ({"$D": "(0..63)\n0"}, None),
     ({"$D": "(0..63)\n0 two"}, None), ({"$SW_h": "0"}, None), ({"$TD": ""}, None)],
)  # fmt: skip
def test_delay_and_acquisition(
    block: Callable[..., str], read: Callable[..., Spectrum], changed: dict[str, str], seconds: float | None
) -> None:
    values = np.rint(1e5 / (1 + ((np.arange(2000) - 700) / 3.0) ** 2)).astype(int).tolist()

    assert read(block(values, **(BRUKER | changed))).repetition_s == seconds


def test_a_file_without_them_states_none(block: Callable[..., str], read: Callable[..., Spectrum]) -> None:
    values = np.rint(1e5 / (1 + ((np.arange(2000) - 700) / 3.0) ** 2)).astype(int).tolist()

    assert read(block(values)).repetition_s is None
