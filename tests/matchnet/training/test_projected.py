from __future__ import annotations

import pytest
import torch

from specmol_core.matchnet.features.projection import project
from specmol_core.matchnet.network.assembly import build
from specmol_core.matchnet.network.network import MatchNet
from specmol_core.matchnet.network.variants import variant
from specmol_core.matchnet.training.projected import encode_maps


@pytest.fixture(scope="module")
def network() -> MatchNet:
    torch.manual_seed(0)
    return build(variant("matchnet")).eval()


@pytest.fixture(scope="module")
def maps() -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    directions = torch.randn(2048, 20, generator=generator)
    h1, c13 = (torch.einsum("nrhw,cr->nchw", torch.randn(3, 20, 4, 4, generator=generator), directions) for _ in "ab")
    return h1, c13


def span(maps: tuple[torch.Tensor, torch.Tensor]) -> torch.Tensor:
    """The 20 directions that span maps of rank 20, (2048, 20)."""
    vectors = torch.cat([m.movedim(1, -1).flatten(0, -2) for m in maps])
    return torch.linalg.svd(vectors, full_matrices=False).Vh[:20].T.contiguous()


def test_coefficients_give_the_vectors_of_the_maps(network: MatchNet, maps: tuple[torch.Tensor, torch.Tensor]) -> None:
    """Maps of rank 20 lose nothing on 20 directions."""
    basis = span(maps)
    slow = network.encode_spectra(*maps), network.joint.embed_spectra(*(m.mean((2, 3)) for m in maps))

    for quick, whole, expected in zip(
        encode_maps(network, *(project(m, basis) for m in maps), basis), encode_maps(network, *maps, None), slow,
        strict=True,
    ):  # fmt: skip
        torch.testing.assert_close(quick, expected, atol=1e-4, rtol=1e-3)
        torch.testing.assert_close(whole, expected, atol=0, rtol=0)


@pytest.mark.slow
def test_all_directions_give_the_vectors_of_any_map(network: MatchNet) -> None:
    h1, c13 = torch.randn(2, 2, 2048, 2, 2, generator=torch.Generator().manual_seed(2))
    basis = torch.linalg.qr(torch.randn(2048, 2048, generator=torch.Generator().manual_seed(3))).Q

    found = encode_maps(network, project(h1, basis), project(c13, basis), basis)

    for quick, expected in zip(found, encode_maps(network, h1, c13, None), strict=True):
        torch.testing.assert_close(quick, expected, atol=1e-4, rtol=1e-3)


def test_the_gradient_reaches_the_convolution(network: MatchNet, maps: tuple[torch.Tensor, torch.Tensor]) -> None:
    basis = span(maps)
    gradients = []
    for args in ((*(project(m, basis) for m in maps), basis), (*maps, None)):
        network.zero_grad()
        encode_maps(network, *args)[0].square().sum().backward()
        gradients.append(network.spectra.reduce.weight.grad.clone())

    torch.testing.assert_close(*gradients, atol=1e-3, rtol=1e-2)
    assert gradients[0].abs().max() > 0
