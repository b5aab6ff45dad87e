"""Choose the block of a JCAMP-DX file to read."""

from __future__ import annotations

from typing import Literal

from specmol_core.errors import SpectrumError
from specmol_core.spectra.readers.array_rows import row_part
from specmol_core.spectra.readers.instruments.nucleus import nucleus_name
from specmol_core.spectra.readers.jcamp.records import Block
from specmol_core.spectra.readers.jcamp.table import holds_trace, is_multidimensional
from specmol_core.spectra.readers.source import EXPERIMENT_SEPARATOR, Request, SourceFile, require_nucleus
from specmol_core.spectra.spectrum import Nucleus

__all__ = [
    "BlockKind",
    "NumberedBlock",
    "best_kind",
    "block_kind",
    "block_nucleus",
    "blocks_of",
    "choose_block",
    "pulse_sequence",
]

BlockKind = Literal["spectrum", "fid", "peaks"]
NumberedBlock = tuple[int, Block, BlockKind]
"""Number of a block in its file, from 1, and what it holds."""
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


def blocks_of(blocks: list[Block], nucleus: Nucleus) -> tuple[list[NumberedBlock], list[NumberedBlock]]:
    """Return the one-dimensional blocks, and those of a nucleus; if none names a nucleus, those without."""
    candidates = [(number, block, kind) for number, block in enumerate(blocks, 1) if (kind := block_kind(block))]
    one_dimensional = [entry for entry in candidates if not is_multidimensional(entry[1])]
    fitting = [entry for entry in one_dimensional if block_nucleus(entry[1]) == nucleus]
    return one_dimensional, fitting or [entry for entry in one_dimensional if not block_nucleus(entry[1])]


def best_kind(entries: list[NumberedBlock]) -> list[NumberedBlock]:
    """Return the spectra among the blocks, else the FIDs, else the peak lists."""
    for kind in _KIND_PREFERENCE:
        if best := [entry for entry in entries if entry[2] == kind]:
            return best
    return []


def choose_block(blocks: list[Block], source: SourceFile, request: Request) -> tuple[Block, BlockKind]:
    """Choose the block of the requested nucleus: a spectrum, else a FID, else a peak list.

    Raises
    ------
    SpectrumError
        If there is none, or there are several and the path names none of them.
    """
    if not any(block_kind(block) for block in blocks):
        raise SpectrumError(source.path, _no_spectrum_reason(blocks))
    one_dimensional, fitting = blocks_of(blocks, request.nucleus)
    if not one_dimensional:
        raise SpectrumError(source.path, "holds a 2D data set: give a one-dimensional spectrum")
    requested = row_part(source.experiment)[0]
    if requested:
        return _find_named(requested, one_dimensional, source, request)
    if not fitting:
        require_nucleus(source.path, block_nucleus(one_dimensional[0][1]), request)
    best = best_kind(fitting)
    if len(best) > 1:
        raise SpectrumError(
            source.path,
            f"holds {len(best)} {request.nucleus} spectra: {_list_blocks(best)}; "
            f"name one, as {source.file}{EXPERIMENT_SEPARATOR}{best[0][0]}; specmol monitor reads all",
        )
    return best[0][1], best[0][2]


def _find_named(
    requested: str, entries: list[NumberedBlock], source: SourceFile, request: Request
) -> tuple[Block, BlockKind]:
    """The block whose number or title follows ``::``."""
    for number, block, kind in entries:
        if requested == str(number) or requested.casefold() == block.title.casefold():
            require_nucleus(source.path, block_nucleus(block), request)
            return block, kind
    raise SpectrumError(source.path, f"holds no experiment {requested[:40]!r}; it holds {_list_blocks(entries)}")


def _list_blocks(entries: list[NumberedBlock]) -> str:
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
