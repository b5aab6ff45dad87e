from __future__ import annotations

import pytest
import torch
from torchvision.models import resnet101

from specmol_core import api
from specmol_core.config import NetworkConfig
from specmol_core.errors import UsageError
from specmol_core.features.backbone import BACKBONE_PARAMETERS
from specmol_core.model.variants import VARIANTS, build, parameter_counts, variant

TOTALS = {
    "matchnet-a": (42_912_587, "42.913"),
    "matchnet-b": (43_748_489, "43.748"),
    "matchnet-c": (44_115_405, "44.115"),
    "matchnet-d": (43_300_237, "43.300"),
    "matchnet": (44_115_569, "44.116"),
}
"""The paper's Table 3: the count of architecture.md, and the millions as printed."""


@pytest.mark.parametrize("name", TOTALS)
def test_totals_of_the_paper_to_the_printed_digit(name: str) -> None:
    counts = parameter_counts(name)

    assert counts["total"] == TOTALS[name][0]
    assert f"{counts['total'] / 1e6:.3f}" == TOTALS[name][1]
    assert counts["trainable"] == counts["total"] - 42_500_160
    assert counts["frozen"] == 42_500_160


def test_no_other_models() -> None:
    assert set(VARIANTS) == set(TOTALS)


def test_backbone_count_is_that_of_torchvision() -> None:
    with torch.device("meta"):
        network = resnet101(weights=None)
    network.fc = torch.nn.Identity()

    assert sum(p.numel() for p in network.parameters()) == BACKBONE_PARAMETERS == 42_500_160


def test_the_joint_space_is_counted_apart() -> None:
    network = build(variant("matchnet"))

    counts = parameter_counts("matchnet")

    joint = sum(p.numel() for n, p in network.named_parameters() if n.startswith("joint."))
    assert counts["joint_space"] == joint > 0
    assert counts["trainable"] + joint == sum(p.numel() for p in network.parameters())


@pytest.mark.parametrize(
    ("part", "name", "parameters"),
    [
        ("molecules.attention", "matchnet", 23_712),
        ("molecules.attention", "matchnet-d", 23_712),
        ("molecules.graph", "matchnet-a", 1_482),
        ("molecules.graph", "matchnet-d", 23_256),
        ("molecules.graph", "matchnet-b", 51_220),
        ("molecules.graph", "matchnet", 394_588),
        ("molecules.head.0", "matchnet-a", 115_500),
        ("molecules.head.0", "matchnet-d", 457_500),
        ("molecules.head.0", "matchnet", 901_500),
        ("molecules.head.3", "matchnet", 192_128),
        ("spectra.reduce", "matchnet", 32_784),
    ],
)
def test_parts_have_the_sizes_of_the_architecture(part: str, name: str, parameters: int) -> None:
    module = build(variant(name)).get_submodule(part)

    assert sum(p.numel() for p in module.parameters()) == parameters


@pytest.mark.parametrize("name", ["matchnet-a", "matchnet-b"])
def test_without_transformer_conv(name: str) -> None:
    assert build(variant(name)).molecules.attention is None


def test_api_lists_the_same_counts() -> None:
    listed = {m["name"]: m for m in api.models()}

    assert list(listed) == ["matchnet-x", *VARIANTS]
    for name in VARIANTS:
        counts = {k: listed[name][k] for k in ("trainable", "frozen", "total", "joint_space")}
        assert counts == parameter_counts(name)


def test_same_seed_same_weights() -> None:
    built = []
    for seed in (1, 1, 2):
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            built.append(build(NetworkConfig()).fusion.first.weight)

    assert torch.equal(built[0], built[1])
    assert not torch.equal(built[0], built[2])


@pytest.mark.parametrize("name", ["matchnett", "matchnet-e", "MatchNet", ""])
def test_a_mistyped_name_lists_the_models(name: str) -> None:
    with pytest.raises(UsageError, match=r"no model is called .*matchnet, matchnet-a, .*matchnet-d"):
        variant(name)
