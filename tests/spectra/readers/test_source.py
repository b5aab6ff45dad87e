from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from specmol_core.errors import SpectrumError
from specmol_core.spectra.readers import source
from specmol_core.spectra.readers.source import NucleusError, Request, SourceFile, SourceFiles, require_nucleus


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


def test_a_path_may_name_an_experiment(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"zip")
    (tmp_path / "b::c").write_bytes(b"odd name")

    loaded = SourceFile.load(Path(f"{tmp_path}/a.zip::10/pdata/2"))
    assert (loaded.file, loaded.experiment, loaded.content) == (tmp_path / "a.zip", "10/pdata/2", b"zip")
    assert loaded.path == Path(f"{tmp_path}/a.zip::10/pdata/2")
    assert SourceFile.load(tmp_path / "b::c").content == b"odd name"
    plain = SourceFile.load(tmp_path / "a.zip")
    assert (plain.file, plain.experiment) == (tmp_path / "a.zip", "")
    with pytest.raises(SpectrumError, match="no such file"):
        SourceFile.load(Path(f"{tmp_path}/no.zip::10"))


def test_files_of_an_experiment_lead_to_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "10"
    (folder / "pdata" / "3").mkdir(parents=True)
    for name in ("acqus", "fid", "pdata/3/procs", "pdata/3/1r"):
        (folder / name).write_bytes(b"x")
    (tmp_path / "fid").write_bytes(b"a file of this name that stands alone")

    for name, part in (("fid", "fid"), ("acqus", ""), ("pdata/3", "pdata/3"), ("pdata/3/1r", "pdata/3")):
        loaded = SourceFile.load(folder / name)
        assert (loaded.file, loaded.experiment, loaded.content) == (folder, part, b"")
    assert SourceFile.load(tmp_path / "fid").content.startswith(b"a file")


def test_another_nucleus_is_refused_with_a_remedy() -> None:
    request = Request("1H", None, (12.0, -2.0))
    require_nucleus(Path("a"), "1H", request)
    require_nucleus(Path("a"), "", request)
    with pytest.raises(NucleusError, match=r"^a: is a 13C spectrum, given as 1H; .*swap them"):
        require_nucleus(Path("a"), "13C", request)
    with pytest.raises(NucleusError, match=r"is a 31P spectrum, given as 1H; give a 1H spectrum$"):
        require_nucleus(Path("a"), "31P", request)


def test_a_file_is_kept_until_it_changes(tmp_path: Path) -> None:
    path, files = tmp_path / "run.dx", SourceFiles()
    path.write_bytes(b"one")
    calls: list[bytes] = []

    def parse(content: bytes) -> int:
        calls.append(content)
        return len(calls)

    first = files.load(Path(f"{path}::row/1"))
    second = files.load(Path(f"{path}::row/2"))

    assert (first.parsed(parse), second.parsed(parse)) == (1, 1)
    assert second.content is first.content
    assert second == SourceFile.load(Path(f"{path}::row/2"))

    path.write_bytes(b"two")
    os.utime(path, ns=(1, 1))
    third = files.load(Path(f"{path}::row/1"))

    assert (third.content, third.sha256) == (b"two", hashlib.sha256(b"two").hexdigest())
    assert (third.parsed(parse), calls) == (2, [b"one", b"two"])


def test_only_the_last_file_is_kept(tmp_path: Path) -> None:
    files = SourceFiles()
    for name in "ab":
        (tmp_path / name).write_bytes(name.encode())
    first = files.load(tmp_path / "a")
    files.load(tmp_path / "b")

    assert files.load(tmp_path / "a").content is not first.content

    (tmp_path / "a").unlink()
    with pytest.raises(SpectrumError, match="no such file"):
        files.load(tmp_path / "a")
    assert files.load(tmp_path).content == files.load(tmp_path).content == b""
