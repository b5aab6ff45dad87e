from __future__ import annotations

import math

import pytest
import torch
from torch.nn import functional as F

from specmol_core.matchnet.training.loss import contrastive_loss, match_loss


def vectors(count: int, seed: int) -> torch.Tensor:
    return F.normalize(torch.randn(count, 6, generator=torch.Generator().manual_seed(seed)), dim=1)


def slow_contrastive(s: torch.Tensor, m: torch.Tensor, sid: list[int], mid: list[int], t: float) -> float:
    forward = backward = 0.0
    for i in range(len(s)):
        matching = math.exp(float(s[i] @ m[i]) / t)
        others = sum(math.exp(float(s[i] @ m[j]) / t) for j in range(len(m)) if j != i and mid[j] != sid[i])
        forward -= math.log(matching / (matching + others))
        others = sum(math.exp(float(s[j] @ m[i]) / t) for j in range(len(s)) if j != i and sid[j] != mid[i])
        backward -= math.log(matching / (matching + others))
    return (forward + backward) / 2 / len(s)


@pytest.mark.parametrize("ids", [[0, 1, 2, 3, 4, 5, 6, 7], [0, 1, 2, 3, 1, 0, 8, 9], [0, 1, 1, 2, 0, 1, 2, 3]])
def test_contrastive_loss_by_hand(ids: list[int]) -> None:
    s, m = vectors(4, 1), vectors(8, 2)

    found = contrastive_loss(s, m, torch.tensor(ids[:4]), torch.tensor(ids), 0.2)

    assert float(found) == pytest.approx(slow_contrastive(s, m, ids[:4], ids, 0.2), rel=1e-5)


def test_a_perfect_space_has_no_contrastive_loss() -> None:
    unit = torch.eye(4)

    assert float(contrastive_loss(unit, unit, torch.arange(4), torch.arange(4), 0.01)) == pytest.approx(0.0, abs=1e-6)


def test_a_duplicate_structure_is_not_a_wrong_answer() -> None:
    one = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    molecules = torch.cat((one, one))

    masked = contrastive_loss(one, molecules, torch.arange(2), torch.tensor([0, 1, 0, 1]), 0.05)
    counted = contrastive_loss(one, molecules, torch.arange(2), torch.tensor([0, 1, 2, 3]), 0.05)

    assert float(masked) == pytest.approx(0.0, abs=1e-6)
    assert float(counted) == pytest.approx(math.log(2) / 2, abs=1e-5)


def test_match_loss_by_hand() -> None:
    logits, labels = torch.tensor([0.5, -1.0, 30.0]), torch.tensor([1.0, 0.0, 0.0])

    slow = (math.log(1 + math.exp(-0.5)) + math.log(1 + math.exp(-1.0)) + 30.0) / 3
    assert float(match_loss(logits, labels)) == pytest.approx(slow, rel=1e-5)
