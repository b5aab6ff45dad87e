"""Write benchmark sets of salts: measured lists of ions that no training has seen, among similar candidates.

    python benchmarks/salts.py --measured nmrshiftdb2.jsonl.gz --exclude isomers.jsonl.gz --output salts/

The ions are those whose structure and neutral parent, without stereochemistry, are not in the training of the shift
predictor (``specmol train shifts`` with the same files and exclusions), because their scaffold is held out or because
the training could not use their record. Where the record names no counter-ion, one is given to the ion; if it has
lines, they are added to the list, as measured for another salt. Three sets are written: ``salts.jsonl``, where all
candidates have the counter-ion of the right one; ``counter_ions.jsonl``, with other counter-ions of the right ion
beside it; and ``bases.jsonl``, amines of held-out scaffolds that are written as salts of an acid, uncharged, with the
lines of the acid in the list.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from functools import cache
from hashlib import blake2b
from itertools import chain
from pathlib import Path
from typing import Any

from measured_queries import (
    Line,
    is_predictable,
    lists_of,
    position_isomers,
    predicted_structures,
    records_of,
    solvent_of,
    structures_by_split,
)
from rdkit import Chem, rdBase
from rdkit.Chem.MolStandardize import rdMolStandardize
from rdkit.Chem.rdMolDescriptors import CalcMolFormula

from specmol_core.api.excluded import read_structures
from specmol_core.molecules.neighbours import fingerprints, nearest
from specmol_core.molecules.without_stereo import constitution_smiles
from specmol_core.shifts.train.measured_entries import measured_entries
from specmol_core.shifts.train.shift_records import ShiftRecord

__all__ = ["salt_queries"]

_ANIONS: dict[str, tuple[list[Line], list[Line]]] = {
    "[Cl-]": ([], []),
    "O=S(=O)([O-])C(F)(F)F": ([[120.99, 1]], []),  # nmrshiftdb2 20207488
    "Cc1ccc(S(=O)(=O)[O-])cc1": (
        [[142.5, 1], [140.0, 1], [129.7, 2], [125.8, 2], [20.9, 1]],  # nmrshiftdb2 10008880
        [[7.48, 2.0, "d", [8.0]], [7.11, 2.0, "d", [8.0]], [2.29, 3.0, "s", []]],  # by hand, see counter_ions.py
    ),
    "CS(=O)(=O)[O-]": ([[39.06, 1]], [[2.9, 3.0, "s", []]]),  # nmrshiftdb2 19876
    "O=C([O-])C(F)(F)F": ([[163.0, 1], [115.0, 1]], []),  # nmrshiftdb2 10016792
    "F[P-](F)(F)(F)(F)F": ([], []),
}
"""Anions with their measured 13C lines (shift, carbons) and 1H lines (shift, protons, multiplicity, couplings)."""
_CATIONS: dict[str, tuple[list[Line], list[Line]]] = {
    "[Na+]": ([], []),
    "CCCC[N+](CCCC)(CCCC)CCCC": (
        [[59.1, 4], [24.3, 4], [19.8, 4], [13.8, 4]],  # nmrshiftdb2 10016928
        [[3.4, 8.0, "m", []], [1.68, 8.0, "m", []], [1.45, 8.0, "m", []], [1.02, 12.0, "t", []]],  # 30095865
    ),
}
_ACIDS = {
    "O=S(=O)([O-])C(F)(F)F": "O=S(=O)(O)C(F)(F)F",
    "Cc1ccc(S(=O)(=O)[O-])cc1": "Cc1ccc(S(=O)(=O)O)cc1",
    "CS(=O)(=O)[O-]": "CS(=O)(=O)O",
    "O=C([O-])C(F)(F)F": "O=C(O)C(F)(F)F",
}
"""Acids of anions with lines."""
_AMINE = Chem.MolFromSmarts("[NX3;+0;!$(N-[C,P,S]=[O,N,S]);!$(N-a);!$(N-C=C);!$(N-[!#6])]")
_MIN_AMINE_ATOMS, _MIN_AMINE_SIGNALS, _MAX_AMINES = 12, 8, 60
_POOL_SIZE = 30
_MIN_HEAVY_ATOMS, _MIN_SIGNALS = 7, 3


def salt_queries(
    measured: Sequence[Path], excluded: frozenset[str], predicted: frozenset[str] = frozenset()
) -> tuple[list[dict[str, Any]], ...]:
    """Return the queries of the three sets in the form of a benchmark set.

    Parameters
    ----------
    measured
        JSON lines of measured shifts, see ``shift_records.experimental_records``.
    excluded
        SMILES without stereochemistry that the training left out.
    predicted
        SMILES without stereochemistry of the training's tables of predicted shifts.
    """
    records = records_of(measured)
    trained = _trained(records, excluded, predicted)
    names = sorted({_main(r.smiles) for r in records} - {""})
    table_of_names = fingerprints(names)
    sets: tuple[list[dict[str, Any]], ...] = ([], [], [])
    for entry in _unseen(measured, trained | excluded):
        ion, counter = entry["ion"], entry.pop("counter")
        row = nearest(fingerprints([ion]), table_of_names, 3 * _POOL_SIZE, same=False)[0]
        analogues = [*position_isomers(ion), *(names[i] for i in row)]
        pool = [s for s in dict.fromkeys(analogues) if s != ion and is_predictable(s)][: _POOL_SIZE - 1]
        if not _is_ion(ion):
            sets[2].append(_query(entry, ion, counter, pool))
            continue
        sets[0].append(_query(entry, ion, counter, [*pool, _parent(ion)]))
        sets[1].append(_query(entry, ion, counter, [*pool[: _POOL_SIZE // 2], _parent(ion)], other_counter_ions=True))
    return sets


def _trained(records: Sequence[ShiftRecord], excluded: frozenset[str], predicted: frozenset[str]) -> frozenset[str]:
    """Structures of the training, with the main part and the neutral parent of each."""
    measured, held_out = structures_by_split(records, excluded)
    names = measured | (predicted - held_out)
    return frozenset(chain(names, map(_main, names), (_parent(_main(name)) for name in names)))


def _unseen(measured: Sequence[Path], known: frozenset[str]) -> Iterator[dict[str, Any]]:
    """Yield the ions and amines that are not among the known structures, with their lists and counter-ions."""
    seen: set[str] = set()
    amines = 0
    for path in measured:
        for _, entry in measured_entries(path):
            ion = _main(entry["smiles"])
            if not ion or ion in seen or not known.isdisjoint({ion, _parent(ion)}):
                continue
            charged = _is_ion(ion)
            if not charged and (amines == _MAX_AMINES or not Chem.MolFromSmiles(ion).HasSubstructMatch(_AMINE)):
                continue
            c13, h1 = lists_of(entry, Chem.MolFromSmiles(ion))
            heavy = Chem.MolFromSmiles(ion).GetNumHeavyAtoms()
            least_atoms, least_signals = (
                (_MIN_HEAVY_ATOMS, _MIN_SIGNALS) if charged else (_MIN_AMINE_ATOMS, _MIN_AMINE_SIGNALS)
            )
            if len(c13) + len(h1) >= least_signals and heavy >= least_atoms and is_predictable(ion):
                seen.add(ion)
                amines += not charged
                yield {"id": entry["id"], "ion": ion, "c13": c13, "h1": h1, "solvent": solvent_of(entry)} | {
                    "counter": _counter_ion(ion) if charged else (_choice(ion, sorted(_ACIDS)), 1)
                }


def _counter_ion(ion: str) -> tuple[str, int]:
    """Counter-ion by the hash of the ion, and how many of them balance it."""
    charge = Chem.GetFormalCharge(Chem.MolFromSmiles(ion))
    return (_choice(ion, sorted(_ANIONS if charge > 0 else _CATIONS)), abs(charge)) if charge else ("", 0)


def _choice(ion: str, choices: Sequence[str]) -> str:
    return choices[int.from_bytes(blake2b(ion.encode(), digest_size=8).digest(), "big") % len(choices)]


def _query(
    entry: dict[str, Any], ion: str, counter: tuple[str, int], pool: list[str], *, other_counter_ions: bool = False
) -> dict[str, Any]:
    smiles, number = counter
    c13, h1 = (_ANIONS | _CATIONS).get(smiles, ([], []))
    if not _is_ion(ion):
        smiles = _ACIDS.get(smiles, smiles)
    truth = ".".join([ion, *[smiles] * number])
    exchanging = sum(a.GetTotalNumHs() for a in Chem.MolFromSmiles(ion).GetAtoms() if a.GetAtomicNum() in (7, 8, 16))
    total = sum(a.GetTotalNumHs() for a in Chem.MolFromSmiles(ion).GetAtoms())
    listed = sum(line[1] for line in entry["h1"])
    candidates = [
        ".".join([other, *([smiles] if smiles in _ACIDS.values() else _balanced(other, smiles))]) for other in pool
    ]
    if other_counter_ions:
        # Counter-ions without lines cannot be told apart.
        silent = {s for s, lists in (_ANIONS | _CATIONS).items() if not any(lists)}
        same_charge = _ANIONS if smiles in _ANIONS else _CATIONS
        candidates += [".".join([ion, *[s] * number]) for s in same_charge if not {s, smiles} <= silent and s != smiles]
    return {
        "id": entry["id"],
        "truth": truth,
        "formula": CalcMolFormula(Chem.MolFromSmiles(ion)),
        "solvent": entry["solvent"],
        "c13": sorted(entry["c13"] + [[p, n * number] for p, n in c13]) if entry["c13"] else [],
        "h1": sorted(entry["h1"] + [[p, n * number, m, j] for p, n, m, j in h1]) if entry["h1"] else [],
        "exchangeable": bool(exchanging and listed > total - exchanging),
        "pool": [truth, *(s for s in dict.fromkeys(candidates) if s != truth)],
    }


def _balanced(ion: str, counter: str) -> list[str]:
    """As many of the counter-ions as balance the charge of another ion; none for one of their own sign."""
    if not counter:
        return []
    charge, other = (Chem.GetFormalCharge(Chem.MolFromSmiles(s)) for s in (ion, counter))
    return [counter] * abs(charge) if charge * other < 0 else []


@cache
def _main(smiles: str) -> str:
    """The largest part with carbon, without stereochemistry; empty if there is none."""
    parts = [Chem.MolFromSmiles(part) for part in smiles.split(".")]
    organic = [m for m in parts if m is not None and any(a.GetAtomicNum() == 6 for a in m.GetAtoms())]
    return constitution_smiles(max(organic, key=Chem.Mol.GetNumHeavyAtoms)) if organic else ""


@cache
def _parent(ion: str) -> str:
    if "+" not in ion and "-]" not in ion:
        return ion
    with rdBase.BlockLogs():
        return constitution_smiles(rdMolStandardize.Uncharger().uncharge(Chem.MolFromSmiles(ion)))


def _is_ion(smiles: str) -> bool:
    return any(
        atom.GetFormalCharge() != 0
        and all(atom.GetFormalCharge() * other.GetFormalCharge() >= 0 for other in atom.GetNeighbors())
        for atom in Chem.MolFromSmiles(smiles).GetAtoms()
    )


def main() -> None:
    """Write the sets into the folder of ``--output``."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--measured", type=Path, action="append", required=True)
    parser.add_argument("--predicted", type=Path, action="append", default=[])
    parser.add_argument("--exclude", type=Path, action="append", default=[])
    parser.add_argument("--output", type=Path, required=True)
    options = parser.parse_args()
    excluded = frozenset(s for path in options.exclude for s in read_structures(path))
    options.output.mkdir(parents=True, exist_ok=True)
    sets = salt_queries(options.measured, excluded, predicted_structures(options.predicted))
    for name, queries in zip(("salts", "counter_ions", "bases"), sets, strict=True):
        text = "".join(json.dumps(query) + "\n" for query in queries)
        (options.output / f"{name}.jsonl").write_text(text, encoding="utf-8")
        print(f"{name}: {len(queries)} queries")


if __name__ == "__main__":
    main()
