"""Structures that are excluded from training."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from specmol_core.errors import DatasetError
from specmol_core.molecules.without_stereo import constitution_smiles

__all__ = ["read_structures"]


def read_structures(path: Path) -> Iterator[str]:
    """Yield the SMILES without stereochemistry of the structures in a file.

    Parameters
    ----------
    path
        A benchmark set (``.jsonl``), a pair table (``.csv``; its true structures), or a text file with
        one SMILES per line.

    Raises
    ------
    DatasetError
        If the file cannot be read or holds an invalid SMILES.
    """
    from rdkit import Chem

    from specmol_core.evaluation.benchmark_set import read_benchmark
    from specmol_core.matchnet.data.pair_table import read_pair_table

    if ".jsonl" in path.suffixes:
        for query in read_benchmark(path):
            yield from query.pool
        return
    if ".csv" in path.suffixes:
        lines = list(dict.fromkeys(row.spectrum for row in read_pair_table(path) if row.spectrum))
    else:
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise DatasetError(path, f"cannot be read ({error}); give one SMILES per line") from None
    for number, line in enumerate(lines, 1):
        if line.strip():
            mol = Chem.MolFromSmiles(line.split()[0])
            if mol is None:
                raise DatasetError(path, f"line {number} is not a valid SMILES: {line[:60]}; correct or remove it")
            yield constitution_smiles(mol)
