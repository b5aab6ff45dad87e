"""The image networks that can be the frozen backbone, all of torchvision, without their classifiers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor, nn

__all__ = ["ARCHITECTURES", "Architecture", "feature_map"]


@dataclass(frozen=True)
class Architecture:
    """One image network."""

    channels: int
    """Channels of its last feature map."""
    parameters: int
    """Parameters without the classifier."""
    stages: tuple[int, ...]
    """Residual blocks of each stage of a ResNet, any tail of which can be left the identity; empty for others."""
    build: Callable[[tuple[int, ...]], nn.Module]
    """A new network with so many blocks in each stage. A ResNet keeps its own names of tensors."""


# Names and numbers of the networks are asked for far more often than the networks, and torchvision loads slowly.
def _resnet(blocks: tuple[int, ...]) -> nn.Module:
    from torchvision.models.resnet import Bottleneck, ResNet

    network: nn.Module = ResNet(Bottleneck, list(blocks))
    network.fc = nn.Identity()
    return network


def _resnet_v1(blocks: tuple[int, ...]) -> nn.Module:
    network = _resnet(blocks)
    for stage in ("layer2", "layer3", "layer4"):
        for name, stride in (("conv1", (2, 2)), ("conv2", (1, 1))):
            setattr(network.get_submodule(f"{stage}.0.{name}"), "stride", stride)  # noqa: B010 - typed as a Tensor
    return network


def _densenet(_: tuple[int, ...]) -> nn.Module:
    from torchvision.models import densenet121

    # The classifier's ReLU comes after the features.
    return nn.Sequential(densenet121().features, nn.ReLU())


def _efficientnet(_: tuple[int, ...]) -> nn.Module:
    from torchvision.models import efficientnet_b0

    network: nn.Module = efficientnet_b0().features
    return network


ARCHITECTURES: dict[str, Architecture] = {
    "resnet101": Architecture(2048, 42_500_160, (3, 4, 23, 3), _resnet),
    "resnet50": Architecture(2048, 23_508_032, (3, 4, 6, 3), _resnet),
    "resnet50-v1": Architecture(2048, 23_508_032, (3, 4, 6, 3), _resnet_v1),
    "densenet121": Architecture(1024, 6_953_856, (), _densenet),
    "efficientnet-b0": Architecture(1280, 4_007_548, (), _efficientnet),
}
"""Every network by its name. The first version of ResNet (He et al., CVPR 2016) halves the map in a block's first
convolution, torchvision's in its second; weights of one fit into the other and are wrong there."""


def feature_map(network: nn.Module, x: Tensor) -> Tensor:
    """Last feature map (B, channels, h, w) of input planes (B, 3, H, W)."""
    # Of a ResNet all but the pooling and the classifier at its end.
    steps = (
        [s for n, s in network.named_children() if n not in ("avgpool", "fc")] if hasattr(network, "fc") else [network]
    )
    for step in steps:
        x = step(x)
    return x
