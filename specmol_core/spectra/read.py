"""Read a spectrum from a file of any known format."""

from __future__ import annotations

from specmol_core.errors import SpectrumError, UsageError
from specmol_core.spectra.axis import PpmAxis
from specmol_core.spectra.readers import jcamp, sentence
from specmol_core.spectra.readers.images import image as picture
from specmol_core.spectra.readers.images import pdf
from specmol_core.spectra.readers.instruments import jeol, nmrml
from specmol_core.spectra.readers.instruments.archive import archive_reader
from specmol_core.spectra.readers.instruments.folder import folder_reader
from specmol_core.spectra.readers.lists import nmredata, peak_list, xy_table
from specmol_core.spectra.readers.sentence.inline import InlineText, SpectrumSource
from specmol_core.spectra.readers.source import Reader, Request, SourceFile
from specmol_core.spectra.spectrum import Nucleus, Spectrum

__all__ = ["READERS", "read_spectrum"]

BINARY_READERS: tuple[Reader, ...] = (jeol.READER,)
"""Formats known by their first bytes."""
TEXT_READERS: tuple[Reader, ...] = (jcamp.READER, nmrml.READER, nmredata.READER)
"""Formats that are text, the strictest first."""
LIST_READERS: tuple[Reader, ...] = (xy_table.READER, peak_list.READER, sentence.READER)
"""Plain text without a format's own mark. They are not sought in folders, whose notes and logs they would match."""
READERS: tuple[Reader, ...] = (
    *BINARY_READERS,
    pdf.READER,
    folder_reader((*BINARY_READERS, *TEXT_READERS)),
    archive_reader((*BINARY_READERS, *TEXT_READERS)),
    *TEXT_READERS,
    *LIST_READERS,
    picture.READER,
)
"""Tried in turn; a new format joins here."""

_HEAD_BYTES = 4096


def read_spectrum(
    source: SpectrumSource, nucleus: Nucleus, window: tuple[float, float] | None, default_window: tuple[float, float]
) -> Spectrum:
    """Read one spectrum; the format is known by the content, never by the name.

    Parameters
    ----------
    source
        The file, or text in its place.
    nucleus
        What the spectrum is expected to be.
    window
        Range the file spans, high to low (ppm), where the user says one.
    default_window
        Range of a file that says none itself, high to low (ppm).

    Raises
    ------
    SpectrumError
        If the file is unreadable, of no known format, no spectrum, or of the other nucleus.
    UsageError
        If ``window`` does not run from high to low.
    """
    if window is not None:
        try:
            PpmAxis(*window, points=1)
        except ValueError as error:
            raise UsageError(f"range of the {nucleus} spectrum {source}: {error}") from None
    if isinstance(source, InlineText):
        return sentence.READER.read(sentence.sentence_source(source.text), Request(nucleus, window, default_window))
    file = SourceFile.load(source)
    head = file.content[:_HEAD_BYTES]
    for reader in READERS:
        if reader.matches(head, file.file):
            return reader.read(file, Request(nucleus, window, default_window))
    what = "text" if _is_text(head) else "an unknown binary format"
    accepted = "; ".join(reader.accepts for reader in READERS)
    raise SpectrumError(str(source), f"holds {what}, whatever its name says; accepted: {accepted}")


def _is_text(head: bytes) -> bool:
    printable = sum(byte >= 0x20 or byte in b"\t\r\n\f" for byte in head)
    return b"\0" not in head and printable > 0.95 * len(head)
