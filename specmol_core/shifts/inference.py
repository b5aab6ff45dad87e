"""Inference with the trained shift network: the calculation of ``network`` without torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from specmol_core.runtime.compiled import compiled
from specmol_core.shifts.config import ShiftNetworkConfig
from specmol_core.shifts.conventions import CENTRE_PPM, MIN_SCALE_PPM, SOLVENTS, WIDTH_PPM
from specmol_core.shifts.graph import ATOM_SIZES, BOND_CODES, ShiftGraph

__all__ = ["OUTPUTS", "CollatedGraphs", "ShiftInference", "collate", "tensor_shapes"]

OUTPUTS = 7
"""Outputs of the network per atom.

They are two shifts, half the difference of the two protons of a CH2 group, and a scale for each
source of labels and nucleus.
"""
_EPSILON = np.float32(1e-5)
_TRANSPOSED = ("inner.weight", "outer.weight", "whole.weight", "read.weight", "out.weight")


class CollatedGraphs(NamedTuple):
    """Graphs of several molecules, all int64; edges are sorted by their target atom."""

    atoms: NDArray[np.int64]
    """(atoms, len(ATOM_SIZES)) categories."""
    edges: NDArray[np.int64]
    """(2, edges): source and target."""
    code: NDArray[np.int64]
    """(edges,) type of each edge."""
    edge_starts: NDArray[np.int64]
    """(atoms,) start of each atom's edges."""
    molecule: NDArray[np.int64]
    """(atoms,) molecule of each atom."""
    solvent: NDArray[np.int64]
    """(molecules,) index into SOLVENTS."""


def collate(graphs: Sequence[ShiftGraph], solvent: int) -> CollatedGraphs:
    """Return several graphs as one batch, all in one solvent (index into SOLVENTS).

    Examples
    --------
    >>> from rdkit import Chem
    >>> from specmol_core.shifts.graph import shift_graph
    >>> collate([shift_graph(Chem.MolFromSmiles("CCO"))], 0).edges.tolist()
    [[1, 0, 2, 1], [0, 1, 1, 2]]
    """
    atoms, *columns = zip(*graphs, strict=True)
    sizes, edges = (np.array(list(map(len, arrays))) for arrays in (atoms, columns[0]))
    source, target, code = (np.concatenate(column).astype(np.int64) for column in columns)
    shift = np.repeat(np.cumsum(sizes) - sizes, edges)
    target += shift
    degree = np.bincount(target, minlength=int(sizes.sum()))
    return CollatedGraphs(
        np.concatenate(atoms).astype(np.int64),
        np.stack((source + shift, target)),
        code,
        np.cumsum(degree) - degree,
        np.repeat(np.arange(len(graphs)), sizes),
        np.full(len(graphs), solvent),
    )


def tensor_shapes(config: ShiftNetworkConfig) -> dict[str, tuple[int, ...]]:
    """Return the name and shape of each tensor of a ShiftNetwork."""
    width, hidden = config.width, config.hidden
    shapes: dict[str, tuple[int, ...]] = {"dof": (2,), "solvents.weight": (len(SOLVENTS), width)}
    shapes |= {f"columns.{column}.weight": (size, width) for column, size in enumerate(ATOM_SIZES)}
    for number in range(config.layers):
        layer = {
            "norm.weight": (width,),
            "norm.bias": (width,),
            "conv.kinds.weight": (BOND_CODES, width),
            "inner.weight": (hidden, width),
            "inner.bias": (hidden,),
            "outer.weight": (width, hidden),
            "outer.bias": (width,),
        }
        if number % 2 == 1:
            layer["whole.weight"] = (hidden, width)
        shapes |= {f"layers.{number}.{name}": shape for name, shape in layer.items()}
    shapes |= {"norm.weight": (width,), "norm.bias": (width,), "read.weight": (hidden, width), "read.bias": (hidden,)}
    return shapes | {"out.weight": (OUTPUTS, hidden), "out.bias": (OUTPUTS,)}


