"""Checkpoint of a matching network: weights, configuration and input geometry."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from specmol_core.errors import CheckpointError
from specmol_core.matchnet.config import NetworkConfig
from specmol_core.matchnet.features.architectures import ARCHITECTURES
from specmol_core.matchnet.network.assembly import MOLECULE_BRANCHES, build
from specmol_core.matchnet.network.network import MatchNet
from specmol_core.molecules.graph import ELEMENTS
from specmol_core.spectra.geometry import Geometry
from specmol_core.spectra.spectrum import NUCLEI
from specmol_core.storage.torch_weights import read_tensors, write_tensors

__all__ = ["FORMAT", "load_checkpoint", "make_header", "save_checkpoint"]

FORMAT = "specmol-matchnet-2"
_MAX_JOINT_WIDTH = 4096
_IMAGE_SIZES = (32, 4096)
"""Smallest and largest side of an image (pixels)."""
_MAX_EXPONENT = 4.0
_MAX_SCORE_WEIGHT = 1e4
_MAX_SHIFT_PPM = 1e4


def make_header(
    model: str, network: NetworkConfig, geometry: Geometry, backbone_id: str, backbone_file: str, **notes: Any
) -> dict[str, Any]:
    """Return the header of a checkpoint; ``notes`` is stored unchanged (settings, metrics).

    ``score_weights`` holds the weights of the match logit and of the joint space's cosine in a
    candidate's score, and an intercept. The initial weights use the logit alone; training fits
    them.
    """
    return {
        "format": FORMAT,
        "model": model,
        "network": asdict(network),
        "geometry": asdict(geometry),
        "elements": list(ELEMENTS),
        "backbone": {"sha256": backbone_id, "file": backbone_file},
        "score_weights": [1.0, 0.0, 0.0],
        "notes": notes,
    }


def save_checkpoint(path: Path, network: MatchNet, header: dict[str, Any], *, quantise: bool = False) -> None:
    """Write a network atomically; the header is that of ``make_header``.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    tensors = {k: v for k, v in network.state_dict().items() if not k.endswith("num_batches_tracked")}
    write_tensors(path, tensors, header, quantise=quantise)


def load_checkpoint(path: Path) -> tuple[MatchNet, dict[str, Any], str]:
    """Return the network in evaluation mode, its header, and the sha256 of the file.

    Raises
    ------
    CheckpointError
        If the file is missing, damaged or of another format, or made for a geometry or atom
        features that this version does not support.
    """
    tensors, header, digest = read_tensors(path, FORMAT)
    try:
        config = _network_config(header["network"])
        header["geometry"] = _geometry(header["geometry"])
        elements, backbone = header["elements"], header["backbone"]
        logit, cosine, intercept = header["score_weights"]
        header["score_weights"] = float(logit), float(cosine), float(intercept)
        if not all(abs(number) <= _MAX_SCORE_WEIGHT for number in header["score_weights"]):
            raise ValueError(f"score_weights {header['score_weights']} is out of range")
        for name, text in (("model", header["model"]), *((k, backbone[k]) for k in ("sha256", "file"))):
            if not isinstance(text, str):
                raise TypeError(f"{name} is {text!r}")
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(path, f"the header is incomplete ({error}); the file is damaged") from None
    if elements != list(ELEMENTS):
        raise CheckpointError(path, f"was trained on the atom features of {elements}, this version has {ELEMENTS}")
    network = build(config)
    expected = {k: v.shape for k, v in network.state_dict().items() if not k.endswith("num_batches_tracked")}
    wrong = sorted(expected.keys() ^ tensors.keys())
    wrong += [k for k in expected.keys() & tensors.keys() if expected[k] != tensors[k].shape]
    if wrong:
        raise CheckpointError(path, f"tensor {wrong[0]} is missing, unexpected or of another shape")
    network.load_state_dict(tensors, strict=False)
    return network.eval().requires_grad_(False), header, digest


def _network_config(values: dict[str, Any]) -> NetworkConfig:
    """Return the checked configuration in a header; its values determine the network's memory.

    Raises
    ------
    TypeError, ValueError
        If a value is of another type than its default, or out of range.
    """
    config, default = NetworkConfig(**values), NetworkConfig()
    for name, value in asdict(config).items():
        if type(value) is not type(getattr(default, name)):
            raise TypeError(f"{name} is {value!r}")
    if not (0 <= config.dropout < 1 and 1 <= config.joint_width <= _MAX_JOINT_WIDTH):
        raise ValueError(f"dropout {config.dropout} or joint_width {config.joint_width} is out of range")
    if config.molecules not in MOLECULE_BRANCHES or config.backbone not in ARCHITECTURES:
        raise ValueError(f"molecules {config.molecules!r} or backbone {config.backbone!r} is unknown here")
    return config


def _geometry(values: dict[str, Any]) -> Geometry:
    h1_window, c13_window = (tuple(float(v) for v in values[k]) for k in ("h1_window", "c13_window"))
    geometry = Geometry(int(values["size"]), h1_window, c13_window, float(values["exponent"]))  # type: ignore[arg-type]
    if not (_IMAGE_SIZES[0] <= geometry.size <= _IMAGE_SIZES[1] and 0 < geometry.exponent <= _MAX_EXPONENT):
        raise ValueError(f"size {geometry.size} or exponent {geometry.exponent} is out of range")
    if not all(abs(end) <= _MAX_SHIFT_PPM for end in (*h1_window, *c13_window)):
        raise ValueError(f"window {h1_window} or {c13_window} is out of range")
    # An axis rejects an empty, inverted or infinite window.
    for nucleus in NUCLEI:
        geometry.axis(nucleus)
    return geometry
