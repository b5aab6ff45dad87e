from __future__ import annotations

import base64
import gzip
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specmol_core.errors import SpectrumError
from specmol_core.spectra.analysis.picking import pick_peaks
from specmol_core.spectra.analysis.recognise import recognise
from specmol_core.spectra.geometry import Geometry
from specmol_core.spectra.read import read_spectrum
from specmol_core.spectra.readers.instruments import nmrml_arrays
from specmol_core.spectra.readers.instruments.nmrml import READER
from specmol_core.spectra.readers.source import NucleusError, Request, SourceFile
from specmol_core.spectra.spectrum import Spectrum

TRACE = 1.0 / (1.0 + ((np.arange(401) - 120) / 3.0) ** 2)


def read(text: str | bytes, nucleus: str = "1H", experiment: str = "", window=None) -> Spectrum:
    content = text.encode() if isinstance(text, str) else text
    source = SourceFile(Path("a.nmrML"), content, experiment)
    assert READER.matches(content[:4096], source.path)
    return READER.read(source, Request(nucleus, window, Geometry.h1_window))


def array(name: str, values: np.ndarray, packer=zlib.compress, **attributes: str) -> str:
    raw = np.ascontiguousarray(values).tobytes()
    content = base64.b64encode(packer(raw) if packer else raw).decode()
    given = {"compressed": "true" if packer else "false", "byteFormat": values.dtype.name} | attributes
    written = "".join(f' {key}="{value}"' for key, value in given.items())
    return f"<{name}{written}>{content}</{name}>"


def document(
    *spectra: str, decay: str = "", nucleus: str = "hydrogen atom", head: str = "", offset: str = "2000", more: str = ""
) -> str:
    return f"""<?xml version="1.0" encoding="UTF-8"?>{head}
<nmrML xmlns="http://nmrml.org/schema" version="v1.0.rc1">
  <sampleList><sample><solvent name="D2O"/></sample></sampleList>
  <acquisition><acquisition1D><acquisitionParameterSet numberOfScans="8">
    <DirectDimensionParameterSet decoupled="false" numberOfDataPoints="1024">
      <acquisitionNucleus cvRef="CHEBI" accession="CHEBI:49637" name="{nucleus}"/>
      <irradiationFrequency value="400.0" unitName="megaHertz"/>
      <irradiationFrequencyOffset value="{offset}" unitName="hertz"/>
      <sweepWidth value="4000" unitName="hertz"/>
    </DirectDimensionParameterSet></acquisitionParameterSet>{decay}</acquisition1D></acquisition>
  <spectrumList>{"".join(spectra)}</spectrumList>{more}
</nmrML>"""


def spectrum(values: np.ndarray = TRACE, points: int = 401, axis: str = 'startValue="10" endValue="0"', **more) -> str:
    return (
        f'<spectrum1D id="s1" name="first" numberOfDataPoints="{points}">{array("spectrumDataArray", values, **more)}'
        f'<xAxis unitName="parts per million" {axis}/></spectrum1D>'
    )


@pytest.mark.parametrize("packer", [None, zlib.compress, gzip.compress])
@pytest.mark.parametrize("dtype", ["float64", "float32", "complex128", "complex64"])
def test_a_spectrum_in_each_packing_and_format(packer, dtype: str) -> None:
    found = read(document(spectrum(TRACE.astype(dtype), packer=packer)))

    np.testing.assert_allclose(found.intensities, TRACE, rtol=1e-6)
    assert found.axis.grid()[120] == pytest.approx(7.0)
    assert (found.frequency_mhz, found.solvent, found.referencing) == (400.0, "D2O", "ppm axis of the file")


def test_whole_numbers_and_an_axis_that_rises_or_is_in_hz() -> None:
    whole = (TRACE * 1e6).astype("int32")
    hz = spectrum(axis='startValue="0" endValue="4000"').replace("parts per million", "hertz")

    assert read(document(spectrum(whole))).intensities.argmax() == 120
    assert read(document(spectrum(axis='startValue="0" endValue="10"'))).axis.grid()[280] == pytest.approx(3.0)
    assert read(document(hz)).axis.grid()[0] == pytest.approx(10.0)


