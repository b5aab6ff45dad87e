"""Pages of mirrored plots: every measured spectrum over its simulation, and an overview of all."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw
from rdkit import Chem
from rdkit.Chem.Draw import rdMolDraw2D

from specmol_core.errors import OutputError
from specmol_core.evaluation.measured.line_fit import find_lines, noise_level
from specmol_core.evaluation.simulator.mirror_panel import (
    GREY,
    INK,
    REAL_COLOUR,
    SIMULATED_COLOUR,
    Curve,
    mirror_panel,
    text_font,
)
from specmol_core.spectra.spectrum import Nucleus

__all__ = ["MirrorPlot", "draw_overview", "draw_page", "write_pages"]

_WIDTH, _MARGIN = 1240, 14
_HEADER_HEIGHT, _MAIN_HEIGHT, _MAGNIFIED_HEIGHT, _ZOOM_HEIGHT = 118, 250, 170, 210
_MAGNIFICATION = 30.0
_ZOOM_COUNT = 4
_REGION_GAP_PPM = {"1H": 0.11, "13C": 3.0}
"""Distance of lines (ppm) that parts two regions."""
_REGION_MARGIN_PPM = {"1H": 0.05, "13C": 1.5}
"""Added to both sides of a region (ppm)."""
_MIN_LINE_HEIGHT = 0.03
_PALETTE_SIZE = 24
"""Colours of a written picture: a page shrinks to a quarter, and nothing is seen of it."""


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
    page = Image.new("RGB", (_WIDTH, height), "white")
    pen = ImageDraw.Draw(page)
    page.paste(_structure(mirror.smiles, (230, _HEADER_HEIGHT)), (_WIDTH - 230 - _MARGIN, 0))
    pen.text((_MARGIN, 12), f"{mirror.compound}, {mirror.nucleus}", fill=INK, font=text_font(24))
    pen.text((_MARGIN, 46), mirror.conditions, fill=INK, font=text_font(14))
    pen.text((_MARGIN, 72), "measured", fill=REAL_COLOUR, font=text_font(16))
    pen.text((_MARGIN + 90, 72), "simulated", fill=SIMULATED_COLOUR, font=text_font(16))
    inner, top = _WIDTH - 2 * _MARGIN, _HEADER_HEIGHT
    full_panel = mirror_panel(mirror.real, mirror.simulated, mirror.window, (inner, _MAIN_HEIGHT))
    page.paste(full_panel, (_MARGIN, top))
    top += _MAIN_HEIGHT + _MARGIN
    label = f"{_MAGNIFICATION:g} times higher"
    magnified_panel = mirror_panel(
        mirror.real,
        mirror.simulated,
        mirror.window,
        (inner, _MAGNIFIED_HEIGHT),
        magnification=_MAGNIFICATION,
        label=label,
    )
    page.paste(magnified_panel, (_MARGIN, top))
    top += _MAGNIFIED_HEIGHT + _MARGIN
    zoom_width = (inner - (_ZOOM_COUNT - 1) * _MARGIN) // _ZOOM_COUNT
    for index, (window, other) in enumerate(_regions(mirror)):
        page.paste(
            _zoom(mirror, window, other, (zoom_width, _ZOOM_HEIGHT)), (_MARGIN + index * (zoom_width + _MARGIN), top)
        )
    return page


def _zoom(
    mirror: MirrorPlot, window: tuple[float, float], other: tuple[float, float], size: tuple[int, int]
) -> Image.Image:
    """One region, each half scaled to its own strongest line."""

    def scaled(curve: Curve, span: tuple[float, float]) -> Curve:
        grid = curve.axis.grid()
        inside = (grid <= span[0]) & (grid >= span[1])
        top = float(curve.values[inside].max()) if inside.any() else 1.0
        return Curve(curve.axis, curve.values / max(top, 1e-9))

    panel = mirror_panel(
        scaled(mirror.real, window), scaled(mirror.simulated, other), window, size, simulated_window=other
    )
    ImageDraw.Draw(panel).rectangle((0, 0, size[0] - 1, size[1] - 1), outline=GREY)
    return panel


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
    page = Image.new("RGB", (columns * width, 34 + rows * (height + title)), "white")
    pen = ImageDraw.Draw(page)
    pen.text((_MARGIN, 6), "measured (up) over simulated (down)", fill=INK, font=text_font(18))
    half = (width - 2 * _MARGIN) // 2
    for mirror in mirrors:
        row, column = divmod(compounds.index(mirror.compound), columns)
        left, top = column * width + _MARGIN, 34 + row * (height + title)
        if mirror.nucleus == "13C":
            left += half + _MARGIN // 2
        pen.text((left, top + 2), f"{mirror.compound[:34]}  {mirror.nucleus}", fill=INK, font=text_font(12))
        panel = mirror_panel(mirror.real, mirror.simulated, mirror.window, (half - _MARGIN // 2, height))
        page.paste(panel, (left, top + title))
    return page


def _structure(smiles: str, size: tuple[int, int]) -> Image.Image:
    mol = Chem.MolFromSmiles(smiles)
    drawer = rdMolDraw2D.MolDraw2DCairo(*size)
    drawer.drawOptions().useBWAtomPalette()
    rdMolDraw2D.PrepareAndDrawMolecule(drawer, mol)
    drawer.FinishDrawing()
    return Image.open(io.BytesIO(drawer.GetDrawingText())).convert("RGB")


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
