from __future__ import annotations

import math
import re
import time

import numpy as np
import pytest

from specmol_core.errors import SpectrumError
from specmol_core.spectra.readers.source import NucleusError

VALUES = [int(1e6 / (1 + ((k - 60) / 3) ** 2)) for k in range(201)]


def refused(read, content: bytes | str, reason: str, **more: object) -> None:
    with pytest.raises(SpectrumError, match=reason) as caught:
        read(content, **more)
    assert str(caught.value).startswith("a.dx")
    assert "\n" not in str(caught.value)


def test_a_spectrum_in_ppm(read, block) -> None:
    spectrum = read(block(VALUES, YFACTOR="0.5"))

    np.testing.assert_array_equal(spectrum.intensities, np.array(VALUES, dtype=np.float32) / 2)
    assert spectrum.axis.grid()[[0, 60, 200]] == pytest.approx([10, 7, 0])
    assert (spectrum.nucleus, spectrum.frequency_mhz, spectrum.solvent) == ("1H", 400.0, "CDCl3")
    assert spectrum.referencing == "ppm axis of the file"
    assert (spectrum.warnings, spectrum.peaks, spectrum.signed) == ((), (), False)


def test_an_ascending_axis_is_reversed(read, block) -> None:
    spectrum = read(
        block(
            VALUES,
            FIRSTX="0",
            LASTX="10",
            XYDATA=None,
            XYPOINTS="(XY..XY)\n" + "\n".join(f"{k * 0.05:.2f}, {value}" for k, value in enumerate(VALUES)),
            XFACTOR="1",
        )
    )

    assert spectrum.axis.grid()[spectrum.intensities.argmax()] == pytest.approx(3.0)


@pytest.mark.parametrize("pairs", [", ; ", " \n", ",\n", "  "])
def test_pairs_in_any_layout(read, block, pairs: str) -> None:
    separator, end = pairs[0], pairs[1:] or " "
    text = end.join(f"{10 - k * 0.05:.2f}{separator}{value}" for k, value in enumerate(VALUES))
    if end == "  ":
        text = text.replace("  ", " ")

    spectrum = read(block(VALUES, XFACTOR="1", XYDATA="(XY..XY)\n" + text))

    assert spectrum.axis.grid()[spectrum.intensities.argmax()] == pytest.approx(7.0)


def test_uneven_points_are_resampled(read, block) -> None:
    x = 10 - 0.05 * np.arange(201) - 0.01 * np.sin(np.arange(201))
    y = np.exp(-(((x - 4.2) / 0.3) ** 2))
    text = "\n".join(f"{a:.6f} {b:.6f}" for a, b in zip(x, y, strict=True))

    spectrum = read(block(VALUES, XFACTOR="1", XYDATA="(XY..XY)\n" + text))

    expected = np.exp(-(((spectrum.axis.grid() - 4.2) / 0.3) ** 2))
    assert np.abs(spectrum.intensities - expected).max() < 0.01


@pytest.mark.parametrize("newline", ["\r\n", "\r", "\n"])
def test_line_ends_comments_and_odd_bytes(read, block, newline: str) -> None:
    text = block(VALUES, TITLE="caf\xe9 \xb5", END=None, ORIGIN="x $$ comment ##NOT=this")
    text = "$$ written by hand\n" + text.replace("##XYDATA=(X++(Y..Y))\n", "##XYDATA= (X++(Y..Y)) $$ now\n$$ data\n")

    spectrum = read(text.replace("\n", newline))

    np.testing.assert_array_equal(spectrum.intensities, np.array(VALUES, dtype=np.float32))


def test_labels_are_compared_as_the_standard_says(read, block) -> None:
    text = block(VALUES).replace("##.OBSERVE NUCLEUS=", "##.observe_Nucleus =").replace("##FIRSTX=", "##First-X =  ")

    assert read(b"\xef\xbb\xbf" + text.encode()).axis.grid()[60] == pytest.approx(7.0)


@pytest.mark.parametrize("written", ["^13C", "13C", "<13C>", "C13", "Carbon13", "^13c"])
def test_the_other_nucleus_is_named(read, block, written: str) -> None:
    with pytest.raises(NucleusError, match="is a 13C spectrum, given as 1H") as caught:
        read(block(VALUES, __OBSERVE_NUCLEUS=written))
    assert caught.value.found_nucleus == "13C"
    assert read(block(VALUES, __OBSERVE_NUCLEUS=written), "13C").nucleus == "13C"


