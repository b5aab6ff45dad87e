"""Graph network that predicts each atom's chemical shifts and their scales."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch_geometric.nn import MessagePassing, global_mean_pool

from specmol_core.runtime.pyg_temp_files import remove_generated_modules
from specmol_core.shifts.config import ShiftNetworkConfig
from specmol_core.shifts.conventions import CENTRE_PPM, MIN_SCALE_PPM, SOLVENTS, WIDTH_PPM
from specmol_core.shifts.graph import ATOM_SIZES, BOND_CODES
from specmol_core.shifts.inference import OUTPUTS, CollatedGraphs

__all__ = ["ShiftBatch", "ShiftNetwork", "ShiftOutput"]


class ShiftBatch(NamedTuple):
    """Collated graphs as tensors; see ``inference.CollatedGraphs``."""

    atoms: Tensor
    edges: Tensor
    code: Tensor
    edge_starts: Tensor
    molecule: Tensor
    solvent: Tensor

    @classmethod
    def of(cls, graphs: CollatedGraphs) -> ShiftBatch:
        """Return the graphs as tensors that share their memory."""
        return cls(*map(torch.from_numpy, graphs))


@dataclass(frozen=True)
class ShiftOutput:
    """Distributions of the shifts of each atom.

    Values of nuclei that an atom does not have are meaningless.
    """

    means: Tensor
    """(atoms, 4) ppm: 13C, mean of the atom's protons, higher and lower of two protons."""
    scales: Tensor
    """(atoms, 2 sources, 2 nuclei) ppm: Student-t scale, for measured and for predicted labels."""


class _ShiftConv(MessagePassing):  # type: ignore[misc]
    """Sum over neighbours of relu(neighbour + type of edge), as in GINE (Hu et al., ICLR 2020).

    Shapes: (atoms, width), edges of ShiftBatch -> (atoms, width).
    """

    def __init__(self, width: int) -> None:
        super().__init__(aggr="sum")
        self.kinds = nn.Embedding(BOND_CODES, width)
        nn.init.normal_(self.kinds.weight, std=0.3)

    def forward(self, x: Tensor, batch: ShiftBatch) -> Tensor:
        result: Tensor = self.propagate(
            batch.edges, x=x, kind=self.kinds(batch.code), edge_starts=batch.edge_starts, size=(len(x), len(x))
        )
        return result

    def message(self, x_j: Tensor, kind: Tensor) -> Tensor:
        return torch.relu(x_j + kind)

    # On a CPU, embedding_bag over sorted rows is ten times as fast as scatter in both directions.
    def aggregate(self, inputs: Tensor, edge_starts: Tensor) -> Tensor:
        rows = torch.arange(len(inputs), device=inputs.device)
        return functional.embedding_bag(rows, inputs, edge_starts, mode="sum")

    def _index_select(self, src: Tensor, index: Tensor) -> Tensor:
        return functional.embedding(index, src)


class _Layer(nn.Module):
    """Residual block: sum over neighbours, then a perceptron per atom.

    Every other block also uses the mean over the molecule.

    Shapes: (atoms, width) -> (atoms, width).
    """

    def __init__(self, width: int, hidden: int, *, whole: bool, dropout: float) -> None:
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        self.norm = nn.LayerNorm(width)
        self.conv = _ShiftConv(width)
        self.inner = nn.Linear(width, hidden)
        self.outer = nn.Linear(hidden, width)
        self.whole = nn.Linear(width, hidden, bias=False) if whole else None

    def forward(self, x: Tensor, batch: ShiftBatch) -> Tensor:
        normed = self.norm(x)
        hidden = self.inner(normed + self.conv(normed, batch))
        if self.whole is not None:
            mean = global_mean_pool(normed, batch.molecule, size=len(batch.solvent))
            hidden = hidden + functional.embedding(batch.molecule, self.whole(mean))
        result: Tensor = x + self.outer(self.dropout(functional.silu(hidden)))
        return result


class ShiftNetwork(nn.Module):
    """Means and scales of the chemical shifts of every atom, for both nuclei.

    Shapes: ShiftBatch of (atoms, molecules) -> ShiftOutput of (atoms, ...).

    Parameters
    ----------
    dropout
        Share of each layer's hidden values that training sets to zero.
    """

    def __init__(self, config: ShiftNetworkConfig, dropout: float = 0.0) -> None:
        super().__init__()
        self.config = config
        width = config.width
        self.columns = nn.ModuleList(nn.Embedding(size, width) for size in ATOM_SIZES)
        self.solvents = nn.Embedding(len(SOLVENTS), width)
        nn.init.normal_(self.solvents.weight, std=0.02)
        self.layers = nn.ModuleList(
            _Layer(width, config.hidden, whole=i % 2 == 1, dropout=dropout) for i in range(config.layers)
        )
        self.norm = nn.LayerNorm(width)
        self.read = nn.Linear(width, config.hidden)
        self.out = nn.Linear(config.hidden, OUTPUTS)
        nn.init.normal_(self.out.weight, std=0.01)
        nn.init.zeros_(self.out.bias)
        self.dof = nn.Parameter(torch.tensor([1.0, 1.0]))
        remove_generated_modules()

    def degrees_of_freedom(self) -> Tensor:
        """Return the degrees of freedom of 13C and 1H (2,), at least 2.1 for a finite variance."""
        return 2.1 + functional.softplus(self.dof)

    def hidden_matrices(self) -> tuple[list[nn.Parameter], list[nn.Parameter]]:
        """Return the weights of linear layers between hidden values, and all other parameters."""
        hidden = {id(m.weight) for m in self.modules() if isinstance(m, nn.Linear) and m is not self.out}
        result: tuple[list[nn.Parameter], list[nn.Parameter]] = ([], [])
        for parameter in self.parameters():
            result[id(parameter) not in hidden].append(parameter)
        return result

    def forward(self, batch: ShiftBatch) -> ShiftOutput:
        x = functional.embedding(batch.molecule, self.solvents(batch.solvent))
        for column, table in enumerate(self.columns):
            x = x + table(batch.atoms[:, column])
        for layer in self.layers:
            x = layer(x, batch)
        out = self.out(functional.silu(self.read(self.norm(x))))
        centre, width, min_scale = out.new_tensor(CENTRE_PPM), out.new_tensor(WIDTH_PPM), out.new_tensor(MIN_SCALE_PPM)
        centre_ppm = centre + width * out[:, :2]
        half = functional.softplus(out[:, 2:3] * 2 - 2) * 0.5
        means = torch.cat((centre_ppm, centre_ppm[:, 1:] + half, centre_ppm[:, 1:] - half), dim=1)
        scales = min_scale + 0.04 * width * functional.softplus(out[:, 3:].reshape(-1, 2, 2) * 3)
        return ShiftOutput(means, scales)
