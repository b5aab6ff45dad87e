from __future__ import annotations

import torch
from torch import Tensor

from specmol_core.matchnet.network.spectral import SpectralBranch


def maps(seed: int, batch: int = 2) -> tuple[Tensor, Tensor]:
    h1, c13 = torch.randn(2, batch, 2048, 2, 3, generator=torch.Generator().manual_seed(seed))
    return h1, c13


def attended_maps(branch: SpectralBranch, h1: Tensor, c13: Tensor) -> tuple[Tensor, Tensor]:
    """Maps of 16 channels of both nuclei after attention; the 1x1 convolution is a matrix product."""
    weight, bias = branch.reduce.weight[:, :, 0, 0], branch.reduce.bias[:, None, None]
    reduced = [torch.einsum("oc,bchw->bohw", weight, m) + bias for m in (h1, c13)]
    return branch.h1_attention(reduced[0]), branch.c13_attention(reduced[1])


def test_gating_the_maps_and_pooling_is_gating_the_pooled() -> None:
    branch = SpectralBranch((3, 7), gated=True).requires_grad_(False)
    a, b = attended_maps(branch, *maps(0))
    gates = branch.gate(torch.cat((a.mean((2, 3)), b.mean((2, 3))), 1))[:, :, None, None]

    gated = torch.cat((a * gates[:, :16], b * gates[:, 16:]), 1)

    torch.testing.assert_close(branch(*maps(0)), gated.mean((2, 3)), atol=1e-5, rtol=1e-4)
    assert (gates - 1).abs().max() > 0.1


def test_without_a_gate_the_maps_are_pooled() -> None:
    branch = SpectralBranch((7,), gated=False).requires_grad_(False)

    expected = torch.cat([m.mean((2, 3)) for m in attended_maps(branch, *maps(1))], 1)
    torch.testing.assert_close(branch(*maps(1)), expected, atol=1e-5, rtol=1e-4)


def test_nuclei_share_the_convolution_and_not_the_attention() -> None:
    branch = SpectralBranch((7,), gated=False).requires_grad_(False)
    h1, _ = maps(2)

    same = branch(h1, h1)
    assert not torch.allclose(same[:, :16], same[:, 16:])
    branch.c13_attention.load_state_dict(branch.h1_attention.state_dict())
    same = branch(h1, h1)
    torch.testing.assert_close(same[:, :16], same[:, 16:], atol=0, rtol=0)


def test_the_gate_makes_each_nucleus_depend_on_the_other() -> None:
    h1, c13 = maps(3)
    for gated in (True, False):
        branch = SpectralBranch((7,), gated=gated).requires_grad_(False)
        if branch.gate is not None:
            # Two hidden cells may both be inactive by chance; positive weights activate them.
            branch.gate.mlp[0].weight.abs_()
            h1, c13 = h1.abs(), c13.abs()
            branch.reduce.weight.abs_()
        moved = (branch(h1, c13) - branch(h1, 0 * c13))[:, :16].abs().max()
        assert bool(moved > 0) is gated


def test_a_missing_nucleus_gives_a_finite_vector() -> None:
    branch = SpectralBranch((3, 7), gated=True).requires_grad_(False)
    h1, c13 = maps(4)
    zero = torch.zeros_like(h1)

    whole, only_h1, only_c13 = branch(h1, c13), branch(h1, zero), branch(zero, c13)

    for vector in (whole, only_h1, only_c13):
        assert vector.shape == (2, 32)
        assert torch.isfinite(vector).all()
    assert not torch.allclose(whole, only_h1)
    assert not torch.allclose(only_h1, only_c13)
