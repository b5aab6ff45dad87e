"""Draw the image of docs/guide/reading-spectra.md, from an example: python docs/make_inspect_image.py."""

from __future__ import annotations

from pathlib import Path

import specmol

ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    """Draw the 1H spectrum of the example in Bruker format."""
    specmol.inspect_spectrum(ROOT / "examples" / "sample.zip", "1H", plot=ROOT / "docs" / "images" / "inspect.png")


if __name__ == "__main__":
    main()
