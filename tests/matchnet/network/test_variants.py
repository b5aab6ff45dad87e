from __future__ import annotations

import numpy as np
import pytest
import torch
from rdkit import Chem
from rdkit.Chem import rdFingerprintGenerator
from torchvision.models import resnet101

from specmol_core import api
from specmol_core.errors import UsageError
from specmol_core.matchnet.config import NetworkConfig
from specmol_core.matchnet.features.architectures import ARCHITECTURES
from specmol_core.matchnet.network.assembly import build, parameter_counts
from specmol_core.matchnet.network.variants import VARIANTS, variant
from specmol_core.molecules.graph import GraphBatch

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


_HEAD = 73_920 + 384 + 18_528 + 36_960 + 4_993
"""Dense 384 to 192, BatchNorm, dense to 96, the skip, and the classifier."""
_FINGERPRINT = 525_824 + 131_840 + 33_152
"""Dense 1024 to 512, 256 and 128, each with its BatchNorm."""
BASELINES = {
    # Graph layers, the two dense layers behind them, the two on a pooled map.
    "gcn-resnet101": (1_482 + 2_964 + 11_704) + (156_672 + 131_200) + 557_440 + _HEAD,
    "gat-resnet101": (15_580 + 144_780) + (1_141_500 + 192_128) + 557_440 + _HEAD,
    "resnet50": _FINGERPRINT + 557_440 + _HEAD,
    "densenet121": _FINGERPRINT + 295_296 + _HEAD,
    "efficientnet-b0": _FINGERPRINT + 360_832 + _HEAD,
}


@pytest.mark.parametrize("name", BASELINES)
def test_baselines_have_the_widths_of_their_source(name: str) -> None:
    counts = parameter_counts(name)

    assert counts["trainable"] == BASELINES[name]
    assert counts["frozen"] == ARCHITECTURES[variant(name).backbone].parameters


@pytest.mark.parametrize("name", VARIANTS)
def test_every_system_gives_a_logit_per_pair_and_a_joint_vector(name: str) -> None:
    network = build(variant(name)).eval().requires_grad_(False)
    channels = ARCHITECTURES[variant(name).backbone].channels
    mols = [Chem.MolFromSmiles(s) for s in ("CCO", "c1ccccc1O", "CC(=O)NC")]
    batch = GraphBatch.of([network.molecule_input.featurise(m) for m in mols])
    maps = torch.rand(2, 3, channels, 1, 8, generator=torch.Generator().manual_seed(0))

    molecules = network.encode_molecules(network.molecule_input.tensors(batch, "cpu"))
    logits = network.match(molecules, network.encode_spectra(*maps))

    assert logits.shape == (3,)
    assert len(set(logits.tolist())) == 3
    assert network.joint.embed_spectra(*maps.mean((3, 4))).shape == network.joint.embed_molecules(molecules).shape


def test_image_only_systems_use_the_fingerprint() -> None:
    network, mol = build(variant("resnet50")), Chem.MolFromSmiles("CC(=O)Oc1ccccc1C(=O)O")
    expected = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=1024).GetFingerprint(mol)

    seen = network.molecule_input.tensors(GraphBatch.of([network.molecule_input.featurise(mol)]), "cpu")

    assert seen.molecules == 1
    assert np.flatnonzero(seen.atoms[0].numpy()).tolist() == list(expected.GetOnBits())


def test_no_other_models() -> None:
    assert set(VARIANTS) == set(TOTALS) | set(BASELINES)


def test_backbone_count_is_that_of_torchvision() -> None:
    with torch.device("meta"):
        network = resnet101(weights=None)
    network.fc = torch.nn.Identity()

    assert sum(p.numel() for p in network.parameters()) == ARCHITECTURES["resnet101"].parameters == 42_500_160


def test_the_joint_space_is_counted_separately() -> None:
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
    models = {m["name"]: m for m in api.models()}

    assert list(models) == ["matchnet-x", *VARIANTS]
    for name in VARIANTS:
        counts = {k: models[name][k] for k in ("trainable", "frozen", "total", "joint_space")}
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
