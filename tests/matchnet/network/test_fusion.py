from __future__ import annotations

import torch
from torch import Tensor, nn

from specmol_core.matchnet.network.fusion import Classifier, ResidualFusion


def linear(module: nn.Linear, x: Tensor) -> Tensor:
    return x @ module.weight.T + module.bias


def norm(module: nn.BatchNorm1d, x: Tensor) -> Tensor:
    return (x - module.running_mean) / (module.running_var + module.eps).sqrt() * module.weight + module.bias


def test_fusion_by_its_formula(network) -> None:  # type: ignore[no-untyped-def]
    fusion: ResidualFusion = network.fusion
    u = torch.randn(4, 160, generator=torch.Generator().manual_seed(0))

    bent = norm(fusion.norm, linear(fusion.first, u)).clamp_min(0)

    expected = linear(fusion.second, bent) + linear(fusion.skip, u)
    torch.testing.assert_close(fusion(u), expected, atol=1e-4, rtol=1e-4)
    assert fusion(u).shape == (4, 96)


def test_classifier_by_its_formula(network) -> None:  # type: ignore[no-untyped-def]
    classifier: Classifier = network.classifier
    fused = torch.randn(4, 96, generator=torch.Generator().manual_seed(1))
    first, _, dense, second, _, last = classifier.layers

    hidden = norm(second, linear(dense, norm(first, fused).clamp_min(0))).clamp_min(0)

    torch.testing.assert_close(classifier(fused), linear(last, hidden)[:, 0], atol=1e-4, rtol=1e-4)


def test_sizes_of_the_paper() -> None:
    fusion, classifier = ResidualFusion(160), Classifier()

    assert sum(p.numel() for p in fusion.skip.parameters()) == 15_456
    assert sum(p.numel() for p in fusion.parameters()) == 49_824 + 15_456
    assert sum(p.numel() for p in classifier.parameters()) == 4_993
