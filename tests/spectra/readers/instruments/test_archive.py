from __future__ import annotations

import contextlib
import io
import stat
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specmol_core.errors import SpectrumError
from specmol_core.spectra.geometry import Geometry
from specmol_core.spectra.read import read_spectrum
from specmol_core.spectra.readers.instruments import archive as archive_module
from specmol_core.spectra.readers.instruments.archive import tree_of_zip
from specmol_core.spectra.readers.source import RefusedError
from specmol_core.spectra.spectrum import Spectrum


def read(path: Path | str, nucleus: str = "1H") -> Spectrum:
    return read_spectrum(Path(path), nucleus, None, Geometry.h1_window)


@pytest.fixture(scope="module")
def files(spectrometers, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("zip")
    spectrometers.bruker(folder / "sample" / "1", spectrometers.Decay("1H"))
    spectrometers.bruker(folder / "sample" / "2", spectrometers.Decay("13C"))
    return spectrometers.files_of(folder)


def test_a_zip_is_read_like_its_folder(spectrometers, files, lines_of, tmp_path) -> None:
    path = tmp_path / "sample.dat"
    path.write_bytes(spectrometers.zipped({**files, "__MACOSX/sample/1/._acqus": b"junk"}))

    assert len(lines_of(read(path))) == 3
    assert len(lines_of(read(f"{path}::sample/2", "13C"))) == 7
    assert read(f"{path}::1::fid").axis.points == 8192
    with pytest.raises(SpectrumError, match="no experiment '7'; it holds sample/1"):
        read(f"{path}::7")


def test_nothing_is_left_behind(spectrometers, files, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(spectrometers.zipped(files))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    read(path)

    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["../evil/acqus", "/etc/acqus", "a/../../acqus", "C:\\x\\acqus", "..\\acqus"])
def test_paths_that_lead_out_are_refused(spectrometers, name) -> None:
    with pytest.raises(RefusedError, match="leads out"):
        tree_of_zip(spectrometers.zipped({name: b"x"}))


def test_links_are_refused() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        link = zipfile.ZipInfo("acqus")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(RefusedError, match="holds a link"):
        tree_of_zip(stream.getvalue())


def test_bombs_are_refused(spectrometers, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RefusedError, match="unpacks to too much"):
        tree_of_zip(spectrometers.zipped({"1/fid": bytes(8 * 1024**2)}))
    monkeypatch.setattr(archive_module, "_MAX_TOTAL_BYTES", 1000)
    with pytest.raises(RefusedError, match="unpacks to more than"):
        tree_of_zip(spectrometers.zipped({"1/fid": b"ab" * 300, "1/ser": b"cd" * 300}))
    monkeypatch.setattr(archive_module, "MAX_FILES", 3)
    with pytest.raises(RefusedError, match="more than 3 files"):
        tree_of_zip(spectrometers.zipped({str(number): b"x" for number in range(4)}))


def test_a_false_size_is_refused(spectrometers) -> None:
    content = spectrometers.zipped({"1/fid": bytes(range(256)) * 40})
    # The size is stored twice, before the file and in the directory; the directory counts.
    short = content.replace((10240).to_bytes(4, "little"), (100).to_bytes(4, "little"))
    assert short != content
    with pytest.raises(RefusedError, match="damaged"):
        tree_of_zip(short).read("1/fid")


def test_encrypted_double_and_empty(spectrometers, tmp_path) -> None:
    content = bytearray(spectrometers.zipped({"1/fid": b"x"}))
    content[content.rindex(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(RefusedError, match="encrypted"):
        tree_of_zip(bytes(content))
    with pytest.raises(RefusedError, match="twice"):
        tree_of_zip(spectrometers.zipped({"1/fid": b"x", "1//fid": b"y"}))
    (tmp_path / "empty.zip").write_bytes(spectrometers.zipped({}))
    with pytest.raises(SpectrumError, match="holds no experiment"):
        read(tmp_path / "empty.zip")


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(cut=st.integers(0, 60_000), hits=st.lists(st.tuples(st.integers(0, 2**16), st.integers(0, 255)), max_size=6))
def test_a_mutated_zip_is_read_or_refused(spectrometers, files, tmp_path_factory, cut, hits) -> None:
    small = {name: content for name, content in files.items() if "sample/1" in name and "1r" not in name}
    whole = spectrometers.zipped(small)
    content = bytearray(whole[: len(whole) - cut % 3000])
    for index, value in hits:
        content[-1 - index % len(content)] = value
    path = tmp_path_factory.getbasetemp() / "mutated.zip"
    path.write_bytes(bytes(content))
    with contextlib.suppress(SpectrumError):
        assert read(path).nucleus == "1H"
