"""Tables of predicted shifts: one Parquet row per atom, read as one record per molecule."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from rdkit import Chem

from specmol_core.errors import DatasetError
from specmol_core.molecules.smiles_guard import SmilesGuard
from specmol_core.shifts.atoms import AtomShifts
from specmol_core.storage.plain_text import plain_text

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["read_shift_table", "read_solvent_shifts"]

_COLUMNS = ("smiles", "nucleus", "atom_index", "shift_ppm")
_SOLVENT_COLUMN = "solvent"
"""Optional column."""
_TEXT_COLUMNS = ("smiles", "nucleus", _SOLVENT_COLUMN)
_MAX_ROWS = 50_000_000
_MAX_BYTES = 8_000_000_000
"""Largest size of the unpacked columns (bytes)."""
_MAX_PPM = 10_000.0


def read_shift_table(path: Path) -> Iterator[tuple[str, Chem.Mol | None, AtomShifts]]:
    """Yield SMILES, molecule and shifts (ppm) of a table, in the order of the first rows.

    The table has the columns ``smiles``, ``nucleus`` (13C or 1H), ``atom_index`` and ``shift_ppm``.
    ``atom_index`` is the index in ``Chem.AddHs(Chem.MolFromSmiles(smiles))``. The molecule has
    implicit hydrogens, and is None if RDKit cannot read the SMILES or takes too long for it. The
    shifts are keyed by heavy atom; those of its hydrogens are a list.

    A molecule with shifts in several solvents is yielded once, with those of its first row's solvent.

    Raises
    ------
    DatasetError
        If the table, pyarrow or a column is missing, or an index is not an atom of its nucleus.
    """
    seen: set[str] = set()
    for smiles, _, mol, shifts in read_solvent_shifts(path):
        if smiles not in seen:
            seen.add(smiles)
            yield smiles, mol, shifts


def read_solvent_shifts(path: Path) -> Iterator[tuple[str, str, Chem.Mol | None, AtomShifts]]:
    """Yield SMILES, solvent, molecule and shifts (ppm), as ``read_shift_table`` does.

    The solvent is the text of the column ``solvent``, and empty if the table has no such column. A
    molecule is yielded once for each of its solvents.

    Raises
    ------
    DatasetError
        As ``read_shift_table``.
    """
    table = _columns(path)
    # The 13C and 1H rows of a molecule may be apart, so the rows are grouped first.
    key = table.molecule * (len(table.solvents) + 1) + table.solvent
    order = np.argsort(key, kind="stable")
    starts = np.flatnonzero(np.diff(key[order], prepend=-1))
    groups = np.split(order, starts[1:])
    with SmilesGuard() as guard:
        for rows in sorted(groups, key=lambda r: int(r[0])) if len(order) else ():
            smiles, solvent = table.smiles[int(table.molecule[rows[0]])], table.solvents[int(table.solvent[rows[0]])]
            mol = Chem.MolFromSmiles(smiles) if guard.allows(smiles) else None
            if mol is None:
                yield smiles, solvent, None, AtomShifts({}, {})
                continue
            try:
                shifts = _assign(mol, table.carbon[rows], table.atom[rows], table.shift[rows])
                yield smiles, solvent, *_without_hydrogens(mol, shifts)
            except ValueError as error:
                where = f"row {int(rows[0])}, {plain_text(smiles[:160])}"
                raise DatasetError(path, f"{where}: {error}; the table is damaged") from None


class _Columns(NamedTuple):
    """Rows of a table."""

    smiles: list[str]
    """Distinct SMILES."""
    molecule: NDArray[np.int64]
    """(rows,) index into ``smiles``."""
    solvents: list[str]
    """Distinct solvents; one empty text for a table without the column."""
    solvent: NDArray[np.int64]
    """(rows,) index into ``solvents``."""
    carbon: NDArray[np.bool_]
    """(rows,) whether the shift is one of 13C."""
    atom: NDArray[np.int64]
    shift: NDArray[np.float64]
    """(rows,) ppm."""


def _columns(path: Path) -> _Columns:
    try:
        import pyarrow as pa
        import pyarrow.compute as pc
        import pyarrow.parquet as pq
    except ImportError:
        raise DatasetError(path, "reading Parquet needs pyarrow: pip install 'specmol[data]'") from None
    if not path.is_file():
        raise DatasetError(path, "no such file; give a Parquet table of predicted shifts")
    try:
        with pq.ParquetFile(path, memory_map=True) as file:
            names = file.schema_arrow.names
            missing = [name for name in _COLUMNS if name not in names]
            if missing:
                reason = f"the column {missing[0]} is missing; the table needs {', '.join(_COLUMNS)}"
                raise DatasetError(path, reason)
            _check_size(path, file.metadata)
            wanted = [*_COLUMNS, _SOLVENT_COLUMN] if _SOLVENT_COLUMN in names else list(_COLUMNS)
            table = file.read(columns=wanted)
        texts = {
            name: pc.dictionary_encode(table[name].cast(pa.string()).combine_chunks())
            for name in wanted
            if name in _TEXT_COLUMNS
        }
        text = {
            name: column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
            for name, column in texts.items()
        }
        # Arrow does not check that texts are UTF-8; Python does.
        distinct = {name: column.dictionary.to_pylist() for name, column in text.items()}
        atom = table["atom_index"].cast(pa.int64())
        ppm = table["shift_ppm"].cast(pa.float64())
    except (pa.ArrowException, OSError, ValueError, KeyError, MemoryError) as error:
        reason = str(error).splitlines()[0][:160] if str(error) else type(error).__name__
        raise DatasetError(path, f"is not a Parquet table with the columns {', '.join(_COLUMNS)} ({reason})") from None
    kinds = distinct["nucleus"]
    if not set(kinds) <= {"13C", "1H"}:
        raise DatasetError(path, f"the column nucleus holds {sorted(map(str, kinds))[:5]}; give 13C and 1H only")
    shifts = ppm.to_numpy()
    if any(table[name].null_count for name in wanted) or not (np.abs(shifts) <= _MAX_PPM).all():
        raise DatasetError(path, "a row lacks its SMILES, nucleus, solvent, atom or shift; the table is damaged")

    def codes(name: str) -> NDArray[np.int64]:
        found: NDArray[np.int64] = text[name].indices.to_numpy().astype(np.int64)
        return found

    carbon = np.array([kind == "13C" for kind in kinds], dtype=bool)[codes("nucleus")]
    solvents, solvent = [""], np.zeros(len(carbon), np.int64)
    if _SOLVENT_COLUMN in wanted:
        solvents, solvent = distinct[_SOLVENT_COLUMN], codes(_SOLVENT_COLUMN)
    return _Columns(distinct["smiles"], codes("smiles"), solvents, solvent, carbon, atom.to_numpy(), shifts)


def _check_size(path: Path, metadata: Any) -> None:
    rows = metadata.num_rows
    size = sum(metadata.row_group(i).total_byte_size for i in range(metadata.num_row_groups))
    if rows > _MAX_ROWS or size > _MAX_BYTES:
        reason = f"has {rows:,} rows and {size:,} bytes; at most {_MAX_ROWS:,} and {_MAX_BYTES:,} are read"
        raise DatasetError(path, f"{reason}: split the table")


def _assign(
    mol: Chem.Mol, carbon: NDArray[np.bool_], atoms: NDArray[np.int64], shifts: NDArray[np.float64]
) -> AtomShifts:
    """Return the shifts by heavy atom.

    Raises
    ------
    ValueError
        If an index is outside the molecule, or is an atom of another element.
    """
    heavy = mol.GetNumAtoms()
    parents = _hydrogen_parents(mol)
    c13: dict[int, float] = {}
    h1: dict[int, list[float]] = {}
    for is_carbon, atom, shift in zip(carbon.tolist(), atoms.tolist(), shifts.tolist(), strict=True):
        if is_carbon:
            if not 0 <= atom < heavy or mol.GetAtomWithIdx(atom).GetAtomicNum() != 6:
                raise ValueError(f"atom {atom} has a 13C shift and is not carbon")
            c13[atom] = shift
        else:
            parent = _parent_of(mol, atom) if 0 <= atom < heavy else None
            if heavy <= atom < heavy + len(parents):
                parent = parents[atom - heavy]
            if parent is None:
                raise ValueError(f"atom {atom} has a 1H shift and is not hydrogen")
            h1.setdefault(parent, []).append(shift)
    return AtomShifts(c13, h1)


def _hydrogen_parents(mol: Chem.Mol) -> list[int]:
    """Return the heavy atom of each hydrogen that Chem.AddHs appends, in its order."""
    return [atom.GetIdx() for atom in mol.GetAtoms() for _ in range(atom.GetTotalNumHs())]


def _parent_of(mol: Chem.Mol, atom: int) -> int | None:
    """Return the neighbour of a hydrogen that is an atom in the SMILES; None for other atoms."""
    hydrogen = mol.GetAtomWithIdx(atom)
    is_terminal_hydrogen = hydrogen.GetAtomicNum() == 1 and hydrogen.GetDegree() == 1
    return hydrogen.GetNeighbors()[0].GetIdx() if is_terminal_hydrogen else None


def _without_hydrogens(mol: Chem.Mol, shifts: AtomShifts) -> tuple[Chem.Mol, AtomShifts]:
    """Make hydrogens implicit that a SMILES writes to define a double bond."""
    heavy = [atom.GetIdx() for atom in mol.GetAtoms() if atom.GetAtomicNum() != 1]
    if len(heavy) == mol.GetNumAtoms():
        return mol, shifts
    options: Any = Chem.RemoveHsParameters()
    options.removeDefiningBondStereo = True
    bare = Chem.RemoveHs(mol, options)
    if bare.GetNumAtoms() != len(heavy):
        return mol, shifts
    new = {old: index for index, old in enumerate(heavy)}
    return bare, AtomShifts({new[a]: v for a, v in shifts.c13.items()}, {new[a]: v for a, v in shifts.h1.items()})
