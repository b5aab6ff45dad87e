"""Setting of the benchmarks: machine, checkpoint, folder and sizes."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from specmol_core.runtime.machine import core_count

__all__ = ["Setting", "describe_machine", "find_checkpoint", "prepare_environment"]

_PACKAGES = ("specmol", "torch", "torchvision", "torch-geometric", "rdkit", "numpy", "h5py")


@dataclass(frozen=True)
class Setting:
    """Setting of a run of benchmarks."""

    folder: Path
    """Folder for libraries, caches and stores."""
    checkpoint: Path | None
    """Checkpoint of the paper's network; None for the shipped one."""
    quick: bool
    """Whether sizes are small, to see that everything runs; the results then mean little."""
    say: Callable[[str], None]
    """Called with messages about progress."""

    def size(self, full: int, quick: int) -> int:
        """The size for this run: ``quick`` or ``full``."""
        return quick if self.quick else full

    @property
    def specmol(self) -> list[str]:
        """The ``specmol`` command of the environment that runs the benchmarks."""
        script = Path(sys.executable).with_name("specmol")
        return [str(script)] if script.is_file() else [sys.executable, "-m", "specmol_cli"]

    @property
    def options(self) -> list[str]:
        """Options of every command that loads the paper's network."""
        weights = ["--model", "matchnet"] if self.checkpoint is None else ["--checkpoint", str(self.checkpoint)]
        return ["--device", "cpu", *weights]


def prepare_environment(folder: Path, cores: int) -> None:
    """Restrict this process and its children to this many cores, no GPU, and caches in ``folder``.

    Raises
    ------
    OSError
        If the operating system refuses.
    """
    # Without bytecode on disk every process would compile all modules.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["CUDA_VISIBLE_DEVICES"] = ""
    os.environ["XDG_CACHE_HOME"] = str(folder / "cache")
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])


def describe_machine() -> dict[str, Any]:
    """Processor, cores, memory, system and versions."""
    info = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    models = [line.partition(":")[2].strip() for line in info.splitlines() if line.startswith("model name")]
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {
        "processor": models[0] if models else platform.processor() or platform.machine(),
        "cores": core_count(),
        "machine_cores": os.cpu_count(),
        "memory_gb": round(pages / 1e9, 1),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "versions": {name: version(name) for name in _PACKAGES},
        "threads": os.environ.get("OMP_NUM_THREADS", ""),
    }


def find_checkpoint(folder: Path, given: Path | None) -> tuple[Path | None, str]:
    """The checkpoint (None for the shipped one) and its description.

    It is the given one, else the shipped one, else one with random weights, which take the same
    time as trained weights of the same shape.
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
