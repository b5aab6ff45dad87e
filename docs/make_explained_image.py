"""Draw the explained candidate of the README, from an example: python docs/make_explained_image.py."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import specmol

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = ROOT / "examples"


def main() -> None:
    """Rank the example in Bruker format and keep the sheet of its best candidate."""
    with tempfile.TemporaryDirectory() as folder:
        session = specmol.Session(
            specmol.RankOptions(specmol.RankConfig(top=1)),
            libraries=specmol.LibraryOptions(use_cache=False),
            explain=specmol.ExplainOptions(1, Path(folder), ".png"),
        )
        sample = EXAMPLES / "sample.zip"
        session.rank(specmol.QueryFiles("example", sample, sample), EXAMPLES / "candidates.sdf")
        (sheet,) = Path(folder).glob("*.png")
        shutil.copy(sheet, ROOT / "docs" / "images" / "explained.png")


if __name__ == "__main__":
    main()
