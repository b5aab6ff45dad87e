"""Write benchmark sets of natural-product-like structures with measured lists that no training has seen.

    python benchmarks/natural_products.py --measured nmrshiftdb2.jsonl.gz --library molecules.smi.gz \
        --predicted broad.parquet --exclude isomers.jsonl.gz --output natural/

Natural-product-like is an uncharged structure of C, H, N and O with at least 15 heavy atoms and a score of at least
1.0 (Ertl, Roggo, Schuffenhauer, J. Chem. Inf. Model. 2008, 48, 68; RDKit's contributed npscorer). Give the files of the
trainings of the shift predictor and the ranking. Two sets are written:

``unseen.jsonl``: structures that both trainings left out, with ``--exclude`` or because a record could not be used.
Their scaffolds may be in the training.

``scaffolds.jsonl``: structures whose scaffolds the predictor's training held out. The fit of the ranking, which has few
numbers, has seen their lists.

Candidates are isomers, the most similar first (position isomers of aromatic rings, and structures of the files and the
library), then the most similar structures of the files. ``unseen.smi`` lists the structures of the first set, for the
``--exclude`` of ``specmol train calibration``.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any

from measured_queries import (
    is_predictable,
    lists_of,
    position_isomers,
    predicted_structures,
    records_of,
    solvent_of,
    structures_by_split,
)
from rdkit import Chem, DataStructs, RDConfig
from rdkit.Chem.rdFingerprintGenerator import GetMorganGenerator
from rdkit.Chem.rdMolDescriptors import CalcMolFormula

from specmol_core.api.excluded import read_structures
from specmol_core.molecules.decoys import decoys_of
from specmol_core.molecules.neighbours import fingerprints, nearest
from specmol_core.molecules.without_stereo import constitution_smiles
from specmol_core.shifts.train.measured_entries import measured_entries

__all__ = ["natural_product_queries"]

_MIN_SCORE, _MIN_HEAVY_ATOMS, _MIN_SIGNALS = 1.0, 15, 8
_POOL_SIZE, _MAX_QUERIES = 30, 150
_ELEMENTS = {6, 7, 8}


def natural_product_queries(
    measured: Sequence[Path], library: Path, excluded: frozenset[str], predicted: frozenset[str]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the queries of both sets in the form of a benchmark set.

    Parameters
    ----------
    measured
        JSON lines of measured shifts, see ``shift_records.experimental_records``.
    library
        SMILES, among which isomers are found.
    excluded
        SMILES without stereochemistry that the trainings left out.
    predicted
        SMILES without stereochemistry of the training's tables of predicted shifts.
    """
    records = records_of(measured)
    trained, held_out = structures_by_split(records, excluded)
    seen = (trained | predicted) - excluded - held_out
    entries = list(_natural_products(measured, seen))
    sets = [e for e in entries if e["truth"] not in held_out], [e for e in entries if e["truth"] in held_out]
    chosen = tuple(sorted(part, key=_hash)[:_MAX_QUERIES] for part in sets)
    _add_pools([query for part in chosen for query in part], sorted({r.smiles for r in records}), library)
    return chosen[0], chosen[1]


def _hash(query: dict[str, Any]) -> bytes:
    return blake2b(query["truth"].encode(), digest_size=8).digest()


def _natural_products(measured: Sequence[Path], seen: frozenset[str]) -> Iterator[dict[str, Any]]:
    """Yield the natural-product-like structures that are not among the seen ones, each with its longest lists."""
    score, best = _scorer(), {}
    for path in measured:
        for _, entry in measured_entries(path):
            mol = Chem.MolFromSmiles(entry["smiles"])
            if mol is None or not _is_organic(mol) or (truth := constitution_smiles(mol)) in seen:
                continue
            c13, h1 = lists_of(entry, mol)
            longest = best.get(truth)
            enough = max(_MIN_SIGNALS, 1 + len(longest["c13"] + longest["h1"]) if longest else 0)
            carbons = sum(atom.GetAtomicNum() == 6 for atom in mol.GetAtoms())
            if len(c13) + len(h1) < enough or sum(n for _, n in c13) > carbons or not is_predictable(truth):
                continue
            if longest or score(mol) >= _MIN_SCORE:
                best[truth] = _query(entry, truth, mol, c13, h1)
    yield from best.values()


