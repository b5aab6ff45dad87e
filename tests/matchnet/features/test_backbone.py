from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torchvision.models import densenet121, efficientnet_b0, resnet50, resnet101

from specmol_core.errors import CheckpointError
from specmol_core.matchnet.features.architectures import ARCHITECTURES, feature_map
from specmol_core.matchnet.features.backbone import (
    Backbone,
    full_network,
    imagenet_backbone,
    input_planes,
    load_backbone,
    save_backbone,
)
from specmol_core.storage.torch_weights import read_tensors, write_tensors

pytestmark = pytest.mark.slow


def random_state(network: torch.nn.Module, seed: int) -> dict[str, torch.Tensor]:
    """Small random weights, and random statistics for every BatchNorm."""
    generator = torch.Generator().manual_seed(seed)
    state = {}
    for name, value in network.state_dict().items():
        if name.endswith("num_batches_tracked"):
            state[name] = torch.zeros_like(value, device="cpu")
        elif value.ndim > 1:
            # This bound keeps the variance through 101 layers.
            bound = (6 / value[0].numel()) ** 0.5
            state[name] = torch.empty(value.shape).uniform_(-bound, bound, generator=generator)
        else:
            state[name] = 0.3 + 0.4 * torch.rand(value.shape, generator=generator)
    return state


@pytest.fixture(scope="module")
def small() -> Backbone:
    backbone = Backbone((1, 1, 1, 1), "axis", 32)
    backbone.network.load_state_dict(random_state(backbone.network, 0))
    return backbone.eval().requires_grad_(False)


@pytest.fixture(scope="module")
def saved(small: Backbone, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("backbone") / "b.safetensors"
    save_backbone(path, small, {"why": "a test"}, quantise=False)
    return path


@pytest.fixture(scope="module")
def images() -> np.ndarray[Any, Any]:
    return np.random.default_rng(0).integers(0, 256, (3, 64, 64), dtype=np.uint8)


def slow_planes(image: list[list[int]], planes: str, rows: int) -> list[list[list[float]]]:
    """One image, one value at a time."""
    height, width = len(image), len(image[0])
    group = height // rows
    means = [[sum(image[r * group + k][c] for k in range(group)) / group for c in range(width)] for r in range(rows)]
    if planes == "photo":
        mean, deviation = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
        return [[[(v / 255 - m) / s for v in row] for row in means] for m, s in zip(mean, deviation, strict=True)]
    if planes == "grey":
        one = [[(v / 255 - 0.5) / 0.5 for v in row] for row in means]
        return [one, one, one]
    ink = [[2 * (255 - v) / 255 for v in row] for row in means]
    x = [-1 + 2 * c / (width - 1) for c in range(width)]
    return [ink, [x] * rows, [[2 * v * v - 2 / 3 for v in x]] * rows]


@pytest.mark.parametrize("planes", ["grey", "axis", "photo"])
@pytest.mark.parametrize("rows", [8, 4, 1])
def test_input_planes_by_loops(planes: Any, rows: int) -> None:
    images = torch.randint(0, 256, (2, 8, 6), dtype=torch.uint8, generator=torch.Generator().manual_seed(1))

    found = input_planes(images, planes, rows)

    expected = torch.tensor([slow_planes(p, planes, rows) for p in images.tolist()])
    assert found.shape == (2, 3, rows, 6)
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-5)


def test_grey_planes_have_the_normalisation_of_the_paper() -> None:
    planes = input_planes(torch.tensor([[[255, 0]]], dtype=torch.uint8), "grey", 1)

    assert planes[0].tolist() == [[[1.0, -1.0]]] * 3


