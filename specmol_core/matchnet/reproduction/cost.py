"""Time and peak memory of a forward pass of one batch, including the backbone."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from specmol_core.matchnet.features.backbone import Backbone
from specmol_core.matchnet.network.network import MatchNet
from specmol_core.molecules.graph import GraphBatch

__all__ = ["batch_cost"]

_WARMUP_RUNS, _TIMED_RUNS = 2, 9
_BYTES_PER_MEGABYTE = 1e6


def batch_cost(
    network: MatchNet, backbone: Backbone, graphs: GraphBatch, images: NDArray[np.uint8], device: str
) -> dict[str, Any]:
    """Return the median time (ms) and peak memory (MB) of the logits of a batch of B pairs.

    On a GPU, the peak is that of the allocated memory, as in the paper. On a CPU, it is the growth
    of the process plus the weights, or None if the operating system does not report it.

    Parameters
    ----------
    graphs
        B molecules in the form of ``network.molecule_input``.
    images
        (2 * B, size, size): all 1H, then all 13C.
    """
    network, backbone = network.to(device).eval(), backbone.to(device)
    count = len(graphs.sizes)

    @torch.inference_mode()
    def forward() -> None:
        maps = backbone.features(images)
        molecules = network.encode_molecules(network.molecule_input.tensors(graphs, device))
        network.match(molecules, network.encode_spectra(maps[:count], maps[count:])).cpu()

    # The joint space is not a part of the paper's model.
    weights = sum(_bytes(module) for name, module in network.named_children() if name != "joint") + _bytes(backbone)
    peak = _peak(forward, device, weights)
    for _ in range(_WARMUP_RUNS):
        forward()
    times = []
    for _ in range(_TIMED_RUNS):
        started = time.perf_counter()
        forward()
        times.append(time.perf_counter() - started)
    return {"ms_per_batch": 1000 * float(np.median(times)), "peak_mb": peak, "batch": count, "device": device}


def _peak(forward: Callable[[], None], device: str, weights: int) -> float | None:
    if device == "cuda":
        torch.cuda.reset_peak_memory_stats()
        forward()
        return torch.cuda.max_memory_allocated() / _BYTES_PER_MEGABYTE
    try:
        # Writing 5 resets the peak of the resident memory, see proc(5).
        Path("/proc/self/clear_refs").write_text("5")
        before = _resident_bytes("VmRSS")
        forward()
        return (max(0.0, _resident_bytes("VmHWM") - before) + weights) / _BYTES_PER_MEGABYTE
    except OSError:
        return None


def _resident_bytes(name: str) -> float:
    found = re.search(rf"^{name}:\s+(\d+) kB", Path("/proc/self/status").read_text(), re.MULTILINE)
    if found is None:
        raise OSError(f"no {name} in /proc/self/status")
    return 1024.0 * int(found[1])


def _bytes(module: nn.Module) -> int:
    return sum(t.numel() * t.element_size() for t in (*module.parameters(), *module.buffers()))
