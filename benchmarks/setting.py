"""Where the benchmarks run: the machine, the checkpoint, the folder and the sizes."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

__all__ = ["Setting", "describe_machine", "find_checkpoint", "prepare_environment"]

_PACKAGES = ("specmol", "torch", "torchvision", "torch-geometric", "rdkit", "numpy", "h5py")


@dataclass(frozen=True)
class Setting:
    """What every benchmark is given."""

    folder: Path
    """For libraries, caches and stores."""
    checkpoint: Path | None
    """None for the shipped one."""
    quick: bool
    """Small sizes, to see that everything runs; the figures then mean little."""
    say: Callable[[str], None]
    """Hears what goes on."""

    def size(self, full: int, quick: int) -> int:
        """The one of two sizes that this run is to have."""
        return quick if self.quick else full

    @property
    def specmol(self) -> list[str]:
        """The command of the environment that runs the benchmarks."""
        script = Path(sys.executable).with_name("specmol")
        return [str(script)] if script.is_file() else [sys.executable, "-m", "specmol_cli"]

    @property
    def options(self) -> list[str]:
        """Options that go with every command that loads the paper's network."""
        weights = ["--model", "matchnet"] if self.checkpoint is None else ["--checkpoint", str(self.checkpoint)]
        return ["--device", "cpu", *weights]


def prepare_environment(folder: Path, cores: int) -> None:
    """Take this process, and those it starts, to a user's machine with so many cores and no GPU.

    Raises
    ------
    OSError
        If the processor refuses.
    """
    # A folder of bytecode that may not be written would compile everything in each process.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["CUDA_VISIBLE_DEVICES"] = ""
    os.environ["XDG_CACHE_HOME"] = str(folder / "cache")
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])


def describe_machine() -> dict[str, Any]:
    """Processor, memory and versions, and how busy the machine is with other work."""
    info = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    models = [line.partition(":")[2].strip() for line in info.splitlines() if line.startswith("model name")]
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    affinity = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "processor": models[0] if models else platform.processor() or platform.machine(),
        "cores": affinity,
        "cores_there": os.cpu_count(),
        "memory_gb": round(pages / 1e9, 1),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "versions": {name: version(name) for name in _PACKAGES},
        "threads": os.environ.get("OMP_NUM_THREADS", ""),
    }


def find_checkpoint(folder: Path, given: Path | None) -> tuple[Path | None, str]:
    """The checkpoint to measure with, and what it is: the one given, else the shipped one, else one of random weights.

    Random weights take the same time as trained ones of the same shape.
    """
    if given is not None:
        return given.resolve(), f"the checkpoint {given}"
    from specmol_core.shipped import shipped_weights

    if (shipped_weights() / "matchnet.safetensors").is_file():
        return None, "the shipped matchnet"
    return _random_checkpoint(folder), "a matchnet of RANDOM weights, because none is shipped yet"


def _random_checkpoint(folder: Path) -> Path:
    import torch

    from specmol_core.matchnet.config import PretrainConfig
    from specmol_core.matchnet.features.backbone import Backbone, load_backbone, save_backbone
    from specmol_core.matchnet.network.assembly import build
    from specmol_core.matchnet.network.checkpoint import make_header, save_checkpoint
    from specmol_core.matchnet.network.variants import VARIANTS
    from specmol_core.spectra.geometry import Geometry

    path, reader = folder / "matchnet.safetensors", folder / "backbone.safetensors"
    if not path.exists():
        torch.manual_seed(0)
        save_backbone(reader, Backbone(PretrainConfig.blocks, "axis", PretrainConfig.rows), {}, quantise=True)
        header = make_header("matchnet", VARIANTS["matchnet"], Geometry(), load_backbone(reader).id, reader.name)
        save_checkpoint(path, build(VARIANTS["matchnet"]), header)
    return path