def test_a_trimmed_backbone_is_the_whole_network_with_identities(small: Backbone, images: np.ndarray[Any, Any]) -> None:
    whole = full_network(small)
    with torch.inference_mode():
        expected = whole(input_planes(torch.from_numpy(images), "axis", 32))

    found = small.features(images)

    assert found.shape == (3, 2048, 1, 2)
    torch.testing.assert_close(found.mean((2, 3)), expected, atol=1e-4, rtol=1e-4)
    assert expected.std(0).max() > 1e-4
    assert sum(p.numel() for p in whole.parameters()) == ARCHITECTURES["resnet101"].parameters
    assert [len(s) for s in (whole.layer1, whole.layer2, whole.layer3, whole.layer4)] == [3, 4, 23, 3]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("resnet101", resnet101),
        ("resnet50", resnet50),
        ("densenet121", densenet121),
        ("efficientnet-b0", efficientnet_b0),
    ],
)
def test_every_architecture_is_that_of_torchvision(name: str, make: Any) -> None:
    theirs = make(weights=None)
    state = random_state(theirs, 1)
    theirs.load_state_dict(state)
    head = "fc" if hasattr(theirs, "fc") else "classifier"
    setattr(theirs, head, torch.nn.Identity())
    architecture = ARCHITECTURES[name]
    ours = architecture.build(architecture.stages)
    # Both list their tensors in the order of the network.
    ours.load_state_dict(dict(zip(ours.state_dict(), theirs.state_dict().values(), strict=True)))
    planes = torch.randn((2, 3, 64, 64), generator=torch.Generator().manual_seed(2))

    with torch.inference_mode():
        found = feature_map(ours.eval(), planes)
        expected = theirs.eval()(planes)

    assert sum(p.numel() for p in ours.parameters()) == architecture.parameters
    assert found.shape == (2, architecture.channels, 2, 2)
    torch.testing.assert_close(found.mean((2, 3)), expected, atol=1e-4, rtol=1e-4)


def test_the_first_version_of_resnet_halves_the_map_in_the_first_convolution() -> None:
    architecture = ARCHITECTURES["resnet50-v1"]
    first, second = (architecture.build((1, 1, 1, 1)).get_submodule(f"layer3.0.conv{i}") for i in (1, 2))

    assert (first.stride, second.stride) == ((2, 2), (1, 1))
    planes = torch.zeros((1, 3, 64, 64))
    assert feature_map(architecture.build((1, 1, 1, 1)), planes).shape == (1, 2048, 2, 2)


def test_a_backbone_of_another_architecture_is_restored(tmp_path: Path, images: np.ndarray[Any, Any]) -> None:
    backbone = Backbone((), "photo", 32, "efficientnet-b0").eval()
    save_backbone(tmp_path / "b.safetensors", backbone, {}, quantise=False)

    reloaded = load_backbone(tmp_path / "b.safetensors")

    assert (reloaded.architecture, reloaded.channels, reloaded.planes) == ("efficientnet-b0", 1280, "photo")
    assert reloaded.features(images).shape == (3, 1280, 1, 2)
    torch.testing.assert_close(reloaded.features(images), backbone.features(images))


