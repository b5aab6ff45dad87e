"""Draw the explained candidate of the README and of docs/ranking.md: python docs/make_explained_image.py."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from specmol_core import api
from specmol_core.config import RankConfig

ROOT = Path(__file__).parents[1]


def main() -> None:
    """Rank the example and keep the picture of its best candidate."""
    examples = ROOT / "examples"
    with tempfile.TemporaryDirectory() as folder:
        session = api.Session(
            api.RankOptions(RankConfig(top=1)),
            libraries=api.LibraryOptions(use_cache=False),
            explain=api.ExplainOptions(1, Path(folder), ".png"),
        )
        session.rank(
            api.QueryFiles("demo", examples / "demo_h1.png", examples / "demo_c13.png"), examples / "candidates.sdf"
        )
        (made,) = Path(folder).glob("*.png")
        shutil.copy(made, ROOT / "docs" / "images" / "explained.png")


if __name__ == "__main__":
    main()
