from __future__ import annotations

import io
import zlib
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from specmol_core.errors import SpectrumError
from specmol_core.spectra.readers.images import pdf, pdf_page
from specmol_core.spectra.readers.source import RefusedError, Request, SourceFile

pytest.importorskip("pypdfium2")
pytestmark = pytest.mark.slow  # each page is drawn by a child process

REQUEST = Request("1H", (10.0, 0.0), (12.0, -2.0))


def page(text: str = "") -> Image.Image:
    """A bare plot with one line at a quarter of the width."""
    image = Image.new("RGB", (800, 300), "white")
    ImageDraw.Draw(image).line((0, 250, 198, 250, 200, 40, 202, 250, 799, 250), fill="black", width=2)
    return image


def document(pages: int) -> bytes:
    stream = io.BytesIO()
    first, *others = [page() for _ in range(pages)]
    first.save(stream, format="PDF", save_all=True, append_images=others)
    return stream.getvalue()


def test_only_page_is_read() -> None:
    spectrum = pdf.read_pdf(SourceFile(Path("a.pdf"), document(1)), REQUEST)

    assert spectrum.axis.grid()[spectrum.intensities.argmax()] == pytest.approx(7.5, abs=0.02)
    assert spectrum.source == "a.pdf"


def test_named_page_is_read() -> None:
    spectrum = pdf.read_pdf(SourceFile(Path("a.pdf::2"), document(3), experiment="2"), REQUEST)

    assert spectrum.axis.grid()[spectrum.intensities.argmax()] == pytest.approx(7.5, abs=0.02)


@pytest.mark.parametrize(
    ("number", "why"), [(0, r"has 3 pages: name the one.*file\.pdf::2"), (4, "has no page 4, only 3")]
)
def test_page_must_be_named_and_exist(number: int, why: str) -> None:
    with pytest.raises(RefusedError, match=why):
        pdf_page.draw_page(document(3), number)


def test_page_is_a_number() -> None:
    with pytest.raises(SpectrumError, match="'last' is not a page number"):
        pdf.read_pdf(SourceFile(Path("a.pdf"), document(1), experiment="last"), REQUEST)


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5])
def test_truncated_file_is_refused(share: float) -> None:
    content = document(1)
    content = b"%PDF-1.7\n" + content[9 : 9 + int(share * len(content))]

    with pytest.raises(SpectrumError, match=r"a\.pdf: .*save"):
        pdf.read_pdf(SourceFile(Path("a.pdf"), content), REQUEST)


def test_slow_page_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "_DRAW_TIMEOUT_S", 0.01)

    with pytest.raises(SpectrumError, match="took longer than"):
        pdf.read_pdf(SourceFile(Path("a.pdf"), document(1)), REQUEST)


def bomb() -> bytes:
    """A page whose content stream unpacks to 900 MB, four times over."""
    packer = zlib.compressobj(9)
    block = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    packed = zlib.compress(block[:2] + 900 * block[2:], 9)
    head = b"<</Filter[/FlateDecode/FlateDecode]/Length %d>>\nstream\n" % len(packed)
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 400]/Contents[%s]>>" % b" ".join([b"4 0 R"] * 4),
        head + packed + b"\nendstream",
    ]
    body = b"".join(b"%d 0 obj\n%s\nendobj\n" % pair for pair in enumerate(objects, 1))
    return b"%PDF-1.7\n" + body + b"trailer\n<</Size 5/Root 1 0 R>>\n%%EOF\n"


@pytest.mark.slow
def test_a_page_that_takes_much_memory_is_refused() -> None:
    content = bomb()
    assert len(content) < 3_000

    with pytest.raises(SpectrumError, match=r"a\.pdf: .*more than 2 GB of memory"):
        pdf.read_pdf(SourceFile(Path("a.pdf"), content), REQUEST)


def test_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf.importlib.util, "find_spec", lambda name: None)

    with pytest.raises(SpectrumError, match="pip install pypdfium2"):
        pdf.read_pdf(SourceFile(Path("a.pdf"), document(1)), REQUEST)


def test_content_determines_the_format() -> None:
    assert pdf.READER.matches(document(1)[:4096], Path("spectrum.png"))
    assert not pdf.READER.matches(b"\x89PNG\r\n\x1a\n", Path("spectrum.pdf"))
