"""Arbitrary tables and peak lists are read or refused, and quickly."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from specmol_core.errors import SpectrumError
from specmol_core.spectra.read import read_spectrum
from specmol_core.spectra.spectrum import Spectrum

WINDOW = (12.05, -2.0)
HEIGHT_BINS = st.one_of(
    st.floats().map(repr),
    st.floats(-20, 230).map(lambda v: f"{v:.3f}"),
    st.integers(-5, 10**9).map(str),
    st.sampled_from(["", "ppm", "s", "dd", "m", "7,26", "1e999", "-", "nan", "3H", "\u22121.2", "#", '"']),
    st.text(max_size=6),
)
LINES = st.lists(st.lists(HEIGHT_BINS, min_size=1, max_size=5), min_size=1, max_size=30)


@pytest.mark.slow
@settings(max_examples=250, deadline=2000, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=LINES, separator=st.sampled_from([",", ";", "\t", " "]), header=st.booleans())
@pytest.mark.parametrize("nucleus", ["1H", "13C"])
def test_any_table_is_read_or_refused(
    tmp_path: Path, nucleus: str, lines: list[list[str]], separator: str, header: bool
) -> None:
    path = tmp_path / "table.csv"
    rows = [separator.join(cells) for cells in lines]
    path.write_text("\n".join((["ppm,intensity"] if header else []) + rows), encoding="utf-8", errors="surrogatepass")
    try:
        outcome: Spectrum | str = read_spectrum(path, nucleus, None, WINDOW)
    except SpectrumError as error:
        outcome = str(error)

    assert isinstance(outcome, Spectrum) or outcome.startswith(str(path))
