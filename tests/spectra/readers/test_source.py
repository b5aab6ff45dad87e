from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from specmol_core.errors import SpectrumError
from specmol_core.spectra.readers import source
from specmol_core.spectra.readers.source import SourceFile


def test_hash_is_of_the_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"abc")

    loaded = SourceFile.load(path)

    assert loaded.content == b"abc"
    assert loaded.sha256 == hashlib.sha256(b"abc").hexdigest()


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SpectrumError, match=r"nowhere\.png: no such file"):
        SourceFile.load(tmp_path / "nowhere.png")


def test_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.png").touch()

    with pytest.raises(SpectrumError, match="the file is empty"):
        SourceFile.load(tmp_path / "a.png")


def test_file_beyond_the_limit_is_not_read_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "MAX_BYTES", 10)
    (tmp_path / "a.png").write_bytes(b"x" * 11)

    with pytest.raises(SpectrumError, match="larger than"):
        SourceFile.load(tmp_path / "a.png")


@pytest.mark.parametrize("name", ["a\0b", "x" * 5000])
def test_impossible_name_is_a_spectrum_error(name: str) -> None:
    with pytest.raises(SpectrumError):
        SourceFile.load(Path(name))


def test_folder_has_no_content(tmp_path: Path) -> None:
    assert SourceFile.load(tmp_path).content == b""
