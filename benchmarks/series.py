"""``specmol monitor`` on a folder that fills: time and memory, and the same curve after being killed twice."""

from __future__ import annotations

import csv
import math
import signal
import subprocess
import threading
import time
from pathlib import Path

import numpy as np
from measurement import Measurement
from numpy.typing import NDArray
from processes import run
from setting import Setting

__all__ = ["measure"]

_POINTS = 32_768
_RATE = 4e-3
"""Rate constant, 1 over the number of a spectrum."""
_OTHERS = ("ethyl acetate", "tert-butyl methyl ether", "ethyl propionate", "1,4-dimethoxybenzene")
"""Species beside reactant and product, in constant amounts."""
_FROM_PIECES = 0.05
"""Time between the two pieces in which a file is written (s)."""


def measure(setting: Setting) -> list[Measurement]:
    count = setting.size(500, 12)
    whole = setting.folder / "series"
    species = _write_series(whole, count)
    options = ["--species", str(species), "--reaction", "CC(C)O>>CC(C)=O", "--times", "60"]
    command = [*setting.specmol, "monitor", str(whole), *options]
    setting.say(f"one run over {count} spectra")
    finished = run([*command, "--output", "whole.csv"], setting.folder, memory=True)
    steps = np.diff(finished.arrivals[:count])
    setting.say("one run of which half the spectra are written meanwhile, killed twice")
    _run_in_pieces(setting, whole, options, count)
    curves = [_curve(setting.folder / f"{name}.csv") for name in ("whole", "pieces")]
    if len(curves[1]) != count:
        raise RuntimeError(f"the run in pieces has {len(curves[1])} lines for {count} spectra")
    differing = np.count_nonzero(~np.isclose(*curves[:2], rtol=0, atol=0, equal_nan=True))
    setting.say(f"the {count} spectra fitted together")
    together = run([*command, "--output", "whole.csv", "--together", "together.csv"], setting.folder, memory=True)
    curves.append(_curve(setting.folder / "together.csv"))
    true = 1 - np.exp(-_RATE * np.arange(count))
    alone, joint = (float(np.abs(curve[:, 1] - true).mean()) for curve in (curves[0], curves[2]))
    what = f"Series of {count} spectra of {_POINTS:,} points, 6 species"
    shown = "specmol monitor series --species species.smi --reaction 'CC(C)O>>CC(C)=O' --output run.csv"
    return [
        Measurement(f"{what}: each further spectrum", "s", tuple(steps.tolist()), shown, at_most=0.5),
        Measurement(f"{what}: start and first spectrum", "s", (finished.arrivals[0],)),
        Measurement(f"{what}: largest memory", "MB", (finished.peak_mb,)),
        Measurement(f"{what}: mean error of the conversion", "", (alone,), note="simulated from textbook shifts"),
        Measurement(
            f"{what}: fit of a spectrum together with the others", "s", (together.seconds / count,),
            f"{shown} --together together.csv", note="start and common search included",
        ),
        Measurement(f"{what}: largest memory, fitted together", "MB", (together.peak_mb,)),
        Measurement(f"{what}: mean error of the conversion, fitted together", "", (joint,)),
        Measurement(
            f"{what}: values that differ from one run", "", (float(differing),), f"{shown} --watch", at_most=0,
            note="half of the spectra are written while it runs; killed twice and continued",
        ),
    ]  # fmt: skip


def _write_series(folder: Path, count: int) -> Path:
    """Write the spectra of a reaction of the first order, with shifts that drift; return the file of species."""
    from support.measured_fixtures import write_jcamp
    from support.mixture_spectra import COMPOUNDS, mixture

    folder.mkdir(exist_ok=True)
    for number in range(count):
        left = math.exp(-_RATE * number)
        amounts = {"isopropanol": left, "acetone": 1 - left, **dict.fromkeys(_OTHERS, 0.3)}
        write_jcamp(folder / f"{number}.dx", mixture(amounts, points=_POINTS, offset_ppm=2e-5 * number))
    species = folder.with_name("species.smi")
    names = ("isopropanol", "acetone", *_OTHERS)
    species.write_text("".join(f"{COMPOUNDS[name][0]} {name}\n" for name in names))
    return species


def _run_in_pieces(setting: Setting, whole: Path, options: list[str], count: int) -> None:
    """Follow a folder that fills, and kill the run after a third and after two thirds of the lines."""
    folder = setting.folder / "filling"
    folder.mkdir(exist_ok=True)
    half = count // 2
    for number in range(half):
        (folder / f"{number}.dx").write_bytes((whole / f"{number}.dx").read_bytes())
    command = [
        *setting.specmol, "monitor", str(folder), *options, "--watch", "--settle", "0.5", "--every", "0.1",
        "--output", str(setting.folder / "pieces.csv"),
    ]  # fmt: skip
    writer = threading.Thread(target=_write_rest, args=(whole, folder, half, count), daemon=True)
    writer.start()
    for lines in (count // 3, count // 3):
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
            for _ in range(lines):
                if process.stdout is not None and not process.stdout.readline():
                    raise RuntimeError("specmol monitor ended before it was killed")
            process.send_signal(signal.SIGKILL)
    writer.join()
    run([*command, "--idle", "2"], setting.folder)


def _write_rest(whole: Path, folder: Path, first: int, count: int) -> None:
    for number in range(first, count):
        content = (whole / f"{number}.dx").read_bytes()
        with (folder / f"{number}.dx").open("wb") as file:
            file.write(content[: len(content) // 2])
            file.flush()
            time.sleep(_FROM_PIECES)
            file.write(content[len(content) // 2 :])
        time.sleep(_FROM_PIECES)


def _curve(path: Path) -> NDArray[np.float64]:
    """Return the numbers of a table (spectra, columns), conversion in column 1."""
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    text = {"spectrum", "unexplained_signals", "steady", "warnings", "error", "conversion", "time_s"}
    columns = ["time_s", "conversion", *(name for name in rows[0] if name not in text)]
    return np.array([[float(row[name] or "nan") for name in columns] for row in rows])