def test_shifts_and_intensities_in_arrays_of_their_own_or_in_turn() -> None:
    x = np.linspace(10, 0, 401)
    apart = f"<spectrum1D><xAxis>{array('spectrumDataArray', x)}</xAxis><yAxis>{array('spectrumDataArray', TRACE)}"
    in_turn = np.stack([x, TRACE], axis=1).ravel()
    as_complex = x + 1j * TRACE

    for text in (
        apart + "</yAxis></spectrum1D>",
        spectrum(in_turn, axis=""),
        spectrum(as_complex, axis=""),
        spectrum(as_complex),
    ):
        assert read(document(text)).axis.grid()[120] == pytest.approx(7.0)


def test_a_decay_is_processed() -> None:
    time = np.arange(1024) / 4000.0
    fid = np.exp(2j * np.pi * (7.0 - 5.0) * 400.0 * time - 8 * time)

    for values in (fid, fid.view(np.float64)):
        found = read(document(decay=array("fidData", values)))
        assert found.axis.grid()[found.intensities.argmax()] == pytest.approx(7.0, abs=0.01)
        assert found.referencing == "carrier frequency"


def test_another_nucleus_is_named() -> None:
    with pytest.raises(NucleusError, match="is a 13C spectrum, given as 1H"):
        read(document(spectrum(), nucleus="carbon-13 atom"))
    unnamed = document(spectrum(), nucleus="").replace("CHEBI:49637", "")
    assert "names no nucleus" in read(unnamed).warnings[0]
    assert read(document(spectrum(), nucleus="")).warnings == ()  # its accession tells it
    with pytest.raises(NucleusError, match="is a 13C spectrum"):
        read(document(spectrum(), nucleus="").replace("CHEBI:49637", "CHEBI_36928"))


def test_several_spectra_need_a_name() -> None:
    text = document(spectrum(), spectrum(TRACE[::-1]).replace("first", "second"))

    with pytest.raises(SpectrumError, match=r"holds 2 1H spectra; name one by its number, as a\.nmrML::1"):
        read(text)
    assert read(text, experiment="second").intensities.argmax() == 280
    assert read(text, experiment="1").intensities.argmax() == 120
    with pytest.raises(SpectrumError, match="no experiment '3'"):
        read(text, experiment="3")


BOMB = '<!DOCTYPE nmrML [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE nmrML [<!ENTITY x SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (document(spectrum(), head=BOMB), "declares the entity 'a'"),
        (document(spectrum(), head=OUTSIDE), "declares the entity 'x'"),
        (document(spectrum())[:-40], "damaged XML"),
        (document(spectrum(points=500)), "declares 500 points but holds 401: it is truncated"),
        (document(spectrum(points=10**10)), "declares 1e.10 points"),
        (document(spectrum(axis="")), "does not state the range"),
        (document(spectrum(byteFormat="utf8")), "unknown format 'utf8'"),
        (document(spectrum(compressed="false")), "does not fit the format float64|declares 401 points"),
        (document(spectrum(np.full(401, np.nan))), "not finite"),
        (document(spectrum(np.zeros(401))), "flat"),
        (document(), "no spectrum and no free induction decay"),
        (document("<spectrumMultiD/>"), "holds a 2D data set"),
        (document(decay=array("fidData", np.zeros(1024, complex))), "only zeros"),
        (document(decay=array("fidData", np.full(1024, np.nan))), "not finite"),
        (document(more="<a>" * 80 + "</a>" * 80), "too many parts"),
        (document(spectrum()).replace("</spectrumDataArray>", "=A</spectrumDataArray>"), "is not valid base64"),
    ],
)
def test_unreadable_content_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(SpectrumError, match=reason):
        read(text)


def test_an_array_that_unpacks_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nmrml_arrays, "_MAX_UNPACKED", 10_000)

    with pytest.raises(SpectrumError, match="unpacks to more than"):
        read(document(spectrum(np.zeros(100_000))))


def test_a_truncated_array_is_refused() -> None:
    whole = array("spectrumDataArray", TRACE, lambda raw: zlib.compress(raw)[:-200])

    with pytest.raises(SpectrumError, match=r"truncated|cannot be unpacked"):
        read(document(spectrum().replace(array("spectrumDataArray", TRACE), whole)))


