"""Pages of mirrored plots: every measured spectrum over its simulation, and an overview of all."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from rdkit import Chem
from rdkit.Chem.Draw import rdMolDraw2D

from specmol_core.drawing.png_canvas import PngCanvas
from specmol_core.errors import OutputError
from specmol_core.evaluation.measured.line_fit import find_lines, noise_level
from specmol_core.evaluation.simulator.mirror_panel import (
    GREY,
    INK,
    REAL_COLOUR,
    SIMULATED_COLOUR,
    Curve,
    draw_mirror_panel,
)
from specmol_core.spectra.spectrum import Nucleus

__all__ = ["MirrorPlot", "draw_overview", "draw_page", "write_pages"]

_WIDTH, _MARGIN = 1240, 14
_HEADER_HEIGHT, _MAIN_HEIGHT, _MAGNIFIED_HEIGHT, _ZOOM_HEIGHT = 118, 250, 170, 210
_MAGNIFICATION = 30.0
_ZOOM_COUNT = 4
_STRUCTURE_WIDTH = 230
_OVERSAMPLING = 3
_REGION_GAP_PPM = {"1H": 0.11, "13C": 3.0}
"""Distance of lines (ppm) that parts two regions."""
_REGION_MARGIN_PPM = {"1H": 0.05, "13C": 1.5}
"""Added to both sides of a region (ppm)."""
_MIN_LINE_HEIGHT = 0.03
_PALETTE_SIZE = 32
"""Colours of a written image: files shrink to a quarter, without a visible difference."""


@dataclass(frozen=True)
class MirrorPlot:
    """One measured spectrum and its simulation, both 1 at the compound's strongest line."""

    compound: str
    smiles: str
    nucleus: Nucleus
    conditions: str
    """Frequency, solvent and source, in words."""
    window: tuple[float, float]
    """Range that is drawn, high to low (ppm)."""
    real: Curve
    simulated: Curve
    frequency_mhz: float

    @property
    def file_name(self) -> str:
        """Name of its page."""
        return f"{re.sub(r'[^A-Za-z0-9]+', '_', self.compound).strip('_') or 'compound'}_{self.nucleus}.png"


def draw_page(mirror: MirrorPlot) -> Image.Image:
    """A page: the whole range, the same magnified, and the regions with most lines."""
    height = _HEADER_HEIGHT + _MAIN_HEIGHT + _MAGNIFIED_HEIGHT + _ZOOM_HEIGHT + 4 * _MARGIN
    page = PngCanvas(_WIDTH, height, oversampling=_OVERSAMPLING)
    _draw_structure(page, mirror.smiles)
    page.text((_MARGIN, 36), f"{mirror.compound}, {mirror.nucleus}", 26, INK)
    page.text((_MARGIN, 60), mirror.conditions, 15, INK)
    page.text((_MARGIN, 88), "measured", 17, REAL_COLOUR)
    page.text((_MARGIN + 90, 88), "simulated", 17, SIMULATED_COLOUR)
    curves, inner, top = (mirror.real, mirror.simulated), _WIDTH - 2 * _MARGIN, _HEADER_HEIGHT
    draw_mirror_panel(page, (_MARGIN, top), (inner, _MAIN_HEIGHT), curves, mirror.window)
    top += _MAIN_HEIGHT + _MARGIN
    size = inner, _MAGNIFIED_HEIGHT
    draw_mirror_panel(page, (_MARGIN, top), size, curves, mirror.window, magnification=_MAGNIFICATION)
    page.text((_MARGIN + 4, top + 13), f"{_MAGNIFICATION:g} times higher", 13, INK)
    top += _MAGNIFIED_HEIGHT + _MARGIN
    zoom_width = (inner - (_ZOOM_COUNT - 1) * _MARGIN) // _ZOOM_COUNT
    for index, (window, other) in enumerate(_regions(mirror)):
        corner, size = (_MARGIN + index * (zoom_width + _MARGIN), top), (zoom_width, _ZOOM_HEIGHT)
        zoomed = _scaled(mirror.real, window), _scaled(mirror.simulated, other)
        draw_mirror_panel(page, corner, size, zoomed, window, simulated_window=other)
        page.rectangle(corner, size, outline=GREY)
    return page.image()


def _scaled(curve: Curve, window: tuple[float, float]) -> Curve:
    """The curve with its strongest line in a window at 1."""
    grid = curve.axis.grid()
    inside = (grid <= window[0]) & (grid >= window[1])
    top = float(curve.values[inside].max()) if inside.any() else 1.0
    return Curve(curve.axis, curve.values / max(top, 1e-9))


