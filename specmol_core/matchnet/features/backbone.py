"""Frozen image network that turns images of spectra into feature maps."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from specmol_core.errors import CheckpointError
from specmol_core.matchnet.features.architectures import ARCHITECTURES, feature_map
from specmol_core.storage.torch_weights import read_tensors, write_tensors

__all__ = [
    "RESNET101",
    "STRIDE",
    "Backbone",
    "Planes",
    "input_planes",
    "load_backbone",
    "save_backbone",
]

RESNET101 = ARCHITECTURES["resnet101"].stages
STRIDE = 32
"""Pixels per cell of the feature map."""
FORMAT = "specmol-backbone-1"
Planes = Literal["axis", "grey", "photo"]
_PLANES = ("axis", "grey", "photo")
_PHOTO_MEAN, _PHOTO_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Mean and deviation of ImageNet photographs (red, green, blue), as in torchvision's weights."""
_BATCH_ROWS = 1024
"""Image rows per forward pass on a CPU; larger batches exceed the cache and are slower."""


def input_planes(images: Tensor, planes: Planes, rows: int) -> Tensor:
    """Convert images (B, H, W), 0 for ink and 255 for paper, to input planes (B, 3, rows, W).

    If ``rows`` is less than the height, groups of rows are averaged. Each column of a canonical
    image is one stroke from the bottom up, so its height is kept as a grey level, and the network
    has fewer rows to process.

    Parameters
    ----------
    planes
        ``grey`` repeats the image, normalised with mean and standard deviation 0.5 as in the
        paper. ``photo`` normalises the image as an ImageNet photograph. ``axis`` gives the ink
        once and the shift axis as two more planes: the position x from -1 to 1 and its square
        (CoordConv, Liu et al. 2018). Pooling discards the position of a line; the axis planes
        keep 20 ppm and 200 ppm distinguishable.
    """
    values = images.float()
    if rows != images.shape[1]:
        values = values.reshape(len(values), rows, -1, values.shape[2]).mean(2)
    if planes == "grey":
        return (values / 127.5 - 1.0)[:, None].expand(-1, 3, -1, -1)
    if planes == "photo":
        mean, std = (values.new_tensor(v)[:, None, None] for v in (_PHOTO_MEAN, _PHOTO_STD))
        return (values[:, None] / 255.0 - mean) / std
    ink = 1.0 - values / 255.0
    x = torch.linspace(-1.0, 1.0, images.shape[-1], device=images.device)
    position = torch.stack((x, 2 * x.square() - 2.0 / 3.0))[:, None, :].expand(-1, *values.shape[1:])
    return torch.cat((2 * ink[:, None], position.expand(len(images), -1, -1, -1)), 1)


