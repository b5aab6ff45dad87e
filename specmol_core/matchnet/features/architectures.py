"""Image networks available as frozen backbone: torchvision's, without their classifiers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor, nn

__all__ = ["ARCHITECTURES", "Architecture", "feature_map"]


@dataclass(frozen=True)
class Architecture:
    """Image network: its sizes and how to build it."""

    channels: int
    """Channels of the last feature map."""
    parameters: int
    """Parameters without the classifier."""
    stages: tuple[int, ...]
    """Residual blocks in each stage of a ResNet; empty for other networks.

    The last blocks of a stage may be left the identity.
    """
    build: Callable[[tuple[int, ...]], nn.Module]
    """Return a new network with the given number of blocks in each stage.

    A ResNet keeps torchvision's tensor names.
    """


# Most callers need only names and sizes, and torchvision loads slowly; so the builders import it.
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

    # torchvision applies this ReLU between the features and the classifier.
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
"""Networks by name.

The first version of ResNet (He et al., CVPR 2016, ``resnet50-v1``) halves the map in the first
convolution of a block; torchvision's version does so in the second. The weights of one version
load into the other, but give wrong results.
"""


def feature_map(network: nn.Module, x: Tensor) -> Tensor:
    """Return the last feature map (B, channels, h, w) of input planes (B, 3, H, W)."""
    # A ResNet is applied up to the pooling and classifier at its end.
    steps = (
        [s for n, s in network.named_children() if n not in ("avgpool", "fc")] if hasattr(network, "fc") else [network]
    )
    for step in steps:
        x = step(x)
    return x
