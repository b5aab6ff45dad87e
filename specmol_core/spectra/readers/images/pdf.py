"""Read a spectrum from one page of a PDF: the page is drawn in a process of its own, then read as a picture."""

from __future__ import annotations

import importlib.util
import io
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from specmol_core.errors import SpectrumError
from specmol_core.spectra.readers.images.image import read_raster
from specmol_core.spectra.readers.images.raster import decode
from specmol_core.spectra.readers.source import EXPERIMENT_SEPARATOR, Reader, RefusedError, Request, SourceFile
from specmol_core.spectra.spectrum import Spectrum

__all__ = ["READER", "draw_page", "read_pdf"]

_LONGER_SIDE_PX = 2800
"""Pixels along the longer side of a page: 240 dots per inch for A4."""
_DRAW_TIMEOUT_S = 30
"""Time to draw one page; a page of a million strokes takes some seconds."""
_MAX_PAGES = 2000
_EXIT_REFUSED = 3
"""Exit code of the drawing process where it says why on standard error."""


def read_pdf(source: SourceFile, request: Request) -> Spectrum:
    """Read a spectrum from a PDF of one page, or from the page that ``file.pdf::3`` names.

    Raises
    ------
    SpectrumError
        If the PDF is damaged, locked, or slow; if it has several pages and none is named; or as
        :func:`specmol_core.spectra.readers.pictures.image.read_image`.
    """
    try:
        raster = decode(_draw_in_process(source.content, source.experiment))
        # The drawing process writes no text, so that nothing in the page can claim to be a canonical picture.
        return read_raster(replace(raster, text={}), source, request)
    except RefusedError as error:
        raise SpectrumError(source.path, str(error)) from error


def _draw_in_process(content: bytes, page: str) -> bytes:
    """A PNG of the page, drawn where a crash or an endless page does no harm."""
    if importlib.util.find_spec("pypdfium2") is None:
        raise RefusedError(
            "the package that draws PDF pages is not installed: pip install pypdfium2, or save the page as PNG"
        )
    if page and not (page.isascii() and page.isdigit()):
        raise RefusedError(f"{page!r} is no page: name it by its number, as in file.pdf{EXPERIMENT_SEPARATOR}3")
    command = [sys.executable, "-m", __name__, page or "0"]
    try:
        completed = subprocess.run(command, input=content, capture_output=True, timeout=_DRAW_TIMEOUT_S, check=False)
    except subprocess.TimeoutExpired:
        raise RefusedError(f"the page took longer than {_DRAW_TIMEOUT_S} s to draw: save it as PNG") from None
    if completed.returncode == 0:
        return completed.stdout
    if completed.returncode == _EXIT_REFUSED:
        raise RefusedError(completed.stderr.decode(errors="replace").strip())
    raise RefusedError("truncated or damaged PDF: save it again, or save the page as PNG")


def draw_page(content: bytes, number: int) -> bytes:
    """Draw a page.

    Parameters
    ----------
    number
        From 1; 0 for the only page.

    Returns
    -------
    Content of a PNG file.

    Raises
    ------
    RefusedError
        If the PDF is damaged or locked, or has no such page.
    """
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(content)
        pages = len(document)
    except pypdfium2.PdfiumError as error:
        reason = "is locked by a password" if "password" in str(error).lower() else "is truncated or damaged"
        raise RefusedError(f"the PDF {reason}: save it again, or save the page as PNG") from error
    if not 0 < pages <= _MAX_PAGES:
        raise RefusedError(f"the PDF has {pages} pages: save the page of the spectrum by itself")
    if number > pages or (number == 0 and pages > 1):
        what = f"has {pages} pages" if number == 0 else f"has no page {number}, only {pages}"
        raise RefusedError(
            f"the PDF {what}: name the one with the spectrum, as in file.pdf{EXPERIMENT_SEPARATOR}{min(2, pages)}"
        )
    page = document[max(number, 1) - 1]
    longer = max(page.get_size())
    if not longer > 0:
        raise RefusedError("the page has no size: save it as PNG")
    image = page.render(scale=_LONGER_SIDE_PX / longer).to_pil().convert("RGB")
    stream = io.BytesIO()
    image.save(stream, format="PNG", compress_level=1)
    return stream.getvalue()


def _main() -> int:
    """The drawing process: a PDF on standard input, the number of the page as argument, a PNG on standard output."""
    try:
        image = draw_page(sys.stdin.buffer.read(), int(sys.argv[1]))
    except RefusedError as error:
        print(error, file=sys.stderr)
        return _EXIT_REFUSED
    sys.stdout.buffer.write(image)
    return 0


def _matches(head: bytes, path: Path) -> bool:
    return b"%PDF-" in head[:1024]


READER = Reader(
    accepts=f"a PDF of one page, or one page of it (file.pdf{EXPERIMENT_SEPARATOR}3)", matches=_matches, read=read_pdf
)

if __name__ == "__main__":
    sys.exit(_main())