def _is_organic(mol: Chem.Mol) -> bool:
    atoms = list(mol.GetAtoms())
    return (
        len(atoms) >= _MIN_HEAVY_ATOMS
        and {atom.GetAtomicNum() for atom in atoms} <= _ELEMENTS
        and len(Chem.GetMolFrags(mol)) == 1
        and Chem.GetFormalCharge(mol) == 0
    )


def _scorer() -> Callable[[Chem.Mol], float]:
    """Return the natural-product-likeness score of RDKit's contributed scripts."""
    sys.path.append(str(Path(RDConfig.RDContribDir) / "NP_Score"))
    import npscorer

    model = npscorer.readNPModel()
    return lambda mol: float(npscorer.scoreMol(mol, model))


def _query(entry: dict[str, Any], truth: str, mol: Chem.Mol, c13: list[Any], h1: list[Any]) -> dict[str, Any]:
    exchanging = sum(a.GetTotalNumHs() for a in mol.GetAtoms() if a.GetAtomicNum() in (7, 8))
    hydrogens = sum(a.GetTotalNumHs() for a in mol.GetAtoms())
    return {
        "id": str(entry.get("id", truth)),
        "truth": truth,
        "formula": CalcMolFormula(mol),
        "solvent": solvent_of(entry),
        "c13": c13,
        "h1": h1,
        "exchangeable": bool(exchanging and sum(line[1] for line in h1) > hydrogens - exchanging),
    }


def _add_pools(queries: Sequence[dict[str, Any]], names: list[str], library: Path) -> None:
    """Add the candidates to each query, the right structure among them."""
    by_formula: dict[str, list[str]] = defaultdict(list)
    for name in names:
        by_formula[CalcMolFormula(Chem.MolFromSmiles(name))].append(name)
    isomers = decoys_of(library, sorted({q["truth"] for q in queries}), _POOL_SIZE)
    similar = nearest(fingerprints([q["truth"] for q in queries]), fingerprints(names), 2 * _POOL_SIZE, same=False)
    for query, row in zip(queries, similar, strict=True):
        truth = query["truth"]
        same = {*by_formula[query["formula"]], *isomers[truth], *position_isomers(truth)} - {truth}
        others = [*_most_similar(truth, same), *(names[i] for i in row)]
        usable = [s for s in dict.fromkeys(others) if s != truth and "." not in s and is_predictable(s)]
        query["isomers"] = len(same)
        query["pool"] = sorted([truth, *usable[: _POOL_SIZE - 1]])


def _most_similar(truth: str, others: set[str]) -> list[str]:
    generator, names = GetMorganGenerator(radius=2, fpSize=2048), sorted(others)
    bits = [generator.GetFingerprint(Chem.MolFromSmiles(name)) for name in names]
    similarity = DataStructs.BulkTanimotoSimilarity(generator.GetFingerprint(Chem.MolFromSmiles(truth)), bits)
    return [names[i] for i in sorted(range(len(names)), key=lambda i: (-similarity[i], names[i]))]


def main() -> None:
    """Write the sets into the folder of ``--output``."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--measured", type=Path, action="append", required=True)
    parser.add_argument("--library", type=Path, required=True)
    parser.add_argument("--predicted", type=Path, action="append", default=[])
    parser.add_argument("--exclude", type=Path, action="append", default=[])
    parser.add_argument("--output", type=Path, required=True)
    options = parser.parse_args()
    excluded = frozenset(s for path in options.exclude for s in read_structures(path))
    options.output.mkdir(parents=True, exist_ok=True)
    sets = natural_product_queries(options.measured, options.library, excluded, predicted_structures(options.predicted))
    for name, queries in zip(("unseen", "scaffolds"), sets, strict=True):
        text = "".join(json.dumps(query) + "\n" for query in queries)
        (options.output / f"{name}.jsonl").write_text(text, encoding="utf-8")
        counts = Counter((bool(q["c13"]), bool(q["h1"])) for q in queries)
        print(f"{name}: {len(queries)} queries, {counts[True, True]} with both nuclei, {counts[True, False]} with 13C "
              f"alone, {counts[False, True]} with 1H alone")  # fmt: skip
    (options.output / "unseen.smi").write_text("".join(q["truth"] + "\n" for q in sets[0]), encoding="utf-8")


if __name__ == "__main__":
    main()
