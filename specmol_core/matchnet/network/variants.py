"""Configurations of the paper's models, by name."""

from __future__ import annotations

from dataclasses import replace

from specmol_core.errors import UsageError
from specmol_core.matchnet.config import NetworkConfig

__all__ = ["VARIANTS", "variant"]

_FULL_MODEL = NetworkConfig()

VARIANTS: dict[str, NetworkConfig] = {
    "matchnet": _FULL_MODEL,
    "matchnet-a": replace(_FULL_MODEL, multi_scale_graph=False, multi_scale_attention=False, transformer_conv=False),
    "matchnet-b": replace(_FULL_MODEL, transformer_conv=False),
    "matchnet-c": replace(_FULL_MODEL, multi_scale_attention=False),
    "matchnet-d": replace(_FULL_MODEL, multi_scale_graph=False),
    "gcn-resnet101": replace(_FULL_MODEL, molecules="gcn", pooled=True),
    "gat-resnet101": replace(_FULL_MODEL, molecules="gat", pooled=True),
    "resnet50": replace(_FULL_MODEL, molecules="morgan", pooled=True, backbone="resnet50"),
    "densenet121": replace(_FULL_MODEL, molecules="morgan", pooled=True, backbone="densenet121"),
    "efficientnet-b0": replace(_FULL_MODEL, molecules="morgan", pooled=True, backbone="efficientnet-b0"),
}
"""The paper's model, its ablations A to D (Table 2), and its baselines (Table 1)."""


def variant(name: str) -> NetworkConfig:
    """Return the configuration of a named model.

    Raises
    ------
    UsageError
        If no model has this name.

    Examples
    --------
    >>> variant("matchnet-b").transformer_conv
    False
    """
    try:
        return VARIANTS[name]
    except KeyError:
        raise UsageError(f"no model is called {name!r}; the models are {', '.join(VARIANTS)}") from None