def test_a_file_without_nucleus_is_read_with_a_warning(read, block) -> None:
    assert "names no nucleus" in read(block(VALUES, __OBSERVE_NUCLEUS=None)).warnings[0]


def test_fluorine_is_not_reported_as_a_swap(read, block) -> None:
    refused(read, block(VALUES, __OBSERVE_NUCLEUS="^19F"), "is a 19F spectrum.*give a 1H spectrum")


def link(*blocks: str) -> str:
    return f"##TITLE=all\n##JCAMP-DX=5.0\n##DATA TYPE=LINK\n##BLOCKS={len(blocks)}\n{''.join(blocks)}##END=\n"


def test_a_link_file_is_read_for_the_requested_nucleus(read, block) -> None:
    carbon = block(VALUES[::-1], TITLE="carbon", __OBSERVE_NUCLEUS="^13C", FIRSTX="200")
    text = link(block(VALUES), carbon, block(VALUES, DATA_TYPE="INFRARED SPECTRUM", __OBSERVE_NUCLEUS=None))

    assert read(text, "1H").intensities.argmax() == 60
    assert read(text, "13C").intensities.argmax() == 140
    assert read(text.replace("##END=\n", ""), "13C").intensities.argmax() == 140


def test_several_spectra_of_a_nucleus_are_listed_and_one_is_named(read, block) -> None:
    text = link(block(VALUES, TITLE="crude"), block(VALUES[::-1], TITLE="pure"))

    refused(
        read, text, r"holds 2 1H spectra: 2 \(crude, 1H, spectrum\), 3 \(pure, 1H, spectrum\); name one, as a.dx::2"
    )
    refused(read, text, "no experiment '9'; it holds 2 ", experiment="9")
    assert read(text, experiment="3").intensities.argmax() == 140
    assert read(text, experiment="Crude").intensities.argmax() == 60


def tuples(block, values: list[int], **more: str | None) -> str:
    pages = ""
    for number, (symbol, part) in enumerate((("R", values), ("I", [-value for value in values])), 1):
        body = block(part).split("(X++(Y..Y))\n")[1].split("##END")[0]
        pages += f"##PAGE= N={number}\n##DATA TABLE= (X++({symbol}..{symbol})), XYDATA\n{body}"
    n = len(values)
    records = {
        "NTUPLES": "NMR SPECTRUM",
        "VAR_NAME": "FREQUENCY, SPECTRUM/REAL, SPECTRUM/IMAG",
        "SYMBOL": "X, R, I",
        "VAR_TYPE": "INDEPENDENT, DEPENDENT, DEPENDENT",
        "VAR_FORM": "AFFN, ASDF, ASDF",
        "VAR_DIM": f"{n}, {n}, {n}",
        "UNITS": "HZ, ARBITRARY UNITS, ARBITRARY UNITS",
        "FACTOR": f"{4000 / (n - 1)}, 2, 1",
        "FIRST": f"4000, {values[0]}, 0",
        "LAST": f"0, {values[-1]}, 0",
    }
    head = block(values, XYDATA=None, END=None, XUNITS=None, FIRSTX=None, LASTX=None, **more)
    text = "".join(f"##{label}={value}\n" for label, value in records.items())
    return head + text + pages + "##END NTUPLES=NMR SPECTRUM\n##END=\n"


def test_ntuples_give_their_real_part(read, block) -> None:
    spectrum = read(tuples(block, VALUES, **{"$OFFSET": "12.0", "$SF": "400.0"}))

    np.testing.assert_array_equal(spectrum.intensities, 2 * np.array(VALUES, dtype=np.float32))
    assert spectrum.axis.grid()[[0, -1]] == pytest.approx([12.0, 2.0])
    assert spectrum.referencing == "$OFFSET"


