from __future__ import annotations

import pytest
import torch

from specmol_core.matchnet.network.network import MatchNet

SMILES = ("CC(=O)OCC", "CCCC(=O)O", "C1COCCO1")


@pytest.fixture(scope="module")
def spectra(network: MatchNet) -> torch.Tensor:
    h1, c13 = torch.randn(2, 3, 2048, 1, 8, generator=torch.Generator().manual_seed(5))
    return network.encode_spectra(h1, c13)


def test_batched_equals_single(network: MatchNet, graphs_of, spectra: torch.Tensor) -> None:  # type: ignore[no-untyped-def]
    together = network.match(network.encode_molecules(graphs_of(*SMILES)), spectra)

    alone = [network.match(network.encode_molecules(graphs_of(s)), spectra[i : i + 1]) for i, s in enumerate(SMILES)]
    assert together.shape == (3,)
    torch.testing.assert_close(together, torch.cat(alone), atol=1e-5, rtol=1e-4)


def test_match_is_the_classifier_on_molecule_then_spectrum(
    network: MatchNet,
    graphs_of,
    spectra: torch.Tensor,  # type: ignore[no-untyped-def]
) -> None:
    molecules = network.encode_molecules(graphs_of(*SMILES))

    fused = network.fusion(torch.cat((molecules, spectra), 1))

    torch.testing.assert_close(network.features(molecules, spectra), fused, atol=0, rtol=0)
    torch.testing.assert_close(network.match(molecules, spectra), network.classifier(fused), atol=0, rtol=0)


def test_both_sides_move_the_logit(network: MatchNet, graphs_of, spectra: torch.Tensor) -> None:  # type: ignore[no-untyped-def]
    molecules = network.encode_molecules(graphs_of(*SMILES))
    straight = network.match(molecules, spectra)

    assert (network.match(molecules.flip(0), spectra) - straight)[[0, 2]].abs().min() > 1e-5
    assert (network.match(molecules, spectra.flip(0)) - straight)[[0, 2]].abs().min() > 1e-5


def test_joint_space_is_a_unit_sphere(network: MatchNet, graphs_of) -> None:  # type: ignore[no-untyped-def]
    molecules = network.joint.embed_molecules(network.encode_molecules(graphs_of(*SMILES)))
    pooled = torch.randn(2, 3, 2048, generator=torch.Generator().manual_seed(6))
    spectra = network.joint.embed_spectra(pooled[0], pooled[1])

    for vectors in (molecules, spectra):
        assert vectors.shape == (3, 128)
        torch.testing.assert_close(vectors.norm(dim=1), torch.ones(3))
    assert not torch.allclose(spectra, network.joint.embed_spectra(pooled[1], pooled[0]))


def test_all_parameters_but_the_joint_space_affect_the_match(graphs_of) -> None:  # type: ignore[no-untyped-def]
    from specmol_core.matchnet.network.assembly import build
    from specmol_core.matchnet.network.variants import variant

    network = build(variant("matchnet"))
    h1, c13 = torch.rand(2, 3, 2048, 2, 2, generator=torch.Generator().manual_seed(7))
    network.match(network.encode_molecules(graphs_of(*SMILES)), network.encode_spectra(h1, c13)).sum().backward()

    idle = {name for name, p in network.named_parameters() if p.grad is None}
    assert idle == {name for name, _ in network.named_parameters() if name.startswith("joint.")}