class ShiftInference:
    """Means and scales of the chemical shifts of every atom, see ``network.ShiftNetwork``.

    Parameters
    ----------
    tensors
        Tensors of a ShiftNetwork of this configuration, see ``tensor_shapes``.
    """

    def __init__(self, tensors: Mapping[str, NDArray[Any]], config: ShiftNetworkConfig) -> None:
        self.config = config
        self._tensors = {
            name: np.ascontiguousarray(values.T if name.endswith(_TRANSPOSED) else values, np.float32)
            for name, values in tensors.items()
        }

    def __call__(self, graphs: CollatedGraphs) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return means (atoms, 4) and scales (atoms, 2, 2) in ppm, see ``network.ShiftOutput``."""
        out = self._outputs(graphs)
        centre, width, min_scale = (np.array(pair, np.float32) for pair in (CENTRE_PPM, WIDTH_PPM, MIN_SCALE_PPM))
        centre_ppm = centre + width * out[:, :2]
        half = _softplus(out[:, 2:3] * 2 - 2) * np.float32(0.5)
        means = np.concatenate((centre_ppm, centre_ppm[:, 1:] + half, centre_ppm[:, 1:] - half), axis=1)
        return means, min_scale + np.float32(0.04) * width * _softplus(out[:, 3:].reshape(-1, 2, 2) * 3)

    def _outputs(self, graphs: CollatedGraphs) -> NDArray[np.float32]:
        tensors = self._tensors
        x = tensors["solvents.weight"][graphs.solvent[graphs.molecule]]
        for column in range(len(ATOM_SIZES)):
            x += tensors[f"columns.{column}.weight"][graphs.atoms[:, column]]
        normalised, aggregated = np.empty_like(x), np.empty_like(x)
        for number in range(self.config.layers):
            prefix = f"layers.{number}."
            _layer_norm(x, tensors[prefix + "norm.weight"], tensors[prefix + "norm.bias"], normalised)
            _with_neighbours(
                normalised,
                tensors[prefix + "conv.kinds.weight"],
                graphs.edges[0],
                graphs.code,
                graphs.edge_starts,
                aggregated,
            )
            hidden = aggregated @ tensors[prefix + "inner.weight"]
            hidden += tensors[prefix + "inner.bias"]
            if number % 2 == 1:
                mean = _molecule_means(normalised, graphs.molecule, len(graphs.solvent))
                hidden += (mean @ tensors[prefix + "whole.weight"])[graphs.molecule]
            x += _silu(hidden) @ tensors[prefix + "outer.weight"]
            x += tensors[prefix + "outer.bias"]
        _layer_norm(x, tensors["norm.weight"], tensors["norm.bias"], normalised)
        hidden_output = _silu(normalised @ tensors["read.weight"] + tensors["read.bias"])
        result: NDArray[np.float32] = hidden_output @ tensors["out.weight"] + tensors["out.bias"]
        return result


def _silu(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Compute x / (1 + exp(-x)) in place."""
    divisor = np.negative(values)
    # Above 80, the exponential would overflow, and the quotient is 0 in single precision.
    np.minimum(divisor, np.float32(80.0), out=divisor)
    np.exp(divisor, out=divisor)
    divisor += 1
    values /= divisor
    return values


def _softplus(values: NDArray[np.float32]) -> NDArray[np.float32]:
    result: NDArray[np.float32] = np.logaddexp(values, np.float32(0))
    return result


@compiled
def _layer_norm(
    x: NDArray[np.float32], weight: NDArray[np.float32], bias: NDArray[np.float32], out: NDArray[np.float32]
) -> None:
    width = x.shape[1]
    for i in range(x.shape[0]):
        total = np.float32(0)
        for k in range(width):
            total += x[i, k]
        mean = total / np.float32(width)
        square = np.float32(0)
        for k in range(width):
            square += (x[i, k] - mean) * (x[i, k] - mean)
        scale = np.float32(1) / np.sqrt(square / np.float32(width) + _EPSILON)
        for k in range(width):
            out[i, k] = (x[i, k] - mean) * scale * weight[k] + bias[k]


@compiled
def _with_neighbours(
    x: NDArray[np.float32],
    kinds: NDArray[np.float32],
    source: NDArray[np.int64],
    code: NDArray[np.int64],
    edge_starts: NDArray[np.int64],
    out: NDArray[np.float32],
) -> None:
    """Add to each atom the sum over its neighbours of relu(neighbour + type of edge)."""
    atoms, width = x.shape
    for i in range(atoms):
        for k in range(width):
            out[i, k] = x[i, k]
        end = edge_starts[i + 1] if i + 1 < atoms else len(source)
        for edge in range(edge_starts[i], end):
            for k in range(width):
                out[i, k] += max(x[source[edge], k] + kinds[code[edge], k], np.float32(0))


@compiled
def _molecule_means(x: NDArray[np.float32], molecule: NDArray[np.int64], count: int) -> NDArray[np.float32]:
    width = x.shape[1]
    means, sizes = np.zeros((count, width), np.float32), np.zeros(count, np.float32)
    for i in range(x.shape[0]):
        sizes[molecule[i]] += 1
        for k in range(width):
            means[molecule[i], k] += x[i, k]
    for m in range(count):
        for k in range(width):
            means[m, k] /= sizes[m]
    return means