def test_two_dimensional_data_are_refused(read, block) -> None:
    text = tuples(block, VALUES)

    refused(read, text.replace("NMR SPECTRUM", "nD NMR SPECTRUM", 1), "2D data set")
    refused(read, text.replace("##SYMBOL", "##NUM DIM=2\n##SYMBOL"), "2D data set")
    refused(read, text.replace("INDEPENDENT, DEPENDENT,", "INDEPENDENT, INDEPENDENT,"), "2D data set")
    refused(read, text.replace("=^1H", "=^1H, ^13C"), "2D data set")
    page = text[text.index("##PAGE= N=1") : text.index("##PAGE= N=2")]
    refused(read, text.replace(page, page + page), "several pages of one variable")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"NPOINTS": "300", "LASTX": "-4.95"}, "holds 201 points, but 300 are declared: it is truncated"),
        ({"NPOINTS": "300", "LASTX": None}, "holds 201 points, but 300 are declared: it is truncated"),
        ({"NPOINTS": "100", "LASTX": None}, "holds 201 points, but 100 are declared: points are repeated"),
        ({"NPOINTS": "99999999999"}, "declares 1e.11 points"),
        ({"NPOINTS": "0"}, "declares 0 points"),
        ({"XUNITS": "1/CM"}, "its axis is in 1/CM"),
        ({"XUNITS": "HZ", "__OBSERVE_FREQUENCY": None}, "no frequency is stated"),
        ({"FIRSTX": "5", "LASTX": "5"}, "its axis of 5 to 5 ppm is not valid"),
        ({"FIRSTX": "1e9"}, "its axis runs|the lines of the table"),
        ({"XYDATA": "(X++(Y..Y))\n"}, "holds no points"),
        ({"XYDATA": "(Q)\n1 2 3\n"}, "a table of the form '.Q.' is not supported"),
        ({"XYDATA": None}, "without data"),
        ({"YFACTOR": "1e300"}, "not finite"),
        ({"YFACTOR": "1e-300"}, "flat"),
        ({"DATA_TYPE": "INFRARED SPECTRUM", "__OBSERVE_NUCLEUS": None}, "of INFRARED SPECTRUM, not of an NMR spectrum"),
        ({"DATA_TYPE": "Parameter Values", "XYDATA": None}, "Bruker parameter file: give the folder"),
    ],
)
def test_unreadable_content_is_refused_with_the_reason(
    read, block, changes: dict[str, str | None], reason: str
) -> None:
    refused(read, block(VALUES, **changes), reason)


def test_a_wrong_checksum_names_the_line_of_the_file(read, block) -> None:
    lines = block(VALUES, ("DIF",)).split("\n")
    at = next(k for k, line in enumerate(lines) if line.startswith("##XYDATA")) + 4
    lines[at] = re.sub("[A-Ia-i@]", lambda m: "A" if m.group() != "A" else "B", lines[at], count=1)

    refused(read, "\n".join(lines), f"line {at + 1}: wrong checksum")


def test_a_lost_line_is_found(read, block) -> None:
    lines = block(VALUES, ("SQZ",)).split("\n")
    at = next(k for k, line in enumerate(lines) if line.startswith("##XYDATA")) + 4

    refused(read, "\n".join(lines[:at] + lines[at + 1 :]), f"line {at + 1}: wrong checksum: its abscissa")


@pytest.mark.parametrize("declared", [202, 200, 300])
def test_a_number_of_points_that_the_range_contradicts_is_a_warning(read, block, declared: int) -> None:
    spectrum = read(block(VALUES, NPOINTS=str(declared)))

    np.testing.assert_array_equal(spectrum.intensities, np.array(VALUES, dtype=np.float32))
    assert "holds 201 points" in spectrum.warnings[0]


@pytest.mark.parametrize(("forms", "is_read"), [(("DIF",), True), (("DIFDUP",), True), (("SQZ",), False)])
def test_wrong_abscissas_are_a_warning_if_check_values_and_count_prove_the_table(
    read, block, forms, is_read: bool
) -> None:
    lines = block(VALUES, forms).split("\n")
    at = next(k for k, line in enumerate(lines) if line.startswith("##XYDATA")) + 4
    lines[at] = re.sub(r"^\d+", lambda m: str(int(m.group()) - 40), lines[at])

    if not is_read:
        refused(read, "\n".join(lines), f"line {at + 1}: wrong checksum: its abscissa")
        return
    spectrum = read("\n".join(lines))
    np.testing.assert_array_equal(spectrum.intensities, np.array(VALUES, dtype=np.float32))
    assert f"line {at + 1}" in spectrum.warnings[0]


