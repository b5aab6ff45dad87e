"""Imitate a scanned print of a plot: rotated, blurred, on grey and uneven paper."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageFilter

__all__ = ["scan"]

_PAPER_NOISE = 5.0
"""Standard deviation of the paper grain (out of 255)."""
_SHADOW = 18.0
"""Darkening towards one side of the page (out of 255)."""


def scan(image: Image.Image, degrees: float, rng: np.random.Generator) -> Image.Image:
    """Rotate an image (degrees, anticlockwise) on a grey sheet, blur it, add grain and a shadow."""
    rotated = image.rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=(255, 255, 255))
    rotated = rotated.filter(ImageFilter.GaussianBlur(0.6))
    tones = np.asarray(rotated, dtype=np.float64)
    height, width, _ = tones.shape
    shadow = _SHADOW * np.linspace(0, 1, width)[None, :, None] * np.linspace(0.6, 1, height)[:, None, None]
    paper = np.array([247.0, 245.0, 238.0]) / 255.0
    noise = rng.normal(scale=_PAPER_NOISE, size=(height, width, 1))
    return Image.fromarray(np.clip(20 + tones * paper * (235 / 255) - shadow + noise, 0, 255).astype(np.uint8))
