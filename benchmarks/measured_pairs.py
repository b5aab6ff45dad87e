"""Write a library of isomers of measured compounds, so that each pair of spectra can be ranked.

    python benchmarks/measured_pairs.py --spectra raw_spectra --library molecules.smi.gz \
        --measured nmrshiftdb2.jsonl.gz --output isomers.smi

A structure of which the library has isomers keeps these. The others are compounds with halogens, sulfur
or phosphorus, and large ones. Their isomers are those of the measured records, and structures in which
one or two substituents stand on other atoms.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from measured_queries import moved_substituents
from rdkit import Chem
from rdkit.Chem.rdMolDescriptors import CalcMolFormula

from specmol_core.evaluation.measured.raw_pairs import manifest_entries
from specmol_core.molecules.decoys import decoys_of
from specmol_core.molecules.without_stereo import constitution_of_smiles, constitution_smiles
from specmol_core.shifts.train.measured_entries import measured_entries

__all__ = ["isomers_of_pairs"]

_MOST = 200
"""Isomers of one structure."""
_MOVES = 2


def isomers_of_pairs(truths: Sequence[str], library: Path, measured: Sequence[Path]) -> dict[str, list[str]]:
    """Return isomers of each structure: those of the library, otherwise measured and made ones."""
    isomers = decoys_of(library, truths, _MOST)
    rest = {truth for truth, found in isomers.items() if not found}
    recorded = _isomers_of_records(rest, measured)
    for truth in rest:
        made = _moved(truth)
        isomers[truth] = [name for name in dict.fromkeys((*recorded[truth], *made)) if name != truth]
    return isomers


def _moved(truth: str) -> list[str]:
    """Structures whose substituents stand on other atoms, those with one move first."""
    found, latest = dict.fromkeys([truth]), [truth]
    for _ in range(_MOVES):
        latest = [name for start in latest for name in moved_substituents(start) if name not in found]
        latest = list(dict.fromkeys(latest))[:_MOST]
        found |= dict.fromkeys(latest)
    return list(found)


def _isomers_of_records(truths: Iterable[str], paths: Sequence[Path]) -> dict[str, list[str]]:
    by_formula = defaultdict(list)
    for truth in truths:
        by_formula[CalcMolFormula(Chem.MolFromSmiles(truth))].append(truth)
    isomers: dict[str, list[str]] = {truth: [] for found in by_formula.values() for truth in found}
    for path in paths:
        for _, entry in measured_entries(path):
            mol = Chem.MolFromSmiles(entry["smiles"])
            for truth in () if mol is None else by_formula.get(CalcMolFormula(mol), ()):
                isomers[truth].append(constitution_smiles(mol))
    return isomers


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Write isomers of measured compounds.")
    parser.add_argument("--spectra", type=Path, required=True, help="Folder of the pairs, with manifest.json.")
    parser.add_argument("--library", type=Path, required=True, help="SMILES of candidates.")
    parser.add_argument("--measured", type=Path, action="append", default=[], help="Measured records (.jsonl.gz).")
    parser.add_argument("--output", type=Path, required=True, help="SMILES file to write.")
    options = parser.parse_args(arguments)
    entries = manifest_entries(options.spectra / "manifest.json")
    truths = list(dict.fromkeys(constitution_of_smiles(entry["smiles"]) for entry in entries))
    isomers = isomers_of_pairs(truths, options.library, options.measured)
    names = dict.fromkeys(name for found in isomers.values() for name in found)
    options.output.write_text("".join(f"{name}\n" for name in names), encoding="utf-8")
    for truth, found in isomers.items():
        print(f"{truth}: {len(found)} isomers")
    return 0


if __name__ == "__main__":
    sys.exit(main())
