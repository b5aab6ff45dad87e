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
from specmol_core.spectra.geometry import Geometry
from specmol_core.spectra.readers.instruments import nmrml
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

    for text in (apart + "</yAxis></spectrum1D>", spectrum(in_turn, axis="")):
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
    assert "names no nucleus" in read(document(spectrum(), nucleus="")).warnings[0]


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
    monkeypatch.setattr(nmrml, "_MAX_UNPACKED", 10_000)

    with pytest.raises(SpectrumError, match="unpacks to more than"):
        read(document(spectrum(np.zeros(100_000))))


def test_a_truncated_array_is_refused() -> None:
    whole = array("spectrumDataArray", TRACE, lambda raw: zlib.compress(raw)[:-200])

    with pytest.raises(SpectrumError, match=r"truncated|cannot be unpacked"):
        read(document(spectrum().replace(array("spectrumDataArray", TRACE), whole)))


SEED = document(spectrum(TRACE[100:140], points=40)).encode()


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
