"""Which block of a JCAMP-DX file is read."""

from __future__ import annotations

from typing import Literal

from specmol_core.errors import SpectrumError
from specmol_core.spectra.readers.instruments.edited import is_edited
from specmol_core.spectra.readers.instruments.nucleus import nucleus_name
from specmol_core.spectra.readers.jcamp.records import Block
from specmol_core.spectra.readers.jcamp.table import is_multidimensional
from specmol_core.spectra.readers.source import PICK, Request, SourceFile, require_nucleus
from specmol_core.spectra.spectrum import Nucleus

__all__ = ["Kind", "block_nucleus", "choose_block", "is_signed", "kind_of"]

Kind = Literal["spectrum", "fid", "peaks"]
_ORDER: tuple[Kind, ...] = ("spectrum", "fid", "peaks")
"""The best first: a spectrum needs no processing, and says more than its peaks."""
_MOST_LISTED = 8


def kind_of(block: Block) -> Kind | None:
    """What a block holds; None where it is no NMR data."""
    data_type = block.text("DATATYPE").upper()
    labels = {table.label for table in block.tables}
    if not labels or ("NMR" not in data_type and data_type and not block.text(".OBSERVENUCLEUS")):
        return None
    if "FID" in data_type or "FID" in block.text("NTUPLES").upper():
        return "fid"
    if labels & {"XYDATA", "XYPOINTS", "DATATABLE", "RADATA"} and "PEAK" not in data_type:
        return "spectrum"
    return "peaks" if labels & {"PEAKTABLE", "PEAKASSIGNMENTS", "XYPOINTS", "XYDATA"} else None


def block_nucleus(block: Block) -> str:
    """Nucleus that a block names, such as 13C; empty for none."""
    for label in (".OBSERVENUCLEUS", "$NUC1", "$NUCLEUS", "NUCLEUS", "$TN", "OBSERVENUCLEUS", ".NUCLEUS"):
        if name := nucleus_name(block.text(label)):
            return name
    return ""


def is_signed(block: Block, nucleus: Nucleus) -> bool:
    """Whether lines may point down and mean it, by the name of the pulse sequence."""
    names = " ".join(block.text(label) for label in (".PULSESEQUENCE", "$PULPROG", "$PPLFILE", "$EXP"))
    return nucleus == "13C" and is_edited(names)


def choose_block(blocks: list[Block], source: SourceFile, request: Request) -> tuple[Block, Kind]:
    """The block of the wanted nucleus: a spectrum before a free induction decay before a list of peaks.

    Raises
    ------
    SpectrumError
        If there is none, or several and the path does not name one of them.
    """
    found = [(number, block, kind) for number, block in enumerate(blocks, 1) if (kind := kind_of(block))]
    if not found:
        raise SpectrumError(source.path, _no_spectrum(blocks))
    flat = [entry for entry in found if not is_multidimensional(entry[1])]
    if not flat:
        raise SpectrumError(source.path, "holds a 2D data set: give a one-dimensional spectrum")
    if source.experiment:
        return _named(flat, source, request)
    fitting = [entry for entry in flat if block_nucleus(entry[1]) == request.nucleus]
    fitting = fitting or [entry for entry in flat if not block_nucleus(entry[1])]
    if not fitting:
        require_nucleus(source.path, block_nucleus(flat[0][1]), request)
    for kind in _ORDER:
        best = [entry for entry in fitting if entry[2] == kind]
        if len(best) > 1:
            raise SpectrumError(
                source.path,
                f"holds {len(best)} {request.nucleus} spectra: {_listed(best)}; "
                f"name one, as {source.file}{PICK}{best[0][0]}",
            )
        if best:
            return best[0][1], kind
    raise AssertionError("every block found is of a kind")


def _named(entries: list[tuple[int, Block, Kind]], source: SourceFile, request: Request) -> tuple[Block, Kind]:
    """The block whose number or title stands behind ``::``."""
    wanted = source.experiment
    for number, block, kind in entries:
        if wanted == str(number) or wanted.casefold() == block.title.casefold():
            require_nucleus(source.path, block_nucleus(block), request)
            return block, kind
    raise SpectrumError(source.path, f"holds no experiment {wanted[:40]!r}; it holds {_listed(entries)}")


def _listed(entries: list[tuple[int, Block, Kind]]) -> str:
    names = []
    for number, block, kind in entries[:_MOST_LISTED]:
        nucleus = block_nucleus(block) or "nucleus not named"
        names.append(f"{number} ({block.title[:30] or 'untitled'}, {nucleus}, {kind})")
    more = len(entries) - _MOST_LISTED
    return ", ".join(names) + (f" and {more} more" if more > 0 else "")


def _no_spectrum(blocks: list[Block]) -> str:
    kinds = [block.text("DATATYPE").upper() for block in blocks]
    if any("PARAMETER" in kind for kind in kinds) or "parameter file" in blocks[0].title.lower():
        return "is a Bruker parameter file: give the folder of the experiment instead"
    if all(not block.tables for block in blocks):
        return "is a JCAMP-DX file without data (##XYDATA=): export the spectrum with its data"
    held = next((kind for kind in kinds if kind and "LINK" not in kind), "data of no type")
    return f"is a JCAMP-DX file of {held[:60]}, not of an NMR spectrum"
