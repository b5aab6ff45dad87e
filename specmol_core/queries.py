"""The list of queries of a batch: a CSV file with the columns id, h1 and c13 or sample, and optional ones."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from specmol_core.errors import UsageError
from specmol_core.spectra.readers.sentence.inline import InlineText, SpectrumSource, spectrum_source
from specmol_core.spectra.reference.solvents import require_solvent

__all__ = ["QueryFiles", "read_queries"]

_REQUIRED_COLUMNS = ("id", "h1", "c13")
_OPTIONAL_COLUMNS = ("sample", "library", "solvent", "known")
_MAX_FILE_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True)
class QueryFiles:
    """One pair of spectra and, if it differs from that of the batch, its library."""

    id: str
    h1: SpectrumSource | None
    c13: SpectrumSource | None
    library: Path | None = None
    solvent: str | None = None
    """Solvent of both spectra, a name of the table; it overrides the files and the option. None for none."""
    sample: SpectrumSource | None = None
    """A source of the spectra that are not given: a folder, an archive or a file with one of each nucleus,
    or of one. None for none."""
    known: tuple[str, ...] = ()
    """SMILES of compounds that are known to be in the sample."""

    @classmethod
    def named_after_spectrum(
        cls, h1: Path | str | None, c13: Path | str | None, sample: Path | str | None = None
    ) -> QueryFiles:
        """Create a query named after its sample or first spectrum: its file name, or the beginning of its text.

        A ``str`` is the path of a file, or a spectrum as text; see ``spectrum_source``.
        """
        proton, carbon, both = (None if written is None else spectrum_source(written) for written in (h1, c13, sample))
        first = both or proton or carbon
        return cls("" if first is None else first.stem, proton, carbon, sample=both)


def read_queries(path: Path) -> list[QueryFiles]:
    """Read a list of queries.

    Relative paths are relative to the folder of the CSV file, and an empty cell is None. A byte-order
    mark, CRLF, blank lines, further columns and any order of the columns are accepted.

    Raises
    ------
    UsageError
        If the file is unreadable, lacks a column or has no query, or an id is empty or not unique.
    """
    rows = csv.DictReader(io.StringIO(_read_text(path), newline=""))
    try:
        names = [(name or "").strip().lower() for name in rows.fieldnames or ()]
        rows.fieldnames = names
        _check_columns(path, names)
        queries: dict[str, QueryFiles] = {}
        for row in rows:
            cells = {name: row[name] or "" for name in names}
            if any(cell.strip() for cell in cells.values()):
                query = _parse_row(cells, path, rows.line_num)
                if query.id in queries:
                    raise UsageError(f"{path}, line {rows.line_num}: the id {query.id!r} occurs twice; make it unique")
                queries[query.id] = query
    except csv.Error as error:
        raise UsageError(f"{path}, line {rows.line_num}: not valid CSV ({error}); save it as CSV again") from None
    if not queries:
        raise UsageError(f"{path}: has no query; give one line per query below the header id,h1,c13")
    return list(queries.values())


def _read_text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_FILE_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{path}: the list of queries cannot be read ({error.strerror or error})") from None
    if len(content) > _MAX_FILE_BYTES:
        raise UsageError(f"{path}: longer than {_MAX_FILE_BYTES >> 20} MiB; split the list of queries")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}, byte {error.start}: not UTF-8; save the list of queries as UTF-8 CSV") from None


def _check_columns(path: Path, names: list[str]) -> None:
    required = ("id",) if "sample" in names else _REQUIRED_COLUMNS
    missing = [name for name in required if name not in names]
    if missing:
        raise UsageError(
            f"{path}, line 1: column {', '.join(missing)} missing; give id,h1,c13 or id,sample, and optionally "
            "library,solvent,known"
        )
    repeated = next((name for name in (*_REQUIRED_COLUMNS, *_OPTIONAL_COLUMNS) if names.count(name) > 1), None)
    if repeated:
        raise UsageError(f"{path}, line 1: the column {repeated} occurs twice; remove one")


def _parse_row(cells: dict[str, str], path: Path, line: int) -> QueryFiles:
    name = cells["id"].strip()
    if not name:
        raise UsageError(f"{path}, line {line}: the id is empty; give each query one")
    if "\0" in "".join(cells.values()):
        raise UsageError(f"{path}, line {line}: holds a NUL character; save the list of queries as UTF-8 CSV")
    h1, c13, sample = (_source(cells.get(key, ""), path.parent) for key in ("h1", "c13", "sample"))
    library, solvent = (cells.get(key, "").strip() for key in ("library", "solvent"))
    return QueryFiles(
        name,
        h1,
        c13,
        path.parent / library if library else None,
        require_solvent(solvent, f"{path}, line {line}, column solvent") if solvent else None,
        sample,
        tuple(cells.get("known", "").split()),
    )


def _source(cell: str, folder: Path) -> SpectrumSource | None:
    if not cell.strip():
        return None
    source = spectrum_source(cell)
    # Joining with an absolute path gives the absolute path.
    return source if isinstance(source, InlineText) else folder / cell.strip()
