"""The child process that draws one page of a PDF. It imports little, because it starts for each PDF."""

from __future__ import annotations

import io
import sys

from specmol_core.spectra.readers.source import EXPERIMENT_SEPARATOR, RefusedError

__all__ = ["EXIT_REFUSED", "draw_page", "draw_piped"]

EXIT_REFUSED = 3
"""Exit code of the process if it gives the reason on standard error."""
_LONGER_SIDE_PX = 2800
"""Pixels along the longer side of a page: 240 dots per inch for A4."""
_MAX_PAGES = 2000


def draw_page(content: bytes, number: int) -> bytes:
    """Render a page to the content of a PNG file.

    Parameters
    ----------
    content
        Content of a PDF file.
    number
        Page number from 1; 0 for the only page.

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


def draw_piped(number: int) -> int:
    """Render a PDF page from standard input to a PNG on standard output; return the exit code.

    This is the entry point of the child process.
    """
    try:
        image = draw_page(sys.stdin.buffer.read(), number)
    except RefusedError as error:
        print(error, file=sys.stderr)
        return EXIT_REFUSED
    sys.stdout.buffer.write(image)
    return 0