def _clusters(mirror: MirrorPlot, curve: Curve) -> list[tuple[float, float, int]]:
    """Regions with lines: centre (ppm), width (ppm), number of lines."""
    lines = find_lines(curve.values, curve.axis, mirror.frequency_mhz, noise_level(curve.values))
    high, low = mirror.window
    shifts = sorted(line.ppm for line in lines if line.height > _MIN_LINE_HEIGHT and low <= line.ppm <= high)
    groups: list[list[float]] = []
    for shift in shifts:
        if groups and shift - groups[-1][-1] < _REGION_GAP_PPM[mirror.nucleus]:
            groups[-1].append(shift)
        else:
            groups.append([shift])
    return [((g[0] + g[-1]) / 2, g[-1] - g[0], len(g)) for g in groups]


def _regions(mirror: MirrorPlot) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    """The regions of most lines, high to low shift, each with the nearest region of the simulation."""
    real, simulated = _clusters(mirror, mirror.real), _clusters(mirror, mirror.simulated)
    chosen = sorted(sorted(real, key=lambda c: (-c[2], -c[0]))[:_ZOOM_COUNT], key=lambda c: -c[0])
    regions = []
    for centre, width, _ in chosen:
        nearest = min(simulated, key=lambda c: abs(c[0] - centre), default=(centre, width, 0))
        other = nearest[0] if abs(nearest[0] - centre) < 4 * _REGION_GAP_PPM[mirror.nucleus] else centre
        half = max(width, nearest[1]) / 2 + _REGION_MARGIN_PPM[mirror.nucleus]
        regions.append(((centre + half, centre - half), (other + half, other - half)))
    return regions


def draw_overview(mirrors: Sequence[MirrorPlot], columns: int = 2, width: int = 900, height: int = 150) -> Image.Image:
    """All spectra small: one row a compound, 1H beside 13C, ``columns`` compounds a line."""
    compounds = list(dict.fromkeys(m.compound for m in mirrors))
    rows = -(-len(compounds) // columns)
    title = 20
    page = PngCanvas(columns * width, 34 + rows * (height + title), oversampling=_OVERSAMPLING)
    page.text((_MARGIN, 23), "measured (up) over simulated (down)", 19, INK)
    half = (width - 2 * _MARGIN) // 2
    for mirror in mirrors:
        row, column = divmod(compounds.index(mirror.compound), columns)
        left, top = column * width + _MARGIN, 34 + row * (height + title)
        if mirror.nucleus == "13C":
            left += half + _MARGIN // 2
        page.text((left, top + 13), f"{mirror.compound[:34]}  {mirror.nucleus}", 13, INK)
        size, curves = (half - _MARGIN // 2, height), (mirror.real, mirror.simulated)
        draw_mirror_panel(page, (left, top + title), size, curves, mirror.window)
    return page.image()


def _draw_structure(page: PngCanvas, smiles: str) -> None:
    drawer = page.drawer(_STRUCTURE_WIDTH, _HEADER_HEIGHT)
    options = drawer.drawOptions()
    options.useBWAtomPalette()
    options.bondLineWidth *= page.scale
    options.maxFontSize = round(options.maxFontSize * page.scale)
    rdMolDraw2D.PrepareAndDrawMolecule(drawer, Chem.MolFromSmiles(smiles))
    drawer.FinishDrawing()
    page.place(drawer, (_WIDTH - _STRUCTURE_WIDTH - _MARGIN, 0))


def write_pages(
    mirrors: Sequence[MirrorPlot], folder: Path, advance: Callable[[int, int], None] = lambda done, total: None
) -> list[Path]:
    """Write one PNG for each spectrum, and ``overview.png``.

    Raises
    ------
    OutputError
        If the folder cannot be made or written.
    """
    written: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for number, mirror in enumerate(mirrors, 1):
            written.append(_save(draw_page(mirror), folder / mirror.file_name))
            advance(number, len(mirrors))
        written.append(_save(draw_overview(mirrors), folder / "overview.png"))
    except OSError as error:
        raise OutputError(folder, f"cannot be written: {error.strerror or error}; give another folder") from None
    return written


def _save(page: Image.Image, path: Path) -> Path:
    page.quantize(_PALETTE_SIZE, dither=Image.Dither.NONE).save(path, optimize=True)
    return path
