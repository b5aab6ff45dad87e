"""Draw the image of docs/guide/ranking.md from the example's spectra: python docs/make_images.py."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

ROOT = Path(__file__).parents[1]
WINDOWS = {"1H": (12.05, -2.0, 1), "13C": (230.0, -2.0, 20)}
"""High and low edge, and the distance of two ticks (ppm)."""
_AXIS, _TITLE = 56, 40


def panel(nucleus: str, plot: Image.Image) -> Image.Image:
    """Return a plot with its axis below and its nucleus above."""
    high, low, tick = WINDOWS[nucleus]
    width, height = plot.size
    image = Image.new("L", (width, _TITLE + height + _AXIS), 255)
    image.paste(plot, (0, _TITLE))
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(size=20)
    pen.text((12, 8), nucleus, fill=0, font=ImageFont.load_default(size=26))
    base = _TITLE + height
    pen.line((0, base, width, base), fill=0, width=2)
    for shift in range(0, int(high) + 1, tick):
        x = (high - shift) / (high - low) * width
        if not 20 < x < width - 80:  # at the edge, or where the unit is written
            continue
        pen.line((x, base, x, base + 8), fill=0, width=2)
        pen.text((x, base + 12), str(shift), fill=0, font=font, anchor="ma")
    pen.text((width - 8, base + 12), "ppm", fill=0, font=font, anchor="ra")
    return image


def main() -> None:
    """Stack both panels and write them."""
    files = {"1H": "demo_h1.png", "13C": "demo_c13.png"}
    panels = [panel(nucleus, Image.open(ROOT / "examples" / name)) for nucleus, name in files.items()]
    image = Image.new("L", (panels[0].width, sum(p.height for p in panels)), 255)
    top = 0
    for part in panels:
        image.paste(part, (0, top))
        top += part.height
    target = ROOT / "docs" / "images" / "demo_spectra.png"
    target.parent.mkdir(exist_ok=True)
    image.save(target, optimize=True)


if __name__ == "__main__":
    main()
