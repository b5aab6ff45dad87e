"""Read a spectrum from one page of a PDF, rendered to an image in a child process."""

from __future__ import annotations

import importlib.util
import math
import signal
import subprocess
from dataclasses import replace
from pathlib import Path

from specmol_core.runtime.child_processes import Limits, run
from specmol_core.spectra.readers.images.image import read_raster
from specmol_core.spectra.readers.images.pdf_page import EXIT_REFUSED
from specmol_core.spectra.readers.images.raster import decode
from specmol_core.spectra.readers.source import (
    EXPERIMENT_SEPARATOR,
    Reader,
    RefusedError,
    Request,
    SourceFile,
    spectrum_error,
)
from specmol_core.spectra.spectrum import Spectrum

__all__ = ["READER", "read_pdf"]

_DRAW_TIMEOUT_S = 30
"""Time limit for one page (s); a page of a million strokes takes some seconds."""
_MEMORY = 2 << 30
"""Limit of the address space for one page (bytes); a scan of 10,000 x 14,000 pixels takes a quarter
of it."""
_DRAW = "specmol_core.spectra.readers.images.pdf_page:draw_piped"


def read_pdf(source: SourceFile, request: Request) -> Spectrum:
    """Read a spectrum from a PDF of one page, or from the page that ``file.pdf::3`` names.

    Raises
    ------
    SpectrumError
        If the PDF is damaged or locked, or takes too long or too much memory to render; if it has
        several pages and none is named; or as
        :func:`specmol_core.spectra.readers.images.image.read_image`.
    """
    try:
        raster = decode(_draw_in_process(source.content, source.experiment))
        # The text chunks are removed, so that no page can pass for a canonical image.
        return read_raster(replace(raster, text={}), source, request)
    except RefusedError as error:
        raise spectrum_error(source.path, error) from error


def _draw_in_process(content: bytes, page: str) -> bytes:
    """Render a page to PNG in a child process, so that a crash or an endless page does no harm."""
    if importlib.util.find_spec("pypdfium2") is None:
        raise RefusedError(
            "the package that draws PDF pages is not installed: pip install pypdfium2, or save the page as PNG"
        )
    if page and not (page.isascii() and page.isdigit() and len(page) < 10):
        raise RefusedError(f"{page!r} is not a page number: write for example file.pdf{EXPERIMENT_SEPARATOR}3")
    limits = Limits(_MEMORY, math.ceil(_DRAW_TIMEOUT_S))
    try:
        completed = run(_DRAW, int(page or 0), content=content, timeout=_DRAW_TIMEOUT_S, limits=limits)
        slow = completed.returncode == -getattr(signal, "SIGXCPU", 24)
    except subprocess.TimeoutExpired:
        slow = True
    if slow:
        raise RefusedError(f"the page took longer than {_DRAW_TIMEOUT_S} s to draw: save it as PNG")
    if completed.returncode == 0:
        return completed.stdout
    if completed.returncode == EXIT_REFUSED:
        raise RefusedError(completed.stderr.decode(errors="replace").strip())
    raise RefusedError(
        f"damaged PDF, or one whose page takes more than {_MEMORY >> 30} GB of memory to draw: "
        "save it again, or save the page as PNG"
    )


def _matches(head: bytes, path: Path) -> bool:
    return b"%PDF-" in head[:1024]


READER = Reader(
    accepts=f"a PDF of one page, or one page of it (file.pdf{EXPERIMENT_SEPARATOR}3)", matches=_matches, read=read_pdf
)
