"""Time of ``specmol --help``, and the packages that it loads."""

from __future__ import annotations

import subprocess
import sys

from measurement import Measurement
from processes import run
from setting import Setting

__all__ = ["measure"]

_HEAVY = ("torch", "torch_geometric", "torchvision", "rdkit", "numpy", "scipy", "faiss", "h5py", "PIL", "rich")
_PROBE = f"""
import sys
from specmol_cli.main import run
code = run(["--help"])
print(*[name for name in {_HEAVY!r} if name in sys.modules], file=sys.stderr)
sys.exit(code)
"""


def measure(setting: Setting) -> list[Measurement]:
    command = [*setting.specmol, "--help"]
    run(command, setting.folder)  # writes the bytecode of a fresh checkout
    finished = [run(command, setting.folder) for _ in range(setting.size(11, 3))]
    probe = subprocess.run([sys.executable, "-c", _PROBE], cwd=setting.folder, capture_output=True, text=True)
    if probe.returncode:
        raise RuntimeError(f"--help ends with exit code {probe.returncode}: {probe.stderr.strip()[-200:]}")
    loaded = probe.stderr.split()
    note = f"large packages loaded: {', '.join(loaded) or 'none'}"
    return [
        Measurement("Help", "s", tuple(f.seconds for f in finished), "specmol --help", at_most=0.4, note=note),
        Measurement("Help: processor time", "s", tuple(f.cpu_seconds for f in finished)),
        Measurement("Help: torch loaded (1) or not (0)", "", (float("torch" in loaded),), at_most=0),
    ]