class Backbone(nn.Module):
    """Image network up to its last feature map, with frozen weights.

    Parameters
    ----------
    blocks
        Blocks in each stage of a ResNet that are not the identity; empty for other networks.
        A bottleneck block whose last BatchNorm is zero adds nothing to its input, and the ReLU
        after it does not change the output of an earlier ReLU. Omitting such blocks at the end of
        a stage is therefore exact.
    planes, rows
        Input format of an image, see ``input_planes``.
    architecture
        A name in ``ARCHITECTURES``.

    Shapes: images (B, size, size) uint8 -> (B, channels, rows / 32, size / 32).
    """

    def __init__(
        self,
        blocks: tuple[int, ...] = RESNET101,
        planes: Planes = "axis",
        rows: int = 256,
        architecture: str = "resnet101",
    ) -> None:
        super().__init__()
        self.architecture = architecture
        self.channels = ARCHITECTURES[architecture].channels
        self.blocks = blocks
        self.rows = rows
        self.planes: Planes = planes
        self.id = ""
        self.network = ARCHITECTURES[architecture].build(blocks)
        self.network.to(memory_format=torch.channels_last)

    def forward(self, images: Tensor) -> Tensor:
        planes = input_planes(images, self.planes, self.rows)
        return feature_map(self.network, planes.contiguous(memory_format=torch.channels_last))

    @torch.inference_mode()
    def features(self, images: NDArray[np.uint8]) -> Tensor:
        """Return feature maps (n, channels, h, w) in float32 of images (n, size, size)."""
        device = next(self.parameters()).device
        step = max(1, _BATCH_ROWS // self.rows) if device.type == "cpu" else 64
        parts = [
            self(torch.from_numpy(np.ascontiguousarray(images[i : i + step])).to(device))
            for i in range(0, len(images), step)
        ]
        return torch.cat(parts)


def full_network(backbone: Backbone) -> nn.Module:
    """Return the full ResNet of a trimmed backbone, with identities for the omitted blocks."""
    architecture = ARCHITECTURES[backbone.architecture]
    net = architecture.build(architecture.stages)
    state = net.state_dict()
    trained = backbone.network.state_dict()
    for name in state:
        if name not in trained and ".bn3." in name and name.endswith(("weight", "bias")):
            trained[name] = torch.zeros_like(state[name])
    net.load_state_dict(trained, strict=False)
    return net.eval()


def save_backbone(path: Path, backbone: Backbone, notes: dict[str, object], *, quantise: bool) -> None:
    """Write a backbone as safetensors with a JSON header.

    ``quantise`` stores convolution weights with 8 bits.
    """
    header: dict[str, object] = {"format": FORMAT, "blocks": list(backbone.blocks), "planes": backbone.planes}
    header |= {"rows": backbone.rows, "architecture": backbone.architecture, "notes": notes}
    tensors = {k: v for k, v in backbone.network.state_dict().items() if not k.endswith("num_batches_tracked")}
    write_tensors(path, tensors, header, quantise=quantise)


def load_backbone(path: Path, device: torch.device | str = "cpu") -> Backbone:
    """Read a backbone written by ``save_backbone``, frozen and in evaluation mode.

    Raises
    ------
    CheckpointError
        If the file is missing, damaged or not a backbone.
    """
    tensors, header, digest = read_tensors(path, FORMAT)
    blocks: Any = header.get("blocks")
    planes: Any = header.get("planes")
    rows: Any = header.get("rows")
    # The first file versions hold ResNet-101 only and do not name the architecture.
    name: Any = header.get("architecture", "resnet101")
    known = isinstance(blocks, list) and planes in _PLANES and isinstance(name, str) and name in ARCHITECTURES
    known = known and isinstance(rows, int) and 32 <= rows <= 4096 and rows % 32 == 0
    stages = ARCHITECTURES[name].stages if known else ()
    known = known and len(blocks) == len(stages)
    if not known or not all(isinstance(b, int) and 1 <= b <= m for b, m in zip(blocks, stages, strict=True)):
        raise CheckpointError(path, "the header names no known network; the file is damaged, download it again")
    backbone = Backbone(tuple(blocks), planes, rows, name)
    _load_tensors(path, backbone.network, tensors)
    backbone.id = digest
    return backbone.eval().requires_grad_(False).to(device)


def imagenet_backbone(
    path: Path | None = None, device: torch.device | str = "cpu", architecture: str = "resnet101", rows: int = 256
) -> Backbone:
    """Return a ResNet with ImageNet weights.

    The weights are torchvision's download of ResNet-101, or a local safetensors state_dict.

    Raises
    ------
    CheckpointError
        If the weights cannot be downloaded, or the file belongs to another network.
    """
    if path is None:
        from torchvision.models import ResNet101_Weights

        try:
            tensors = dict(ResNet101_Weights.IMAGENET1K_V2.get_state_dict(progress=False, check_hash=True))
        except OSError as error:
            reason = f"cannot be downloaded ({error}); give a local file with --backbone-weights FILE.safetensors"
            raise CheckpointError("ImageNet weights", reason) from None
        digest = hashlib.sha256(b"".join(tensors[k].numpy().tobytes() for k in sorted(tensors))).hexdigest()
    else:
        tensors, _, digest = read_tensors(path, None)
    selected = {
        k: v.float() for k, v in tensors.items() if not k.startswith("fc.") and not k.endswith("batches_tracked")
    }
    planes: Planes = "grey" if architecture == "resnet101" else "photo"
    backbone = Backbone(ARCHITECTURES[architecture].stages, planes, rows, architecture)
    _load_tensors(path or "ImageNet weights", backbone.network, selected)
    backbone.id = digest
    return backbone.eval().requires_grad_(False).to(device)


def _load_tensors(path: Path | str, network: nn.Module, tensors: dict[str, Tensor]) -> None:
    """Load tensors into a network; every parameter must be present in its shape."""
    expected = {k: v.shape for k, v in network.state_dict().items() if not k.endswith("num_batches_tracked")}
    wrong = sorted(k for k in expected.keys() ^ tensors.keys())
    wrong += [k for k in expected.keys() & tensors.keys() if tensors[k].shape != expected[k]]
    if wrong:
        raise CheckpointError(path, f"tensor {wrong[0]} is missing, unexpected or of another shape; not this network")
    network.load_state_dict(tensors, strict=False)
