from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from specmol_core.errors import CheckpointError
from specmol_core.storage.torch_weights import dequantise, quantise_rows, read_tensors, write_tensors

FORMAT = "specmol-test-1"


@pytest.fixture
def written(tmp_path: Path) -> Path:
    path = tmp_path / "t.safetensors"
    write_tensors(path, {"a": torch.arange(6.0).reshape(2, 3)}, {"format": FORMAT, "note": [1, "ü"]}, quantise=False)
    return path


def test_quantisation_error_is_at_most_half_a_step() -> None:
    weight = (
        torch.randn(7, 5, 3, 3, generator=torch.Generator().manual_seed(0))
        * torch.logspace(-3, 3, 7)[:, None, None, None]
    )

    codes, scale = quantise_rows(weight)

    assert codes.dtype == torch.int8
    assert codes.shape == weight.shape
    torch.testing.assert_close(scale, weight.flatten(1).abs().max(1).values / 127)
    error = (dequantise(codes, scale) - weight).abs().flatten(1).max(1).values
    assert (error <= scale / 2 * 1.0001).all()
    assert (error > scale / 10).all()


def test_rows_by_hand_and_a_row_of_zeros() -> None:
    codes, scale = quantise_rows(torch.tensor([[127.0, -63.6, 0.4], [0.0, 0.0, 0.0]]))

    assert codes.tolist() == [[127, -64, 0], [0, 0, 0]]
    assert dequantise(codes, scale).tolist() == [[127.0, -64.0, 0.0], [0.0, 0.0, 0.0]]
    assert scale[0] == 1.0


def test_round_trip_without_quantisation_is_exact(tmp_path: Path) -> None:
    path = tmp_path / "t.safetensors"
    tensors = {
        "matrix": torch.randn(100, 80),
        "last": torch.randn(3, 4, 2, 2).to(memory_format=torch.channels_last),
        "count": torch.tensor(7),
        "half": torch.randn(5).half(),
    }

    write_tensors(path, tensors, {"format": FORMAT, "x": 1}, quantise=False)
    back, header, digest = read_tensors(path, FORMAT)

    assert header == {"format": FORMAT, "x": 1}
    assert len(digest) == 64
    assert back.keys() == tensors.keys()
    for name, value in tensors.items():
        assert back[name].dtype == value.dtype
        assert torch.equal(back[name], value), name


def test_only_large_matrices_are_quantised(tmp_path: Path) -> None:
    path = tmp_path / "t.safetensors"
    tensors = {"large": torch.randn(64, 64), "small": torch.randn(63, 64), "vector": torch.randn(5000)}

    write_tensors(path, tensors, {"format": FORMAT}, quantise=True)
    back, _, _ = read_tensors(path, FORMAT)

    assert back.keys() == tensors.keys()
    assert torch.equal(back["large"], dequantise(*quantise_rows(tensors["large"])))
    assert not torch.equal(back["large"], tensors["large"])
    assert torch.equal(back["small"], tensors["small"])
    assert torch.equal(back["vector"], tensors["vector"])
    assert path.stat().st_size < 64 * 64 + 4 * (64 + 63 * 64 + 5000) + 2000


def test_same_content_gives_the_same_file(tmp_path: Path, written: Path) -> None:
    tensors, header, digest = read_tensors(written, FORMAT)
    write_tensors(tmp_path / "again.safetensors", tensors, dict(reversed(header.items())), quantise=False)

    assert (tmp_path / "again.safetensors").read_bytes() == written.read_bytes()
    assert read_tensors(tmp_path / "again.safetensors", FORMAT)[2] == digest


def missing(path: Path) -> None:
    path.unlink()


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def pickled(path: Path) -> None:
    path.write_bytes(pickle.dumps({"a": [1.0]}))


def torch_saved(path: Path) -> None:
    torch.save({"a": torch.zeros(2)}, path)


def header_of_another_size(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes((10**9).to_bytes(8, "little") + content[8:])


def not_json(path: Path) -> None:
    save_file({"a": torch.zeros(2)}, path, metadata={"specmol": "{"})


def deep_json(path: Path) -> None:
    save_file({"a": torch.zeros(2)}, path, metadata={"specmol": "[" * 100_000})


def no_header(path: Path) -> None:
    save_file({"a": torch.zeros(2)}, path)


def list_header(path: Path) -> None:
    save_file({"a": torch.zeros(2)}, path, metadata={"specmol": "[1]"})


def store(path: Path, tensors: dict[str, torch.Tensor]) -> None:
    save_file(tensors, path, metadata={"specmol": json.dumps({"format": FORMAT})})


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (missing, "no such file"),
        (folder, "not a file"),
        (lambda p: p.write_bytes(b""), "empty"),
        (lambda p: p.write_bytes(p.read_bytes()[:-1]), "not a readable safetensors"),
        (lambda p: p.write_bytes(p.read_bytes()[:20]), "not a readable safetensors"),
        (lambda p: p.write_text("these are no weights"), "not a readable safetensors"),
        (pickled, "not a readable safetensors"),
        (torch_saved, "not a readable safetensors"),
        (header_of_another_size, "not a readable safetensors"),
        (not_json, "not a readable safetensors"),
        (deep_json, "not a readable safetensors"),
        (no_header, "format is None"),
        (list_header, "format is None"),
        (lambda p: write_tensors(p, {}, {"format": "other"}, quantise=False), "format is 'other'"),
        (lambda p: store(p, {"a": torch.tensor([1.0, float("nan")])}), "tensor a .*not finite"),
        (lambda p: store(p, {"a": torch.tensor([1.0, float("-inf")])}), "tensor a .*not finite"),
        (lambda p: store(p, {"a": torch.zeros(2, 2).to(torch.int8), "a.scale": torch.full((2,), float("inf"))}),
         "not finite"),
        (lambda p: store(p, {"a": torch.zeros(2, 2).to(torch.int8), "a.scale": torch.ones(3)}),
         "does not fit its scale"),
        (lambda p: store(p, {"a": torch.zeros(2, 2), "a.scale": torch.ones(2)}), "does not fit its scale"),
        (lambda p: store(p, {"a": torch.tensor(1, dtype=torch.int8), "a.scale": torch.tensor(1.0)}),
         "does not fit its scale"),
        (lambda p: store(p, {"a": torch.zeros(2).to(torch.float8_e4m3fn)}), "tensor a has type"),
    ],
)  # fmt: skip
def test_damaged_file_is_an_error(written: Path, spoil: Callable[[Path], None], reason: str) -> None:
    spoil(written)

    with pytest.raises(CheckpointError, match=reason) as caught:
        read_tensors(written, FORMAT)

    assert caught.value.exit_code == 5
    assert str(written) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_any_safetensors_file_is_read_without_an_expected_format(tmp_path: Path) -> None:
    save_file({"a": torch.ones(2)}, tmp_path / "foreign.safetensors")

    tensors, header, _ = read_tensors(tmp_path / "foreign.safetensors", None)

    assert tensors["a"].tolist() == [1.0, 1.0]
    assert header == {}
