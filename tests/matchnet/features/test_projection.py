from __future__ import annotations

import pytest
import torch

from specmol_core.matchnet.features.projection import fit_basis, project


def low_rank_maps(rank: int, noise: float) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    directions = torch.randn(24, rank, generator=generator)
    maps = torch.einsum("nrhw,cr->nchw", torch.randn(30, rank, 2, 2, generator=generator), directions)
    return maps + noise * torch.randn(maps.shape, generator=generator)


def test_maps_of_low_rank_lose_nothing() -> None:
    maps = low_rank_maps(5, 0.0)

    basis = fit_basis([maps[:10], maps[10:]], 5)

    torch.testing.assert_close(basis.T @ basis, torch.eye(5), atol=1e-5, rtol=0)
    back = torch.einsum("nrhw,cr->nchw", project(maps, basis), basis)
    torch.testing.assert_close(back, maps, atol=1e-3, rtol=1e-3)


def test_directions_are_those_of_the_singular_values() -> None:
    maps = low_rank_maps(5, 0.3)
    vectors = maps.permute(0, 2, 3, 1).reshape(-1, 24)
    expected = torch.linalg.svd(vectors, full_matrices=False).Vh[:3]

    found = fit_basis([maps], 3).T

    torch.testing.assert_close((found @ expected.T).abs(), torch.eye(3), atol=1e-3, rtol=0)


def test_whole_maps_are_not_changed() -> None:
    maps = low_rank_maps(2, 0.1)

    assert project(maps, None) is maps


@pytest.mark.parametrize("rank", [0, 25])
def test_impossible_rank(rank: int) -> None:
    with pytest.raises(ValueError, match="rank of 1 to 24"):
        fit_basis([low_rank_maps(2, 0.1)], rank)
    with pytest.raises(ValueError, match="sample"):
        fit_basis([], 3)
