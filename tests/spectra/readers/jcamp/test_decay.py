from __future__ import annotations

import numpy as np
import pytest

from specmol_core.errors import SpectrumError

WIDTH, POINTS, MHZ = 4000.0, 2048, 400.0


def decay(table, shifts: list[float], carrier: float, points: int = POINTS, **more: str) -> str:
    """A TopSpin-like JCAMP-DX file of a free induction decay."""
    time = np.arange(points) / WIDTH
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
        "VAR_DIM": f"{points}, {points}, {points}",
        "UNITS": "SECONDS, ARBITRARY UNITS, ARBITRARY UNITS",
        "FACTOR": f"{1 / WIDTH}, 1, 1",
        "FIRST": "0, 0, 0",
        "LAST": f"{(points - 1) / WIDTH}, 0, 0",
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


def shifts_of(spectrum, share: float = 0.5) -> list[float]:
    trace, grid = spectrum.intensities, spectrum.axis.grid()
    tops = np.flatnonzero((trace[1:-1] > trace[:-2]) & (trace[1:-1] >= trace[2:]) & (trace[1:-1] > share)) + 1
    return [float(grid[top]) for top in tops]


def test_a_decay_without_a_carrier_is_marked_unless_the_user_gives_the_range(read, table) -> None:
    text = decay(table, [7.1], 5.0, ORIGIN="unknown").replace("##$BF1", "##$NOTHING")

    spectrum = read(text)
    assert spectrum.axis_is_guessed
    assert "states no carrier" in spectrum.warnings[0]
    given_a_range = read(text, window=(10.0, 0.0))
    assert (given_a_range.referencing, given_a_range.axis_is_guessed) == ("range given", False)


def test_a_decay_that_does_not_state_its_sense_gives_a_warning(read, table) -> None:
    spectrum = read(decay(table, [7.1, 2.3], 5.0, ORIGIN="unknown"))

    assert shifts_of(spectrum) == pytest.approx([7.1, 2.3], abs=0.01)
    assert "does not state which way" in spectrum.warnings[0]


@pytest.mark.parametrize(
    "more",
    [
        {"$REVERSE": "yes"},
        {"$REVERSE": "yes", "$BF1": "0", ".SHIFT REFERENCE": "INTERNAL, CDCl3, 1, 10.0"},
        {"$REVERSE": "<yes>", "$BF1": "0", ".SHIFT REFERENCE": "(INTERNAL, CDCl3, 1, 10.0)"},
        {"JCAMP-DX": "5.01 $$ Magritek Spinsolve 1.19", "$O1P": "5.0", "$BF1": "0"},
        {"$REVERSE": "yes", "$BF1": "0", ".SHIFT REFERENCE": "INTERNAL, , 1024.5, 5.0"},
        {"$REVERSE": "yes", "$BF1": "0", "$O1": "2000.0"},
    ],
)
def test_a_benchtop_decay_that_turns_the_other_way_is_not_mirrored(read, table, more) -> None:
    # The same lines, 2.3 and 7.1 ppm, sampled the other way: a decay of the mirrored frequencies.
    text = decay(table, [10.0 - 7.1, 10.0 - 2.3], 5.0, **({"ORIGIN": "Benchtop maker"} | more))

    spectrum = read(text)

    assert shifts_of(spectrum) == pytest.approx([7.1, 2.3], abs=0.02)
    assert spectrum.warnings == ()


def test_bruker_states_a_shift_reference_of_another_spectrum(read, table) -> None:
    # TopSpin writes the OFFSET of a spectrum that was never made: 13C decays state 8.27 ppm, for example.
    spectrum = read(decay(table, [7.1], 5.0, **{".SHIFT REFERENCE": "INTERNAL, CDCl3, 1, 8.27"}))

    assert shifts_of(spectrum) == pytest.approx([7.1], abs=0.01)
    assert spectrum.warnings == ()


def test_carriers_that_disagree_give_a_warning(read, table) -> None:
    more = {".SHIFT REFERENCE": "INTERNAL, CDCl3, 1, 12.0", "ORIGIN": "Benchtop maker", "$REVERSE": "yes"}
    spectrum = read(decay(table, [2.9], 5.0, **more))

    assert shifts_of(spectrum) == pytest.approx([7.1], abs=0.02)
    assert "its carriers disagree by 2 ppm" in spectrum.warnings[0]


@pytest.mark.parametrize("stated", [{"$GRPDLY": "34.0"}, {"$TDoff": "34"}, {}])
def test_the_delay_of_a_filter_is_taken_out(read, table, monkeypatch, stated) -> None:
    taps = np.sinc((np.arange(69) - 34) / 1.3) * np.hamming(69)
    original = np.rint
    monkeypatch.setattr(np, "rint", lambda part: original(np.convolve(part, taps)[: len(part)]))

    spectrum = read(decay(table, [6.1, 4.3], 5.0, **stated))

    assert shifts_of(spectrum) == pytest.approx([6.1, 4.3], abs=0.01)
    assert spectrum.intensities.min() > -0.06
    assert bool(spectrum.warnings) == (not stated)


def test_missing_first_points_are_a_negative_delay(read, table, monkeypatch) -> None:
    # A dead time of 1 ms is 4 points of 0.25 ms: they are cut off.
    original = np.rint
    monkeypatch.setattr(np, "rint", lambda part: original(np.concatenate([part[4:], np.zeros(4)])))

    spectrum = read(decay(table, [8.1, 4.3], 5.0, **{".DELAY": "(1000.0, 1000.0)"}))

    assert shifts_of(spectrum) == pytest.approx([8.1, 4.3], abs=0.01)
    assert spectrum.intensities.min() > -0.15


def test_a_width_that_the_times_contradict_gives_a_warning(read, table) -> None:
    assert read(decay(table, [7.1], 5.0, **{"$SW_h": "4000"})).warnings == ()
    assert read(decay(table, [7.1], 5.0, **{"$SW_h": "2000"})).warnings == ()  # points counted one after the other
    assert "spectral width of 3000 Hz" in read(decay(table, [7.1], 5.0, **{"$SW_h": "3000"})).warnings[0]


def test_a_sequential_decay_is_refused(read, table) -> None:
    with pytest.raises(SpectrumError, match="sampled sequentially"):
        read(decay(table, [7.1], 5.0, **{".ACQUISITION MODE": "SEQUENTIAL"}))


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
