"""Choose the block of a JCAMP-DX file to read."""

from __future__ import annotations

from typing import Literal

from specmol_core.errors import SpectrumError
from specmol_core.spectra.readers.instruments.nucleus import nucleus_name
from specmol_core.spectra.readers.jcamp.records import Block
from specmol_core.spectra.readers.jcamp.table import holds_trace, is_multidimensional
from specmol_core.spectra.readers.source import EXPERIMENT_SEPARATOR, Request, SourceFile, require_nucleus

__all__ = ["BlockKind", "block_kind", "block_nucleus", "choose_block", "pulse_sequence"]

BlockKind = Literal["spectrum", "fid", "peaks"]
_KIND_PREFERENCE: tuple[BlockKind, ...] = ("spectrum", "fid", "peaks")
"""Best first: a spectrum needs no processing and holds more than its peaks."""
_MAX_LISTED = 8


def block_kind(block: Block) -> BlockKind | None:
    """Return what a block holds; None if it is not NMR data."""
    data_type = block.text("DATATYPE").upper()
    labels = {table.label for table in block.tables}
    if not labels or ("NMR" not in data_type and data_type and not block.text(".OBSERVENUCLEUS")):
        return None
    if ("FID" in data_type or "FID" in block.text("NTUPLES").upper()) and not _is_of_frequencies(block):
        return "fid"
    if labels & {"PEAKASSIGNMENTS"} and not labels & {"XYDATA", "XYPOINTS", "DATATABLE", "RADATA", "PEAKTABLE"}:
        return "peaks"
    return "spectrum" if holds_trace(block) else "peaks"


def _is_of_frequencies(block: Block) -> bool:
    """Whether a table runs over frequencies: some programs call a spectrum that they made from a FID a FID."""
    unit = (block.text("XUNITS") or block.text("UNITS").partition(",")[0]).upper().strip("()[] ")
    return unit in ("HZ", "HERTZ", "PPM")


def block_nucleus(block: Block) -> str:
    """Return the nucleus that a block names, for example 13C; empty for none."""
    for label in (".OBSERVENUCLEUS", "$NUC1", "$NUCLEUS", "NUCLEUS", "$TN", "OBSERVENUCLEUS", ".NUCLEUS"):
        if name := nucleus_name(block.text(label)):
            return name
    return ""


def pulse_sequence(block: Block) -> str:
    """Return all names that a block gives to its pulse sequence; empty for none."""
    names = (block.text(label).strip("<>() ") for label in (".PULSESEQUENCE", "$PULPROG", "$PPLFILE", "$EXP"))
    return " ".join(dict.fromkeys(name for name in names if name))


def choose_block(blocks: list[Block], source: SourceFile, request: Request) -> tuple[Block, BlockKind]:
    """Choose the block of the requested nucleus: a spectrum, else a FID, else a peak list.

    Raises
    ------
    SpectrumError
        If there is none, or there are several and the path names none of them.
    """
    candidates = [(number, block, kind) for number, block in enumerate(blocks, 1) if (kind := block_kind(block))]
    if not candidates:
        raise SpectrumError(source.path, _no_spectrum_reason(blocks))
    one_dimensional = [entry for entry in candidates if not is_multidimensional(entry[1])]
    if not one_dimensional:
        raise SpectrumError(source.path, "holds a 2D data set: give a one-dimensional spectrum")
    if source.experiment:
        return _find_named(one_dimensional, source, request)
    fitting = [entry for entry in one_dimensional if block_nucleus(entry[1]) == request.nucleus]
    fitting = fitting or [entry for entry in one_dimensional if not block_nucleus(entry[1])]
    if not fitting:
        require_nucleus(source.path, block_nucleus(one_dimensional[0][1]), request)
    for kind in _KIND_PREFERENCE:
        best = [entry for entry in fitting if entry[2] == kind]
        if len(best) > 1:
            raise SpectrumError(
                source.path,
                f"holds {len(best)} {request.nucleus} spectra: {_list_blocks(best)}; "
                f"name one, as {source.file}{EXPERIMENT_SEPARATOR}{best[0][0]}",
            )
        if best:
            return best[0][1], kind
    raise AssertionError("every block found is of a kind")


def _find_named(
    entries: list[tuple[int, Block, BlockKind]], source: SourceFile, request: Request
) -> tuple[Block, BlockKind]:
    """The block whose number or title follows ``::``."""
    requested = source.experiment
    for number, block, kind in entries:
        if requested == str(number) or requested.casefold() == block.title.casefold():
            require_nucleus(source.path, block_nucleus(block), request)
            return block, kind
    raise SpectrumError(source.path, f"holds no experiment {requested[:40]!r}; it holds {_list_blocks(entries)}")


def _list_blocks(entries: list[tuple[int, Block, BlockKind]]) -> str:
    names = []
    for number, block, kind in entries[:_MAX_LISTED]:
        nucleus = block_nucleus(block) or "nucleus not named"
        names.append(f"{number} ({block.title[:30] or 'untitled'}, {nucleus}, {kind})")
    more = len(entries) - _MAX_LISTED
    return ", ".join(names) + (f" and {more} more" if more > 0 else "")


def _no_spectrum_reason(blocks: list[Block]) -> str:
    kinds = [block.text("DATATYPE").upper() for block in blocks]
    if any("PARAMETER" in kind for kind in kinds) or "parameter file" in blocks[0].title.lower():
        return "is a Bruker parameter file: give the folder of the experiment instead"
    if all(not block.tables for block in blocks):
        return "is a JCAMP-DX file without data (##XYDATA=): export the spectrum with its data"
    data_type_held = next((kind for kind in kinds if kind and "LINK" not in kind), "data of no type")
    return f"is a JCAMP-DX file of {data_type_held[:60]}, not of an NMR spectrum"
