"""Read a spectrum from a file of any known format."""

from __future__ import annotations

from dataclasses import replace

from specmol_core.errors import SpectrumError, UsageError
from specmol_core.spectra.axis import PpmAxis
from specmol_core.spectra.readers import jcamp, sentence
from specmol_core.spectra.readers.images import image, pdf
from specmol_core.spectra.readers.images.axis_reference import reference_image
from specmol_core.spectra.readers.instruments import jeol, magritek, nmrml
from specmol_core.spectra.readers.instruments.archive import archive_reader
from specmol_core.spectra.readers.instruments.folder import folder_reader
from specmol_core.spectra.readers.instruments.processed_phase import correct_phase
from specmol_core.spectra.readers.lists import nmredata, peak_list, topspin_xml, xy_table
from specmol_core.spectra.readers.lists.one_line import rows_of_line
from specmol_core.spectra.readers.sentence.inline import InlineText, SpectrumSource
from specmol_core.spectra.readers.source import Reader, Request, SourceFile, SourceFiles
from specmol_core.spectra.reference.solvents import require_solvent, solvent_named
from specmol_core.spectra.spectrum import Nucleus, Spectrum

__all__ = ["READERS", "read_spectrum"]

BINARY_READERS: tuple[Reader, ...] = (jeol.READER, magritek.READER)
"""Formats recognised by their first bytes."""
TEXT_READERS: tuple[Reader, ...] = (jcamp.READER, nmrml.READER, nmredata.READER)
"""Text formats with a mark of their own, the strictest first."""
LIST_READERS: tuple[Reader, ...] = (topspin_xml.READER, xy_table.READER, peak_list.READER, sentence.READER)
"""Plain text without a format mark. Folders are not searched for it: notes and logs would match."""
READERS: tuple[Reader, ...] = (
    *BINARY_READERS,
    pdf.READER,
    folder_reader((*BINARY_READERS, *TEXT_READERS)),
    archive_reader((*BINARY_READERS, *TEXT_READERS)),
    *TEXT_READERS,
    *LIST_READERS,
    image.READER,
)
"""Tried in this order; add a new format here."""

_HEAD_BYTES = 4096


def read_spectrum(
    source: SpectrumSource,
    nucleus: Nucleus,
    window: tuple[float, float] | None,
    default_window: tuple[float, float],
    solvent: str | None = None,
    files: SourceFiles | None = None,
) -> Spectrum:
    """Read one spectrum; the format is recognised by the content, never by the file name.

    Parameters
    ----------
    source
        The file, or text given in its place.
    nucleus
        Nucleus that the spectrum is expected to show.
    window
        Range that the file spans, high to low (ppm); None where the user gives none.
    default_window
        Range used where the file states none, high to low (ppm).
    solvent
        Solvent that the user names, by any usual name; it overrides the file. None if the user names none.
    files
        Loads the file, and keeps it for its next row; None keeps nothing.

    Raises
    ------
    SpectrumError
        If the file is unreadable, has an unknown format, is not a spectrum, or shows the other
        nucleus.
    UsageError
        If ``window`` does not run from high to low, or ``solvent`` is unknown.
    """
    if window is not None:
        try:
            PpmAxis(*window, points=1)
        except ValueError as error:
            raise UsageError(f"range of the {nucleus} spectrum {source}: {error}") from None
    given = None if solvent is None else require_solvent(solvent)
    spectrum = correct_phase(_read(source, Request(nucleus, window, default_window, given), files))
    return reference_image(_with_solvent(spectrum, given))


def _with_solvent(spectrum: Spectrum, given: str | None) -> Spectrum:
    """The spectrum with the solvent that the user names; a warning says if the file names another."""
    if given is None:
        return spectrum
    stated = solvent_named(spectrum.solvent)
    notes: tuple[str, ...] = ()
    if stated is not None and stated.name != given:
        notes = (f"the file names the solvent {spectrum.solvent}; {given}, which was given, was used",)
    return replace(spectrum, solvent=given, solvent_given=True, warnings=(*spectrum.warnings, *notes))


def _read(source: SpectrumSource, request: Request, files: SourceFiles | None) -> Spectrum:
    if isinstance(source, InlineText):
        reader = sentence.READER if rows_of_line(source.text, request.nucleus) is None else peak_list.READER
        return reader.read(sentence.sentence_source(source.text), request)
    file = SourceFile.load(source) if files is None else files.load(source)
    head = file.content[:_HEAD_BYTES]
    try:
        for reader in READERS:
            if reader.matches(head, file.file):
                return reader.read(file, request)
    except OSError as error:
        where = f"{error.filename}: " if error.filename is not None else ""
        reason = error.strerror or error
        raise SpectrumError(
            str(source), f"{where}cannot be read: {reason}; check the file and its permissions"
        ) from error
    what = "text in no known format" if _is_text(head) else "an unknown binary format"
    accepted = "; ".join(reader.accepts for reader in READERS)
    raise SpectrumError(str(source), f"holds {what} (the file name does not count); accepted: {accepted}")


def _is_text(head: bytes) -> bool:
    printable = sum(byte >= 0x20 or byte in b"\t\r\n\f" for byte in head)
    return b"\0" not in head and printable > 0.95 * len(head)
