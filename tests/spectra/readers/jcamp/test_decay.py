from __future__ import annotations

import numpy as np
import pytest

from specmol_core.errors import SpectrumError

WIDTH, POINTS, MHZ = 4000.0, 2048, 400.0


def decay(
    table, shifts: list[float], carrier: float, points: int = POINTS, change=lambda part: part, **more: str
) -> str:
    """A TopSpin-like JCAMP-DX file of a free induction decay, whose points are changed."""
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
        text += table(np.rint(change(part)).astype(int).tolist(), ("DIFDUP",))
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
def test_the_delay_of_a_filter_is_taken_out(read, table, stated) -> None:
    taps = np.sinc((np.arange(69) - 34) / 1.3) * np.hamming(69)

    spectrum = read(decay(table, [6.1, 4.3], 5.0, change=lambda part: np.convolve(part, taps)[: len(part)], **stated))

    assert shifts_of(spectrum) == pytest.approx([6.1, 4.3], abs=0.01)
    assert spectrum.intensities.min() > -0.06
    assert bool(spectrum.warnings) == (not stated)


@pytest.mark.parametrize(
    ("stated", "is_phased"),
    [({".DELAY": "(1000.0, 1000.0)  $$ us"}, True), ({"$TDoff": "-4"}, True), ({".DELAY": "(0, 0)"}, False)],
)
def test_missing_first_points_are_a_negative_delay(read, table, stated, is_phased: bool) -> None:
    # A dead time of 1 ms is 4 points of 0.25 ms, which are cut off.
    shifts = [8.9, 8.1, 6.4, 5.3, 4.3, 2.9, 1.6]

    spectrum = read(decay(table, shifts, 5.0, change=lambda part: np.append(part[4:], np.zeros(4)), **stated))

    assert (spectrum.intensities.min() > -0.1) == is_phased
    if is_phased:
        assert shifts_of(spectrum) == pytest.approx(shifts, abs=0.01)


def test_the_header_of_a_benchtop_spectrometer_states_one_carrier_in_four_ways(read, table) -> None:
    """The labels and numbers of an NMReady 60 of Nanalysis, with a FID of its width, carrier and delay."""
    width, sfo1, bf1, count = 1234.41050414780784, 61.72052520739037, 61.72009316371392, 8192
    time = np.arange(count) / width
    fid = sum(np.exp(2j * np.pi * (ppm - 7.0) * bf1 * time) for ppm in (9.2, 7.4, 3.6, 2.2)) * np.exp(-time * 4)
    taps = np.sinc((np.arange(69) - 34) / 1.1) * np.hamming(69)
    fid = np.convolve(fid, taps)[:count] * 1e6
    head = (
        "##TITLE=x\n##JCAMP-DX=5.01 $$ Nanalysis NMReady v3.1.0.8\n##DATA TYPE=NMR FID\n##DATA CLASS=NTUPLES\n"
        "##ORIGIN=Nanalysis Corp.\n##INSTRUMENTAL PARAMETERS=^1H\n##.OBSERVE FREQUENCY=61.72052520739037\n"
        "##.OBSERVE NUCLEUS=^1H\n##.SOLVENT NAME=D2O\n##.ACQUISITION MODE=SIMULTANEOUS\n"
        "##.SHIFT REFERENCE=INTERNAL, D2O, 4096, 7.00000000000000\n##.DELAY=(0.000000,0.000000)\n"
        f"##$SFO1= {sfo1}\n##$O1= 432.04367645173261\n##$SF= {bf1}\n##$BF1= {bf1}\n##$SWH= {width}\n"
        "##$SR= 0.00000000000000\n##$OFFSET= 17.00011900093960\n##$O1P= 7.00000000000000\n##$TD= 16384\n"
        "##$DECIM=2\n##$DIGTYP=17\n##$DSPFVS=21\n##$GRPDLY=34.0\n##NPOINTS=8192\n##DELTAX=0.0008101033\n"
        "##NTUPLES=NMR FID\n##VAR_NAME=TIME,FID/REAL,FID/IMAG,PAGE NUMBER\n##SYMBOL=X,R,I,N\n"
        "##VAR_TYPE=INDEPENDENT,DEPENDENT,DEPENDENT,PAGE\n##VAR_FORM=AFFN,AFFN,AFFN,AFFN\n"
        "##VAR_DIM=8192,8192,8192,2\n##UNITS=SECONDS,ARBITRARY UNITS,ARBITRARY UNITS,\n"
        "##FIRST=0.000000,0.000000,0.000000,1\n##LAST=6.635556,24.215750,-40.459495,2\n"
        f"##FACTOR={1 / width:.20f},0.00008061807692858350,0.00008061807692858350,1\n"
    )
    pages = "".join(
        f"##PAGE=N={number}\n##DATA TABLE= (X++({symbol}..{symbol})), XYDATA\n"
        + "\n".join(f"{k} " + " ".join(f"{v:.6f}" for v in part[k : k + 4]) for k in range(0, count, 4))
        + "\n"
        for number, (symbol, part) in enumerate((("R", fid.real), ("I", fid.imag)), 1)
    )

    spectrum = read(head + pages + "##END NTUPLES=NMR FID\n##END=\n")

    assert shifts_of(spectrum) == pytest.approx([9.2, 7.4, 3.6, 2.2], abs=0.01)
    assert spectrum.intensities.min() > -0.05
    assert ["which way" in note for note in spectrum.warnings] == [True]


def test_the_reference_of_a_homebuilt_spectrometer_lies_between_two_points(read, table) -> None:
    """Q Magnetics states the shift of the middle of 40,000 points, as that of point 20,000.5."""
    more = {".SHIFT REFERENCE": "INTERNAL,  ,1024.5  ,0", "$BF1": "0", "ORIGIN": "John Price", ".SOLVENT NAME": "Neat"}
    spectrum = read(decay(table, [3.1, 2.3, 1.2, 0.0], 0.0, **more))

    assert shifts_of(spectrum) == pytest.approx([3.1, 2.3, 1.2, 0.0], abs=0.01)


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