def test_features_do_not_depend_on_the_batch(
    small: Backbone, images: np.ndarray[Any, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    together = small.features(images)
    monkeypatch.setattr("specmol_core.matchnet.features.backbone._BATCH_ROWS", 64)

    torch.testing.assert_close(small.features(images), together, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(small.features(images[1:2]), together[1:2], atol=1e-5, rtol=1e-5)


def test_the_axis_planes_make_positions_distinguishable(small: Backbone) -> None:
    """Pooled features of the same line at two positions."""
    images = np.full((2, 64, 64), 255, np.uint8)
    images[0, :, 16] = images[1, :, 48] = 0

    left, right = small.features(images).mean((2, 3))

    assert (left - right).abs().max() > 1e-3


def test_save_and_load(small: Backbone, saved: Path, images: np.ndarray[Any, Any]) -> None:
    loaded = load_backbone(saved)

    assert (loaded.blocks, loaded.rows, loaded.planes) == ((1, 1, 1, 1), 32, "axis")
    assert loaded.id == read_tensors(saved, None)[2]
    assert not loaded.training
    assert not any(p.requires_grad for p in loaded.parameters())
    torch.testing.assert_close(loaded.features(images), small.features(images), atol=1e-6, rtol=1e-6)


def test_8_bits_are_a_quarter_and_nearly_the_same(
    small: Backbone, saved: Path, tmp_path: Path, images: np.ndarray[Any, Any]
) -> None:
    save_backbone(tmp_path / "q", small, {}, quantise=True)

    found, exact = load_backbone(tmp_path / "q").features(images), small.features(images)

    assert (tmp_path / "q").stat().st_size < 0.27 * saved.stat().st_size
    assert not torch.equal(found, exact)
    assert (found - exact).norm() < 0.05 * exact.norm()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("blocks", None), ("blocks", [1, 1, 1]), ("blocks", [1, 1, 24, 1]), ("blocks", [0, 1, 1, 1]),
        ("blocks", ["1", 1, 1, 1]), ("planes", "colour"), ("rows", 33), ("rows", 10**9), ("rows", None),
    ],
)  # fmt: skip
def test_damaged_headers(tmp_path: Path, key: str, value: object) -> None:
    header = {"format": "specmol-backbone-1", "blocks": [1, 1, 1, 1], "planes": "axis", "rows": 32, key: value}
    write_tensors(tmp_path / "b", {}, header, quantise=False)

    with pytest.raises(CheckpointError, match="names no known network"):
        load_backbone(tmp_path / "b")


def test_tensors_that_do_not_fit(saved: Path, tmp_path: Path) -> None:
    tensors, header, _ = read_tensors(saved, None)
    write_tensors(tmp_path / "deeper", tensors, {**header, "blocks": [2, 1, 1, 1]}, quantise=False)
    tensors["conv1.weight"] = torch.zeros(64, 1, 7, 7)
    write_tensors(tmp_path / "thin", tensors, header, quantise=False)

    with pytest.raises(CheckpointError, match=r"tensor layer1\.1\..* is missing"):
        load_backbone(tmp_path / "deeper")
    with pytest.raises(CheckpointError, match=r"tensor conv1\.weight is missing, unexpected or of another shape"):
        load_backbone(tmp_path / "thin")


@pytest.fixture(scope="module")
def local_weights(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A state_dict in the form of torchvision, with the classifier and random numbers."""
    with torch.device("meta"):
        network = resnet101(weights=None)
    path = tmp_path_factory.mktemp("weights") / "resnet101.safetensors"
    save_file(random_state(network, 3), path)
    yield path
    path.unlink()


@pytest.mark.slow
def test_local_weights_agree_with_torchvision(local_weights: Path) -> None:
    image = np.random.default_rng(4).integers(0, 256, (1, 256, 256), dtype=np.uint8)
    backbone = imagenet_backbone(local_weights)

    found = backbone.features(image)

    assert found.shape == (1, 2048, 8, 8)
    tensors, _, digest = read_tensors(local_weights, None)
    assert "fc.weight" in tensors
    assert backbone.id == digest
    assert (backbone.planes, backbone.rows) == ("grey", 256)
    with torch.device("meta"):
        network = resnet101(weights=None)
    network.load_state_dict(tensors, assign=True)
    network.fc = torch.nn.Identity()
    grey = (torch.from_numpy(image).float() / 255 - 0.5) / 0.5
    with torch.inference_mode():
        expected = network.eval()(grey[:, None].repeat(1, 3, 1, 1))
    torch.testing.assert_close(found.mean((2, 3)), expected, atol=1e-3, rtol=1e-3)
    assert expected.abs().max() > 1e-3


@pytest.mark.slow
def test_other_files_are_refused_as_imagenet_weights(saved: Path, tmp_path: Path) -> None:
    save_file({"weight": torch.zeros(2)}, tmp_path / "linear.safetensors")
    (tmp_path / "text.safetensors").write_text("weights")

    for path, reason in (
        (tmp_path / "linear.safetensors", "is missing, unexpected"),
        (tmp_path / "text.safetensors", "not a readable safetensors"),
        (tmp_path / "none.safetensors", "no such file"),
        (saved, "is missing, unexpected"),
    ):
        with pytest.raises(CheckpointError, match=reason) as caught:
            imagenet_backbone(path)
        assert caught.value.exit_code == 5
        assert str(path) in str(caught.value)


def test_weights_that_cannot_be_downloaded(monkeypatch: pytest.MonkeyPatch) -> None:
    def offline(*args: Any, **options: Any) -> None:
        raise OSError("no route to host")

    monkeypatch.setattr("torchvision.models._api.load_state_dict_from_url", offline)

    with pytest.raises(CheckpointError, match=r"cannot be downloaded \(no route to host\); give a local file"):
        imagenet_backbone(None)
