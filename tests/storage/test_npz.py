from __future__ import annotations

import contextlib
import io
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest

from specmol_core.errors import DatasetError
from specmol_core.storage.npz import read_npz


class _Planted:
    def __reduce__(self) -> tuple:
        return (Path("planted").write_text, ("code ran",))


def npy(array: np.ndarray, **changes: object) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=True)
    content = stream.getvalue()
    for old, new in changes.items():
        content = content.replace(old.encode(), str(new).encode())
    return content


def archive(path: Path, members: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", method) as file:
        for name, content in members.items():
            file.writestr(f"{name}.npy", content)
    return path


def test_named_arrays_are_read(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", a=np.arange(3), b=np.ones((2, 2)), other=np.zeros(1))

    found = read_npz(tmp_path / "a.npz", ["a", "b"], "make it again")

    assert {name: array.tolist() for name, array in found.items()} == {"a": [0, 1, 2], "b": [[1, 1], [1, 1]]}


def test_nothing_is_unpickled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    objects = np.array([_Planted()], dtype=object)
    (tmp_path / "raw.npz").write_bytes(pickle.dumps(_Planted()))

    for path in (archive(tmp_path / "a.npz", {"a": npy(objects)}), tmp_path / "raw.npz"):
        with pytest.raises(DatasetError, match="make it again"):
            read_npz(path, ["a"], "make it again")
    assert not (tmp_path / "planted").exists()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (npy(np.arange(3)), "no array b"),
        (npy(np.arange(3)).replace(b"(3,)", b"(9" + b"9" * 9 + b",)"), ""),
        (npy(np.arange(3)).replace(b"(3,)", b"(-3,"), ""),
        (npy(np.arange(3))[:40], ""),
        (npy(np.arange(3)).replace(b"{", b"[" * 50, 1), ""),
        (b"", ""),
    ],
)
def test_damaged_array_is_an_error_of_one_line(content: bytes, reason: str, tmp_path: Path) -> None:
    path = archive(tmp_path / "a.npz", {"a": content})

    with pytest.raises(DatasetError, match=f"not a NumPy archive of specmol .*{reason}.*make it again") as caught:
        read_npz(path, ["a", "b"] if reason else ["a"], "make it again")

    assert "\n" not in str(caught.value)


def test_compressed_arrays_are_refused(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "a.npz", a=np.zeros(1_000_000))

    with pytest.raises(DatasetError, match="its arrays are compressed"):
        read_npz(tmp_path / "a.npz", ["a"], "make it again")


def test_archive_that_declares_more_than_it_holds_is_refused(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.npz", {"a": npy(np.arange(1_000))})
    content = bytearray(path.read_bytes())
    place = content.rindex(b"PK\x01\x02")
    content[place + 24 : place + 28] = (1 << 30).to_bytes(4, "little")  # the declared size
    path.write_bytes(content)

    with pytest.raises(DatasetError, match="larger than the file"):
        read_npz(path, ["a"], "make it again")


@pytest.mark.slow
def test_every_truncation_and_flipped_byte_is_read_or_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", a=np.arange(3, dtype=np.int16))
    content = (tmp_path / "a.npz").read_bytes()
    for place in range(len(content)):
        changed = bytearray(content)
        changed[place] ^= 1 << place % 8
        for damaged in (content[:place], bytes(changed)):
            (tmp_path / "b.npz").write_bytes(damaged)
            with contextlib.suppress(DatasetError):
                read_npz(tmp_path / "b.npz", ["a"], "make it again")
