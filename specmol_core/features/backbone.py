"""The frozen ResNet-101 that reads pictures, trimmed of the blocks that are the identity."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torchvision.models.resnet import Bottleneck, ResNet

from specmol_core.errors import CheckpointError
from specmol_core.model.tensors import read_tensors, write_tensors

__all__ = [
    "BACKBONE_PARAMETERS",
    "RESNET101",
    "STRIDE",
    "Backbone",
    "Planes",
    "input_planes",
    "load_backbone",
    "save_backbone",
]

BACKBONE_PARAMETERS = 42_500_160
"""Parameters of ResNet-101 without its classifier."""
RESNET101 = (3, 4, 23, 3)
"""Residual blocks of each stage."""
STRIDE = 32
"""Pixels per cell of the feature map."""
FORMAT = "specmol-backbone-1"
Planes = Literal["axis", "grey"]
_BATCH_ROWS = 1024
"""Picture rows per forward pass on a CPU; larger batches fall out of the cache and are slower."""


def input_planes(pictures: Tensor, planes: Planes, rows: int) -> Tensor:
    """Pictures (B, H, W) with ink 0 on paper 255, as the network's three input planes (B, 3, rows, W).

    Where ``rows`` is less than the height, groups of rows are averaged. A column of the canonical picture
    is one stroke from the bottom up, so its height survives as grey, and the network is that much faster.

    ``grey`` repeats the picture, normalised with mean and standard deviation 0.5 as the paper does.
    ``axis`` gives the ink once, and the shift axis as two further planes: position x from -1 to 1 and
    its square (CoordConv, Liu et al. 2018). Pooling forgets where a line stood; with its axis drawn in,
    20 ppm and 200 ppm do not look alike.
    """
    values = pictures.float()
    if rows != pictures.shape[1]:
        values = values.reshape(len(values), rows, -1, values.shape[2]).mean(2)
    if planes == "grey":
        return (values / 127.5 - 1.0)[:, None].expand(-1, 3, -1, -1)
    ink = 1.0 - values / 255.0
    x = torch.linspace(-1.0, 1.0, pictures.shape[-1], device=pictures.device)
    position = torch.stack((x, 2 * x.square() - 2.0 / 3.0))[:, None, :].expand(-1, *values.shape[1:])
    return torch.cat((2 * ink[:, None], position.expand(len(pictures), -1, -1, -1)), 1)


class Backbone(nn.Module):
    """ResNet-101 up to its last feature map, its weights frozen.

    Parameters
    ----------
    blocks
        Blocks of each stage that are not the identity. A bottleneck block whose last BatchNorm is zero
        adds nothing to its input, and the ReLU behind it changes nothing that a ReLU made; such blocks
        at the end of a stage are left out of the computation, which is exact.
    planes, rows
        How a picture enters, see ``input_planes``.

    Shapes: pictures (B, size, size) uint8 -> (B, 2048, rows / 32, size / 32).
    """

    def __init__(self, blocks: tuple[int, ...] = RESNET101, planes: Planes = "axis", rows: int = 256) -> None:
        super().__init__()
        self.blocks = blocks
        self.rows = rows
        self.planes: Planes = planes
        self.id = ""
        self.network = ResNet(Bottleneck, list(blocks))
        self.network.fc = nn.Identity()
        self.network.to(memory_format=torch.channels_last)

    def forward(self, pictures: Tensor) -> Tensor:
        net = self.network
        x: Tensor = input_planes(pictures, self.planes, self.rows).contiguous(memory_format=torch.channels_last)
        x = net.maxpool(net.relu(net.bn1(net.conv1(x))))
        for stage in (net.layer1, net.layer2, net.layer3, net.layer4):
            x = stage(x)
        return x

    @torch.inference_mode()
    def features(self, pictures: NDArray[np.uint8]) -> Tensor:
        """Feature maps (n, 2048, h, w) in float32 of pictures (n, size, size)."""
        device = next(self.parameters()).device
        step = max(1, _BATCH_ROWS // self.rows) if device.type == "cpu" else 64
        parts = [
            self(torch.from_numpy(np.ascontiguousarray(pictures[i : i + step])).to(device))
            for i in range(0, len(pictures), step)
        ]
        return torch.cat(parts)


def full_network(backbone: Backbone) -> ResNet:
    """The whole ResNet-101 that a trimmed backbone stands for: its missing blocks as identities."""
    net = ResNet(Bottleneck, list(RESNET101))
    net.fc = nn.Identity()
    state = net.state_dict()
    trained = backbone.network.state_dict()
    for name in state:
        if name not in trained and ".bn3." in name and name.endswith(("weight", "bias")):
            trained[name] = torch.zeros_like(state[name])
    net.load_state_dict(trained, strict=False)
    return net.eval()


def save_backbone(path: Path, backbone: Backbone, notes: dict[str, object], *, quantise: bool) -> None:
    """Write a backbone as safetensors with a JSON header; 8 bits per convolution weight if ``quantise``."""
    header: dict[str, object] = {"format": FORMAT, "blocks": list(backbone.blocks), "planes": backbone.planes}
    header |= {"rows": backbone.rows, "notes": notes}
    tensors = {k: v for k, v in backbone.network.state_dict().items() if not k.endswith("num_batches_tracked")}
    write_tensors(path, tensors, header, quantise=quantise)


def load_backbone(path: Path, device: torch.device | str = "cpu") -> Backbone:
    """Read a backbone written by ``save_backbone``, frozen and in evaluation mode.

    Raises
    ------
    CheckpointError
        If the file is missing, damaged or no backbone.
    """
    tensors, header, digest = read_tensors(path, FORMAT)
    blocks: Any = header.get("blocks")
    planes: Any = header.get("planes")
    rows: Any = header.get("rows")
    known = isinstance(blocks, list) and len(blocks) == len(RESNET101) and planes in ("axis", "grey")
    known = known and isinstance(rows, int) and 32 <= rows <= 4096 and rows % 32 == 0
    if not known or not all(isinstance(b, int) and 1 <= b <= m for b, m in zip(blocks, RESNET101, strict=True)):
        raise CheckpointError(path, "the header names no ResNet-101 blocks; the file is damaged, fetch it again")
    backbone = Backbone(tuple(blocks), planes, rows)
    _fill(path, backbone.network, tensors)
    backbone.id = digest
    return backbone.eval().requires_grad_(False).to(device)


def imagenet_backbone(path: Path | None = None, device: torch.device | str = "cpu") -> Backbone:
    """ResNet-101 with ImageNet weights: torchvision's download, or a local safetensors state_dict.

    Raises
    ------
    CheckpointError
        If the weights cannot be downloaded, or the file is no ResNet-101.
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
    kept = {k: v for k, v in tensors.items() if not k.startswith("fc.") and not k.endswith("num_batches_tracked")}
    backbone = Backbone(RESNET101, "grey")
    _fill(path or "ImageNet weights", backbone.network, kept)
    backbone.id = digest
    return backbone.eval().requires_grad_(False).to(device)


def _fill(path: Path | str, network: ResNet, tensors: dict[str, Tensor]) -> None:
    """Load tensors into a network whose every parameter must be there in its shape."""
    expected = {k: v.shape for k, v in network.state_dict().items() if not k.endswith("num_batches_tracked")}
    wrong = sorted(k for k in expected.keys() ^ tensors.keys())
    wrong += [k for k in expected.keys() & tensors.keys() if tensors[k].shape != expected[k]]
    if wrong:
        raise CheckpointError(path, f"tensor {wrong[0]} is missing, unexpected or of another shape; not this network")
    network.load_state_dict(tensors, strict=False)
