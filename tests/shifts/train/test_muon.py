from __future__ import annotations

import torch
from torch import nn

from specmol_core.shifts.train.muon import Muon, orthogonalise


def optimiser(matrices: list[nn.Parameter], others: list[nn.Parameter], decay: float = 0.0) -> Muon:
    return Muon(matrices, others, learning_rate=0.1, matrix_decay=decay, other_decay=decay)


def test_singular_vectors_stay_and_singular_values_become_one() -> None:
    torch.manual_seed(0)
    matrices = torch.randn(3, 12, 30)

    found = orthogonalise(matrices)

    u, _, v = torch.linalg.svd(matrices, full_matrices=False)
    cosines = u.mT @ found @ v.mT
    values = torch.diagonal(cosines, dim1=1, dim2=2)
    assert values.min() > 0.6
    assert values.max() < 1.3
    assert (cosines - torch.diag_embed(values)).abs().max() < 1e-4


def test_the_size_of_an_update_does_not_depend_on_the_gradient() -> None:
    torch.manual_seed(0)
    gradient = torch.randn(20, 50)
    updates = []
    for scale in (1e-3, 1e3):
        wide, tall = nn.Parameter(torch.zeros(20, 50)), nn.Parameter(torch.zeros(50, 20))
        wide.grad, tall.grad = scale * gradient, scale * gradient.T.clone()

        optimiser([wide, tall], [nn.Parameter(torch.zeros(1))]).step()

        torch.testing.assert_close(wide.detach(), tall.detach().T)
        updates.append(wide.detach())
    torch.testing.assert_close(updates[0], updates[1])
    # Twenty singular values of about one over 1,000 elements, times 0.1, 0.2 and the root of 50.
    assert 0.7 < float(updates[0].pow(2).mean().sqrt()) / (0.1 * 0.2) < 1.3


def test_other_parameters_are_those_of_adamw() -> None:
    torch.manual_seed(0)
    other, plain = nn.Parameter(torch.ones(7)), nn.Parameter(torch.ones(7))
    matrix = nn.Parameter(torch.ones(3, 4))
    ours = optimiser([matrix], [other], decay=0.3)
    reference = torch.optim.AdamW([plain], lr=0.1, weight_decay=0.3)
    for _ in range(5):
        other.grad = torch.randn(7)
        plain.grad, matrix.grad = other.grad.clone(), torch.zeros(3, 4)
        ours.step()
        reference.step()

    torch.testing.assert_close(other, plain)
    # Without a gradient, the update is only the decay.
    torch.testing.assert_close(matrix.detach(), torch.full((3, 4), (1 - 0.1 * 0.3) ** 5))


def test_a_matrix_without_gradient_is_not_changed() -> None:
    matrix, other = nn.Parameter(torch.ones(3, 4)), nn.Parameter(torch.ones(2))
    other.grad = torch.ones(2)

    optimiser([matrix], [other], decay=0.3).step()

    assert (matrix == 1).all()
    assert (other != 1).all()
