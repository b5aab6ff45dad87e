"""Principal directions of the channels: 2,048 values per position become a few hundred."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor

__all__ = ["fit_basis", "project"]


def fit_basis(samples: Iterable[Tensor], rank: int) -> Tensor:
    """Return the leading directions (channels, rank) of feature maps, orthonormal.

    The directions are singular vectors of the uncentred maps. The maps are not centred because the
    1x1 convolution applied to them is linear and their mean carries signal: a map f becomes
    z = B^T f, and W f is close to (W B) z. ``rank`` equal to the number of channels loses nothing.

    Parameters
    ----------
    samples
        Batches of maps (n, channels, H, W), float32.

    Raises
    ------
    ValueError
        If there is no sample, or the rank is not between 1 and the number of channels.
    """
    gram: Tensor | None = None
    for maps in samples:
        vectors = maps.movedim(1, -1).flatten(0, -2).float()
        part = (vectors.T @ vectors).double()
        gram = part if gram is None else gram + part
    if gram is None:
        raise ValueError("no sample maps; a basis needs at least one batch")
    if not 1 <= rank <= len(gram):
        raise ValueError(f"a basis of {len(gram)} channels has a rank of 1 to {len(gram)}, not {rank}")
    _, vectors = torch.linalg.eigh(gram.cpu())
    leading = vectors[:, -rank:].flip(1)
    # The sign of an eigenvector is arbitrary; a fixed choice makes two fits comparable.
    signs = leading.gather(0, leading.abs().argmax(0, keepdim=True)).sign()
    basis: Tensor = (leading * signs).float()
    return basis


def project(maps: Tensor, basis: Tensor | None) -> Tensor:
    """Return coefficients (n, rank, H, W) of maps (n, channels, H, W), or the maps without basis."""
    return maps if basis is None else torch.einsum("nchw,cr->nrhw", maps, basis)