@pytest.mark.parametrize("encoding", ["UTF-9", "shift_jis", "base64"])
def test_an_unknown_encoding_is_refused(encoding: str) -> None:
    content = document(spectrum()).replace("UTF-8", encoding).encode()

    with pytest.raises(SpectrumError, match="unsupported encoding"):
        READER.read(SourceFile(Path("a.nmrML"), content), Request("1H", None, Geometry.h1_window))


SEED = document(spectrum(TRACE[100:140], points=40)).encode()


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(
    cut=st.integers(0, len(SEED)), hits=st.lists(st.tuples(st.integers(0, len(SEED)), st.integers(0, 255)), max_size=4)
)
def test_damaged_files_are_read_or_refused(cut: int, hits: list[tuple[int, int]]) -> None:
    content = bytearray(SEED[:cut] if cut % 3 == 0 else SEED)
    for index, value in hits:
        if content:
            content[index % len(content)] = value
    source = SourceFile(Path("a.nmrML"), bytes(content))
    try:
        found = READER.read(source, Request("1H", None, Geometry.h1_window))
    except SpectrumError:
        return
    assert np.isfinite(found.intensities).all()


def quantities(decay, *, mhz: float | None = None, offset: float | None = None, **more: str) -> str:
    """The frequencies of a decay as the converter of the nmrML project writes them: all in "megaHertz"."""
    observed = decay.mhz * (1 + decay.middle * 1e-6)
    offset = decay.middle * decay.mhz if offset is None else offset
    nucleus = {"1H": "hydrogen atom", "13C": "carbon-13 atom"}[decay.nucleus]
    written = {
        "effectiveExcitationField": (decay.mhz if mhz is None else mhz, "megaHertz"),
        "sweepWidth": (decay.sw, "hertz"),
        "irradiationFrequency": (f"{observed:.9f}", "megaHertz"),
        "irradiationFrequencyOffset": (offset, "megaHertz"),
    } | {name: tuple(value.split()) for name, value in more.items() if value}
    rows = "".join(
        f'<{name} value="{value}" unitName="{unit}" unitCvRef="UO"/>'
        for name, (value, unit) in written.items()
        if name not in more or more[name]
    )
    return f'<DirectDimensionParameterSet><acquisitionNucleus name="{nucleus}"/>{rows}</DirectDimensionParameterSet>'


def measured(decay, fid: np.ndarray, origin: str = "", *, delay: float | None = None, pulse: str = "zg", **more) -> str:
    """A document with a FID, as converters write it."""
    packed = fid if isinstance(fid, str) else array("fidData", fid, byteFormat="Complex128")
    named = f'<sourceFile name="fid"><cvParam name="{origin}"/></sourceFile>' if origin else ""
    stated = "" if delay is None else f'<groupDelay value="{delay:.4f}" unitName="dimensionless"/>'
    return f"""<nmrML xmlns="http://nmrml.org/schema"><sourceFileList>{named}</sourceFileList>
      <acquisition><acquisition1D><acquisitionParameterSet>
      <pulseSequence><userParam name="Pulse Program" value="{pulse}"/></pulseSequence>{stated}
      {quantities(decay, **more)}
      </acquisitionParameterSet>{packed}</acquisition1D></acquisition></nmrML>"""


def shifts(decay) -> list[float]:
    return [ppm for ppm, _ in decay.lines]


@pytest.mark.parametrize("nucleus", ["1H", "13C"])
def test_a_varian_fid_agrees_with_its_folder(spectrometers, lines_of, tmp_path: Path, nucleus: str) -> None:
    decay = spectrometers.Decay(nucleus)
    folder = spectrometers.varian(tmp_path / "x.fid", decay, sfrq=decay.mhz * (1 + decay.middle * 1e-6))

    # The offset is the setting of the transmitter (tof), which says nothing about ppm.
    found = read(measured(decay, decay.fid.conj(), "Varian VNMR format", offset=1799.4), nucleus)
    beside = read_spectrum(folder, nucleus, None, Geometry.h1_window)

    assert lines_of(found) == pytest.approx(shifts(decay), abs=2 * found.axis.step)
    assert lines_of(found) == pytest.approx(lines_of(beside), abs=2 * found.axis.step)
    assert found.frequency_mhz == pytest.approx(decay.mhz)
    assert found.warnings == ()


