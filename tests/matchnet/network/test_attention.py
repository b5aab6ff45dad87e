from __future__ import annotations

import math

import pytest
import torch

from specmol_core.matchnet.network.attention import CBAM, ChannelAttention, JointGate, SpatialAttention


@pytest.fixture
def x() -> torch.Tensor:
    return torch.randn(2, 16, 4, 5, generator=torch.Generator().manual_seed(0))


def sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-value))


def slow_mlp(mlp: torch.nn.Sequential, values: list[float]) -> list[float]:
    first, second = mlp[0].weight.tolist(), mlp[2].weight.tolist()
    hidden = [max(0.0, sum(w * v for w, v in zip(row, values, strict=True))) for row in first]
    return [sum(w * h for w, h in zip(row, hidden, strict=True)) for row in second]


def slow_channel_attention(module: ChannelAttention, x: torch.Tensor) -> torch.Tensor:
    out = x.clone()
    for b in range(len(x)):
        cells = [channel.flatten().tolist() for channel in x[b]]
        average = slow_mlp(module.mlp, [sum(c) / len(c) for c in cells])
        largest = slow_mlp(module.mlp, [max(c) for c in cells])
        for k, (a, m) in enumerate(zip(average, largest, strict=True)):
            out[b, k] *= sigmoid(a + m)
    return out


def slow_spatial_attention(module: SpatialAttention, x: torch.Tensor) -> torch.Tensor:
    out = x.clone()
    _, channels, height, width = x.shape
    for b in range(len(x)):
        mean, top = x[b].mean(0), torch.stack([x[b, k] for k in range(channels)]).max(0).values
        for i in range(height):
            for j in range(width):
                sums = []
                for convolution in module.convolutions:
                    size, total = convolution.kernel_size[0], 0.0
                    for plane, values in enumerate((mean, top)):
                        for di in range(size):
                            for dj in range(size):
                                y, z = i + di - size // 2, j + dj - size // 2
                                if 0 <= y < height and 0 <= z < width:
                                    total += float(convolution.weight[0, plane, di, dj] * values[y, z])
                    sums.append(total)
                out[b, :, i, j] *= sigmoid(sum(sums) / len(sums))
    return out


def test_channel_attention_agrees_with_loops(x: torch.Tensor) -> None:
    module = ChannelAttention(16).requires_grad_(False)

    torch.testing.assert_close(module(x), slow_channel_attention(module, x), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("kernels", [(7,), (3, 7)])
def test_spatial_attention_agrees_with_loops(x: torch.Tensor, kernels: tuple[int, ...]) -> None:
    module = SpatialAttention(kernels).requires_grad_(False)

    torch.testing.assert_close(module(x), slow_spatial_attention(module, x), atol=1e-5, rtol=1e-5)


def test_cbam_is_channel_then_spatial(x: torch.Tensor) -> None:
    module = CBAM(16, (3, 7)).requires_grad_(False)

    expected = slow_spatial_attention(module.spatial, slow_channel_attention(module.channel, x))
    torch.testing.assert_close(module(x), expected, atol=1e-5, rtol=1e-5)


def test_gate_agrees_with_loops() -> None:
    gate = JointGate(16).requires_grad_(False)
    pooled = torch.randn(3, 32, generator=torch.Generator().manual_seed(1))

    found = gate(pooled)

    expected = [[sigmoid(v) for v in slow_mlp(gate.mlp, row)] for row in pooled.tolist()]
    torch.testing.assert_close(found, torch.tensor(expected), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(
    ("module", "parameters"),
    [(CBAM(16, (7,)), 130), (CBAM(16, (3, 7)), 148), (JointGate(16), 128)],
    ids=["plain", "multi-scale", "gate"],
)
def test_sizes_of_the_paper(module: torch.nn.Module, parameters: int) -> None:
    assert sum(p.numel() for p in module.parameters()) == parameters
