"""Optimiser: Muon for the matrices of a network, AdamW for all other parameters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

__all__ = ["Muon"]

_COEFFICIENTS = (3.4445, -4.7750, 2.0315)
_NEWTON_SCHULZ_STEPS = 5
_UPDATE_RMS = 0.2
"""Root mean square of an update divided by the learning rate; typical for AdamW."""
_MOMENTUM = 0.95


class Muon(torch.optim.AdamW):
    """Optimiser whose updates of matrices have singular values of about one; AdamW for the others.

    Sources: K. Jordan et al., "Muon: An optimizer for hidden layers in neural networks", 2024; the
    size of an update is that of J. Liu et al., arXiv:2502.16982. This version works in single
    precision on all matrices of one shape at once. torch.optim.Muon works in bfloat16, which many
    CPUs emulate.

    Parameters
    ----------
    matrices
        Weights of hidden linear layers, each with two dimensions.
    others
        All other parameters.
    matrix_decay, other_decay
        Decoupled weight decay; it is multiplied by the learning rate.
    """

    def __init__(
        self,
        matrices: Sequence[nn.Parameter],
        others: Sequence[nn.Parameter],
        *,
        learning_rate: float,
        matrix_decay: float,
        other_decay: float,
    ) -> None:
        groups: list[dict[str, Any]] = [
            {"params": list(matrices), "weight_decay": matrix_decay},
            {"params": list(others), "weight_decay": other_decay},
        ]
        super().__init__(groups, lr=learning_rate)

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update all parameters that have a gradient."""
        if closure is not None:
            raise NotImplementedError("Muon has no line search; call step without a closure")
        group = self.param_groups[0]
        shapes: dict[tuple[int, ...], list[nn.Parameter]] = {}
        for parameter in group["params"]:
            if parameter.grad is not None:
                shapes.setdefault(tuple(sorted(parameter.shape)), []).append(parameter)
        for parameters in shapes.values():
            updates = orthogonalise(torch.stack([_as_wide(self._direction(p)) for p in parameters]))
            updates *= group["lr"] * _UPDATE_RMS * max(parameters[0].shape) ** 0.5
            for parameter, update in zip(parameters, updates, strict=True):
                parameter.mul_(1 - group["lr"] * group["weight_decay"])
                parameter.sub_(update if parameter.shape == update.shape else update.T)
                # AdamW skips parameters without a gradient.
                parameter.grad = None
        return super().step()

    def _direction(self, parameter: nn.Parameter) -> Tensor:
        """Return the gradient with Nesterov's momentum."""
        gradient = parameter.grad
        assert gradient is not None
        state = self.state[parameter]
        if not state:
            state["step"], state["exp_avg"] = torch.tensor(0.0), torch.zeros_like(parameter)
        state["step"] += 1
        state["exp_avg"].lerp_(gradient, 1 - _MOMENTUM)
        return gradient.lerp(state["exp_avg"], _MOMENTUM)


def orthogonalise(matrices: Tensor) -> Tensor:
    """Return an approximation of U V^T, the product of the singular vectors.

    Five Newton-Schulz steps of fifth order bring the singular values to between about 0.7 and 1.2.

    Shapes: (matrices, rows, columns) with rows <= columns -> the same.
    """
    first, second, third = _COEFFICIENTS
    x: Tensor = matrices / (matrices.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(_NEWTON_SCHULZ_STEPS):
        square = x @ x.mT
        x = first * x + torch.baddbmm(second * square, square, square, alpha=third) @ x
    return x


def _as_wide(matrix: Tensor) -> Tensor:
    return matrix if matrix.shape[0] <= matrix.shape[1] else matrix.T