@pytest.mark.parametrize("stated", [None, 67.98])
@pytest.mark.parametrize("corrected", [False, True])
def test_the_delay_of_a_bruker_fid_is_stated_or_corrected_or_both(
    spectrometers, lines_of, stated: float | None, corrected: bool
) -> None:
    # The converter removes the delay from the points, and states it all the same.
    decay = spectrometers.Decay("1H", delay=0.0 if corrected else 67.98)

    found = read(measured(decay, decay.fid, "Bruker UXNMR/XWIN-NMR format", delay=stated))

    assert lines_of(found) == pytest.approx(shifts(decay), abs=2 * found.axis.step)
    assert found.intensities.min() > -0.05
    assert not any("turn" in text for text in found.warnings)


def test_numbers_of_a_java_program_are_big_endian(spectrometers, lines_of) -> None:
    decay = spectrometers.Decay("1H", delay=67.98)
    numbers = np.rint(decay.fid.view(np.float64) * 1e5).astype(">i4")
    packed = array("fidData", numbers, None, byteFormat="class java.lang.Integer")

    found = read(measured(decay, packed, "Bruker UXNMR/XWIN-NMR format"))

    assert lines_of(found) == pytest.approx(shifts(decay), abs=2 * found.axis.step)


@pytest.mark.parametrize("order", ["<f4", ">f4", "<f8", ">f8"])
def test_numbers_with_a_fraction_in_either_byte_order(order: str) -> None:
    kind = {"4": "float32", "8": "float64"}[order[-1]]

    found = read(document(spectrum(TRACE.astype(order), byteFormat=kind)))

    np.testing.assert_allclose(found.intensities, TRACE, rtol=1e-6)


def test_a_fid_of_unknown_origin_has_a_warning_about_its_sense(spectrometers, lines_of) -> None:
    decay = spectrometers.Decay("13C")

    found = read(measured(decay, decay.fid), "13C")

    assert lines_of(found) == pytest.approx(shifts(decay), abs=2 * found.axis.step)
    assert "does not state which way its FID turns" in found.warnings[0]


def test_a_fid_without_a_carrier_is_shown_but_marked(spectrometers) -> None:
    decay = spectrometers.Decay("1H")
    stated = {"effectiveExcitationField": "9.395 tesla", "irradiationFrequencyOffset": ""}

    found = read(measured(decay, decay.fid, "Bruker", **stated))

    assert found.axis_is_guessed
    assert found.frequency_mhz == pytest.approx(400.002)
    assert "its FID states no carrier: its middle was taken as 5.0 ppm" in found.warnings[0]
    assert not read(measured(decay, decay.fid, "Bruker")).axis_is_guessed
    assert not read(measured(decay, decay.fid, "Bruker", **stated), window=(12.0, -2.0)).axis_is_guessed


def test_lines_of_an_edited_carbon_spectrum_keep_their_sign(spectrometers) -> None:
    lines = ((170.0, 0.6), (128.5, 1.0), (77.48, 0.5), (77.16, 0.5), (76.84, 0.5), (60.0, -1.0), (14.2, -1.0))
    decay = spectrometers.Decay("13C", lines)

    found = read(measured(decay, decay.fid, "Bruker", pulse="deptqgpsp"), "13C")
    plain = read(measured(spectrometers.Decay("13C"), spectrometers.Decay("13C").fid, "Bruker"), "13C")
    signs = {round(peak.ppm, 1): np.sign(peak.height) for peak in pick_peaks(found)}

    assert found.signed
    assert signs[170.0] == signs[128.5] == -signs[60.0] == -signs[14.2]
    assert not plain.signed


@pytest.mark.slow
def test_a_hop_extract_measured_by_a_varian_spectrometer(shared: Path) -> None:
    path = shared / "data" / "vendor_files" / "nmrml" / "hop_extract_varian_1h.fid.nmrML"
    if not path.is_file():
        pytest.skip("the vendor files are not beside the repository")

    found = recognise(read_spectrum(path, "1H", None, Geometry.h1_window))

    assert (found.solvent, found.has_solvent_lines) == ("CD3OD", True)
    assert found.offset_ppm == pytest.approx(0.0, abs=0.01)
    assert pytest.approx(max(found.lines, key=lambda line: line.peak.height).peak.ppm, abs=0.01) == 4.865  # water
