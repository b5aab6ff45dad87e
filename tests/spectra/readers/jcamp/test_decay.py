from __future__ import annotations

import numpy as np
import pytest

from specmol_core.errors import SpectrumError

WIDTH, POINTS, MHZ = 4000.0, 2048, 400.0


def decay(table, shifts: list[float], carrier: float, **more: str) -> str:
    """A TopSpin-like JCAMP-DX file of a free induction decay."""
    time = np.arange(POINTS) / WIDTH
    fid = sum(np.exp(2j * np.pi * (shift - carrier) * MHZ * time) for shift in shifts) * np.exp(-time * 8) * 1e6
    records = {
        "TITLE": "decay",
        "JCAMP-DX": "6.0",
        "DATA TYPE": "NMR FID",
        "DATA CLASS": "NTUPLES",
        "ORIGIN": "Bruker BioSpin GmbH",
        ".OBSERVE FREQUENCY": repr(MHZ * (1 + carrier * 1e-6)),
        ".OBSERVE NUCLEUS": "^1H",
        "$BF1": repr(MHZ),
        "NTUPLES": "NMR FID",
        "VAR_NAME": "TIME, FID/REAL, FID/IMAG",
        "SYMBOL": "X, R, I",
        "VAR_TYPE": "INDEPENDENT, DEPENDENT, DEPENDENT",
        "VAR_DIM": f"{POINTS}, {POINTS}, {POINTS}",
        "UNITS": "SECONDS, ARBITRARY UNITS, ARBITRARY UNITS",
        "FACTOR": f"{1 / WIDTH}, 1, 1",
        "FIRST": "0, 0, 0",
        "LAST": f"{(POINTS - 1) / WIDTH}, 0, 0",
    } | more
    text = "".join(f"##{label}={value}\n" for label, value in records.items())
    for page, (symbol, part) in enumerate((("R", fid.real), ("I", fid.imag)), 1):
        text += f"##PAGE= N={page}\n##DATA TABLE= (X++({symbol}..{symbol})), XYDATA\n"
        text += table(np.rint(part).astype(int).tolist(), ("DIFDUP",))
    return text + "##END NTUPLES= NMR FID\n##END=\n"


def test_a_decay_becomes_a_spectrum_with_the_right_shifts(read, table) -> None:
    spectrum = read(decay(table, [7.1, 2.3], 5.0))

    grid = spectrum.axis.grid()
    for shift in (7.1, 2.3):
        near = np.abs(grid - shift) < 0.2
        assert grid[near][spectrum.intensities[near].argmax()] == pytest.approx(shift, abs=0.01)
        assert spectrum.intensities[near].max() > 0.5 * spectrum.intensities.max()
    assert spectrum.referencing == "carrier frequency"
    assert spectrum.warnings == ()


def test_a_stated_width_overrides_the_time_axis(read, table) -> None:
    spectrum = read(decay(table, [7.1], 5.0, **{"$SW_h": "2000"}))

    assert spectrum.axis.span == pytest.approx(5.0, rel=1e-3)


def test_missing_parameters_of_the_decay_give_warnings(read, table) -> None:
    text = decay(table, [7.1], 5.0, ORIGIN="unknown").replace("##$BF1", "##$NOTHING")

    notes = " ".join(read(text).warnings)

    assert "states no reference" in notes
    assert "which way its decay turns" in notes


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("##PAGE= N=2", "##END=", "only the real part"),
        ("##.OBSERVE FREQUENCY", "##.NOTHING", "states no frequency"),
        ("UNITS=SECONDS", "UNITS=YEARS", ""),
    ],
)
def test_an_incomplete_decay_is_refused_with_the_reason(read, table, old: str, new: str, reason: str) -> None:
    text = decay(table, [7.1], 5.0).replace(old, new, 1)
    if new == "##END=":
        text = text[: text.index("##END=") + 7]
    if not reason:
        assert read(text).axis.points >= POINTS
        return
    text = text.replace("##$BF1", "##$NOTHING")
    with pytest.raises(SpectrumError, match=reason):
        read(text)
