"""Held-out queries: measured lists of structures unknown to the shift predictor, with decoys."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from rdkit import Chem
from rdkit.Chem.rdMolDescriptors import CalcMolFormula

from specmol_core.molecules.decoys import decoys_of
from specmol_core.molecules.neighbours import fingerprints, nearest
from specmol_core.molecules.without_stereo import constitution_smiles
from specmol_core.shifts.train.measured_entries import measured_entries
from specmol_core.shifts.train.shift_records import (
    ShiftRecord,
    common_scaffolds,
    experimental_records,
    split_of,
)

__all__ = ["select_held_out_queries", "select_unseen_queries"]

_MIN_COVERAGE = 0.95
"""Minimum share of the atoms that a measured list must cover."""
_MAX_RESIDUAL_PPM = {"c13": 5.0, "h1": 0.5}
"""Residual against an environment table above which a list is of another compound (ppm)."""
_POOL_SIZE = 50


def select_held_out_queries(
    measured: Sequence[Path], library: Path, excluded: frozenset[str], split: str
) -> list[dict[str, Any]]:
    """Return queries in the form of a benchmark set, one per list of a held-out structure.

    The further key ``printed`` tells a list as the literature prints it, whose carbons are not
    assigned to atoms, from the checked and complete lists of a database.

    The held-out structures are those of a shift predictor trained on the same files with the same
    exclusions. The pool has up to 50 structures: isomers in the library, the most similar first
    (Morgan-2 Tanimoto), then the most similar structures of the files, whatever their formula.

    Parameters
    ----------
    measured
        JSON lines of measured shifts, see ``shift_records.experimental_records``.
    library
        Lines of SMILES, gzipped or not.
    excluded
        SMILES without stereochemistry of structures that are neither truth nor decoy.
    split
        ``validation`` or ``test``.

    Raises
    ------
    DatasetError, LibraryError
        If a file cannot be read.
    """
    dropped: Counter[str] = Counter()
    records = [r for path in measured for r in experimental_records(path, dropped) if r.smiles not in excluded]
    truths = _held_out(records, split)
    queries = [query for path in measured for query in _lists(path, truths)]
    return _with_pools(queries, records, library, excluded)


def select_unseen_queries(
    measured: Sequence[Path], library: Path, truths: frozenset[str], excluded: frozenset[str]
) -> list[dict[str, Any]]:
    """Return queries with both nuclei of structures that training and fit have excluded, one per structure.

    A list that cannot be that of its structure is left out: with more 13C lines than carbons, or more
    protons than the structure has. Pools are those of :func:`select_held_out_queries`, with these
    structures among the decoys.

    Parameters
    ----------
    measured, library
        As for :func:`select_held_out_queries`.
    truths
        SMILES without stereochemistry of structures that training and fit have excluded.
    excluded
        SMILES without stereochemistry of structures that are neither truth nor decoy.

    Raises
    ------
    DatasetError, LibraryError
        If a file cannot be read.
    """
    first: dict[str, dict[str, Any]] = {}
    for path in measured:
        for query in _lists(path, truths - excluded):
            if query["c13"] and query["h1"] and _is_possible(query):
                first.setdefault(query["truth"], query)
    dropped: Counter[str] = Counter()
    records = [r for path in measured for r in experimental_records(path, dropped) if r.smiles not in excluded]
    return _with_pools(list(first.values()), records, library, excluded)


def _is_possible(query: dict[str, Any]) -> bool:
    atoms = list(Chem.MolFromSmiles(query["truth"]).GetAtoms())
    carbons, hydrogens = sum(a.GetAtomicNum() == 6 for a in atoms), sum(a.GetTotalNumHs() for a in atoms)
    return len(query["c13"]) <= carbons and sum(line[1] for line in query["h1"]) <= hydrogens


def _with_pools(
    queries: list[dict[str, Any]], records: Sequence[ShiftRecord], library: Path, excluded: frozenset[str]
) -> list[dict[str, Any]]:
    """Add its pool to each query."""
    if not queries:
        return []
    names = sorted({r.smiles for r in records})
    isomers = decoys_of(library, sorted({q["truth"] for q in queries}), _POOL_SIZE - 1)
    table = nearest(fingerprints([q["truth"] for q in queries]), fingerprints(names), _POOL_SIZE, same=False)
    for query, row in zip(queries, table, strict=True):
        others = [s for s in isomers[query["truth"]] if s not in excluded]
        others += [s for s in map(names.__getitem__, row) if s != query["truth"] and s not in others]
        query["pool"] = sorted([query["truth"], *others[: _POOL_SIZE - 1]])
    return queries


def _held_out(records: Sequence[ShiftRecord], split: str) -> frozenset[str]:
    common = common_scaffolds(records)
    return frozenset(r.smiles for r in records if split_of(r, common) == split)


def _lists(path: Path, truths: frozenset[str]) -> Iterator[dict[str, Any]]:
    for _, entry in measured_entries(path):
        mol = Chem.MolFromSmiles(entry["smiles"])
        nonisomeric = constitution_smiles(mol) if mol is not None else ""
        if nonisomeric not in truths:
            continue
        c13, h1 = _usable_c13(entry), _usable_h1(entry)
        if c13 or h1:
            exchanging = sum(a.GetTotalNumHs() for a in mol.GetAtoms() if a.GetAtomicNum() in (7, 8, 16))
            listed_hydrogens = sum(line[1] for line in h1)
            all_hydrogens = sum(a.GetTotalNumHs() for a in mol.GetAtoms())
            yield {
                "id": str(entry.get("id", nonisomeric)),
                "truth": nonisomeric,
                "formula": CalcMolFormula(mol),
                "c13": c13,
                "h1": h1,
                "solvent": str(entry.get("solvent") or ""),
                "exchangeable": bool(exchanging and listed_hydrogens > all_hydrogens - exchanging),
                "printed": bool(c13) and not any(isinstance(line[1], list) for line in entry["c13"]),
            }


def _usable_c13(entry: dict[str, Any]) -> list[list[Any]]:
    lines = entry.get("c13") or []
    if (entry.get("qc_c13_mae") or 0.0) > _MAX_RESIDUAL_PPM["c13"]:
        return []
    if entry.get("c13_cov") is not None and entry["c13_cov"] < _MIN_COVERAGE:
        return []
    # Some records list equivalent carbons separately; a spectrum shows them as one line.
    counts: Counter[float] = Counter()
    for ppm, atoms, *_ in lines:
        counts[float(ppm)] += len(atoms) if isinstance(atoms, list) else int(atoms or 1)
    return [[ppm, count] for ppm, count in sorted(counts.items())]


def _usable_h1(entry: dict[str, Any]) -> list[list[Any]]:
    lines = entry.get("h1") or []
    if any(x[1] is None for x in lines) or (entry.get("qc_h1_mae") or 0.0) > _MAX_RESIDUAL_PPM["h1"]:
        return []
    if entry.get("h1_cov") is not None and entry["h1_cov"] < _MIN_COVERAGE:
        return []
    return [[float(x[0]), float(x[1]), str(x[2] or ""), list(x[3] or ())] for x in lines]
