"""Draw the explained candidate of the README: python docs/make_explained_image.py.

The spectra have the shifts of the example and 32,768 points, the usual number of a spectrometer. The images in
examples/ have 1,200 columns, in which noise can look like weak lines.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np

from specmol_core import api
from specmol_core.config import RankConfig
from specmol_core.simulation.simulate import simulate

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
POINTS = 32_768


def main() -> None:
    """Rank the example and keep the sheet of its best candidate."""
    sys.path.insert(0, str(EXAMPLES))
    from compounds import COMPOUNDS, DEMO
    from make_examples import SETTINGS, atom_shifts

    settings = replace(SETTINGS, points=POINTS)
    mol, shifts = atom_shifts(COMPOUNDS[DEMO])
    pair = simulate(mol, shifts, np.random.default_rng(zlib.crc32(DEMO.encode())), settings)
    with tempfile.TemporaryDirectory() as folder_name:
        folder = Path(folder_name)
        files = [folder / "h1.csv", folder / "c13.csv"]
        for path, nucleus, trace in zip(files, ("1H", "13C"), (pair.h1_trace, pair.c13_trace), strict=True):
            rows = zip(settings.axis(nucleus).grid(), trace, strict=True)
            path.write_text("ppm,intensity\n" + "".join(f"{ppm:.5f},{height:.6f}\n" for ppm, height in rows))
        session = api.Session(
            api.RankOptions(RankConfig(top=1)),
            libraries=api.LibraryOptions(use_cache=False),
            explain=api.ExplainOptions(1, folder / "sheets", ".png"),
        )
        session.rank(api.QueryFiles("example", *files), EXAMPLES / "candidates.sdf")
        (sheet,) = (folder / "sheets").glob("*.png")
        shutil.copy(sheet, ROOT / "docs" / "images" / "explained.png")


if __name__ == "__main__":
    main()