@pytest.mark.parametrize("form", ["AFFN", "PAC", "SQZ", "DIF", "SQZDUP", "DIFDUP"])
@pytest.mark.parametrize("cut", [math.trunc, math.floor, math.ceil, round])
@pytest.mark.parametrize("first", [-140.58, 140.58])
def test_abscissas_cut_to_whole_numbers_are_read_in_every_form(read, block, table, form, cut, first) -> None:
    # As MestReNova writes them: whole numbers that XFACTOR turns into Hz, with 0 Hz inside the axis.
    step = -math.copysign(1.0, first)
    hertz = {"XUNITS": "HZ", "XFACTOR": f"{-20.0 * step}", "FIRSTX": f"{-20 * step * first}"}
    hertz["LASTX"] = f"{-20 * step * (first + step * 200)}"
    lines = table(VALUES, (form,), width=11, first=first, step=step, cut=cut)

    spectrum = read(block(VALUES, **hertz, XYDATA="(X++(Y..Y))\n" + lines))

    assert sorted(spectrum.intensities.tolist()) == sorted(map(float, VALUES))
    assert spectrum.warnings == ()


def test_lines_that_count_the_points_state_no_abscissa(read, block, table) -> None:
    spectrum = read(block(VALUES, XFACTOR="1", XYDATA="(X++(Y..Y))\n" + table(VALUES, ("AFFN",))))

    assert spectrum.axis.grid()[[0, 60, 200]] == pytest.approx([10, 7, 0])
    assert spectrum.warnings == ()


def test_the_range_of_the_user_overrides_the_axis(read, block) -> None:
    spectrum = read(block(VALUES), window=(12.0, 2.0))

    assert (spectrum.axis.high, spectrum.axis.low) == (12.0, 2.0)
    assert "the range given was used" in spectrum.warnings[0]


@pytest.mark.parametrize("name", ["deptqgpsp", "APT", "jmod", "dept135"])
def test_signed_carbon_experiments_keep_their_sign(read, block, name: str) -> None:
    values = [int(1e6 / (1 + ((k - 500) / 3) ** 2) - 1e6 / (1 + ((k - 1200) / 3) ** 2)) for k in range(2001)]
    text = block(values, __OBSERVE_NUCLEUS="13C", __PULSE_SEQUENCE=name)

    spectrum = read(text, "13C")

    assert spectrum.signed
    assert spectrum.intensities[1200] < 0 < spectrum.intensities[500]
    assert not read(text.replace(f"={name}", "=zgpg30"), "13C").signed


def test_a_peak_table_becomes_peaks_and_a_trace(read, block) -> None:
    text = block(
        VALUES,
        DATA_TYPE="NMR PEAK TABLE",
        XYDATA=None,
        NPOINTS="3",
        XFACTOR="1",
        PEAK_TABLE="(XY..XY)\n4.12,2.0 2.04,3.0\n1.26,3.0",
    )

    spectrum = read(text)

    assert [(peak.ppm, peak.height) for peak in spectrum.peaks] == [(4.12, 2.0), (2.04, 3.0), (1.26, 3.0)]
    grid, trace = spectrum.axis.grid(), spectrum.intensities
    for peak in spectrum.peaks:
        near = np.abs(grid - peak.ppm) < 0.05
        assert grid[near][trace[near].argmax()] == pytest.approx(peak.ppm, abs=2 * spectrum.axis.step)


@pytest.mark.parametrize("label", ["PEAK_TABLE", "XYPOINTS"])
@pytest.mark.parametrize("decimals", [1, 2, 6])
@pytest.mark.parametrize("unit", ["PPM", "(ppm)", "[ppm]"])
def test_an_even_grid_in_a_peak_table_is_a_spectrum(read, block, label: str, decimals: int, unit: str) -> None:
    pairs = "\n".join(f"{10 - k * 0.05:.{decimals}f} {value}" for k, value in enumerate(VALUES))
    kind = "NMR PEAK TABLE" if label == "XYPOINTS" else "NMR SPECTRUM"
    table = {label: f"(XY..XY)\n{pairs}"}

    spectrum = read(block(VALUES, DATA_TYPE=kind, XYDATA=None, XFACTOR="1", XUNITS=unit, **table))

    assert spectrum.peaks == ()
    assert spectrum.axis.grid()[spectrum.intensities.argmax()] == pytest.approx(7.0, abs=0.06)
    np.testing.assert_allclose(spectrum.intensities.max(), max(VALUES), rtol=0.15)
    if decimals > 1:
        np.testing.assert_array_equal(spectrum.intensities, np.array(VALUES, dtype=np.float32))


@pytest.mark.parametrize("label", ["XYPOINTS", "XYDATA"])
def test_peaks_that_are_called_the_points_of_a_spectrum_are_peaks(read, block, label: str) -> None:
    pairs = {"XYDATA": None, label: "(XY..XY)\n7.26 10\n3.71 30\n2.1 4\n1.2 5"}

    spectrum = read(block(VALUES, XFACTOR="1", NPOINTS="4", **pairs))

    assert [peak.ppm for peak in spectrum.peaks] == [7.26, 3.71, 2.1, 1.2]


def test_a_peak_table_of_running_ordinates_is_a_spectrum(read, block, table) -> None:
    text = block(VALUES, XYDATA=None, PEAK_TABLE="(X++(Y..Y))\n" + table(VALUES, ("AFFN",), first=200, step=-1))

    np.testing.assert_array_equal(read(text).intensities, np.array(VALUES, dtype=np.float32))


@pytest.mark.slow
@pytest.mark.parametrize("label", ["XYPOINTS", "PEAK_TABLE"])
@pytest.mark.parametrize("separator", ["\n", "; "])
def test_a_grid_that_is_finer_than_its_last_digit_is_even(read, block, label: str, separator: str) -> None:
    values = [int(1e6 / (1 + ((k - 5000) / 3) ** 2)) + 1000 for k in range(24000)]
    pairs = separator.join(f"{10 - k * 0.000416:.3f} {value}" for k, value in enumerate(values))

    spectrum = read(block(values, XYDATA=None, XFACTOR="1", **{label: f"(XY..XY)\n{pairs}"}))

    np.testing.assert_array_equal(spectrum.intensities, np.array(values, dtype=np.float32))


def test_a_spectrum_that_is_called_a_fid_is_a_spectrum(read, block) -> None:
    # NMRium writes the type of the FID that the spectrum was made from.
    text = tuples(block, VALUES, DATA_TYPE="NMR FID", **{"$OFFSET": "12.0", "$SF": "400.0"})

    np.testing.assert_array_equal(read(text).intensities, 2 * np.array(VALUES, dtype=np.float32))


def test_peaks_in_hz_and_peak_assignments(read, block) -> None:
    base = {"DATA_TYPE": "NMR PEAK ASSIGNMENTS", "XYDATA": None, "NPOINTS": "2", "XFACTOR": "1"}

    in_hz = read(block(VALUES, **base, XUNITS="HZ", PEAK_TABLE="(XYW..XYW)\n1600,2,4; 800,1,2"))
    assigned = read(block(VALUES, **base, PEAK_ASSIGNMENTS="(XYMA)\n(4.0, 2.0, T, <C1>)\n(2.0, 1.0, , <C2>)"))

    assert [(peak.ppm, peak.width_hz) for peak in in_hz.peaks] == [(4.0, 4.0), (2.0, 2.0)]
    assert [(peak.ppm, peak.multiplicity) for peak in assigned.peaks] == [(4.0, "t"), (2.0, "")]


@pytest.mark.parametrize("rows", ["", "abc,1", "5.0,1\n2.0,x", "7000,1", "nan,1"])
def test_a_peak_table_of_words_is_refused(read, block, rows: str) -> None:
    refused(
        read,
        block(VALUES, DATA_TYPE="NMR PEAK TABLE", XYDATA=None, XFACTOR="1", PEAK_TABLE=f"(XY..XY)\n{rows}"),
        "is empty|is not a peak|which is not a chemical shift",
    )


def test_a_spectrum_is_preferred_to_its_peaks(read, block) -> None:
    peaks = block(VALUES, DATA_TYPE="NMR PEAK TABLE", XYDATA=None, PEAK_TABLE="(XY..XY)\n1.0,1.0")

    assert read(link(peaks, block(VALUES))).peaks == ()


def test_other_beginnings_are_not_jcamp(read, block) -> None:
    from specmol_core.spectra.readers.jcamp import READER

    for head in (b"", b"7.26 s", b"##", b"##FOO=1\n", b"# TITLE\n", b"\x89PNG\r\n##TITLE="):
        assert not READER.matches(head, None)
    for head in (b"##TITLE=", b"\n ##title =x", b"$$ c\r\n##TITLE= x", b"##JCAMP-DX= 5", b"\xef\xbb\xbf##TITLE=a"):
        assert READER.matches(head, None)


def test_64k_points_are_read_in_well_under_a_second(read, block) -> None:
    values = np.cumsum(np.random.default_rng(0).integers(-3000, 3000, 65_536)).tolist()
    text = block(values, ("DIFDUP",))
    start = time.process_time()
    spectrum = read(text)

    assert time.process_time() - start < 1.0
    np.testing.assert_array_equal(spectrum.intensities, np.array(values, dtype=np.float32))
