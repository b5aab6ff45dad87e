"""Salts: the main part of a record, and the counter-ions and solvates beside it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from rdkit import Chem

from specmol_core.molecules.graph import MoleculeGraph

__all__ = ["COMMON_COUNTER_IONS", "Part", "parts_of", "whole_salt"]

_MAX_PARTS = 16
"""Most parts of a record that are all kept; of a record with more, only the main part is."""

COMMON_COUNTER_IONS = frozenset({
    "CC(=O)O", "CC(=O)[O-]", "O=CO", "O=C[O-]", "O=C(O)C(F)(F)F", "O=C([O-])C(F)(F)F",
    "CS(=O)(=O)O", "CS(=O)(=O)[O-]", "O=S(=O)(O)C(F)(F)F", "O=S(=O)([O-])C(F)(F)F",
    "Cc1ccc(S(=O)(=O)O)cc1", "Cc1ccc(S(=O)(=O)[O-])cc1", "O=S(=O)(O)c1ccccc1", "O=S(=O)([O-])c1ccccc1",
    "O=S(=O)(O)CCO", "O=S(=O)([O-])CCO", "COS(=O)(=O)[O-]", "CCOS(=O)(=O)[O-]",
    "O=S(=O)([N-]S(=O)(=O)C(F)(F)F)C(F)(F)F", "N#C[N-]C#N", "N#C[S-]", "O=C([O-])O", "O=C([O-])[O-]",
    "CC1(C)C2CCC1(CS(=O)(=O)O)C(=O)C2", "CC1(C)C2CCC1(CS(=O)(=O)[O-])C(=O)C2",
    "c1ccc([B-](c2ccccc2)(c2ccccc2)c2ccccc2)cc1",
    "FC(F)(F)c1cc([B-](c2cc(C(F)(F)F)cc(C(F)(F)F)c2)(c2cc(C(F)(F)F)cc(C(F)(F)F)c2)c2cc(C(F)(F)F)cc(C(F)(F)F)c2)"
    "cc(C(F)(F)F)c1",
    "O=C(O)C(=O)O", "O=C([O-])C(=O)O", "O=C([O-])C(=O)[O-]", "O=C(O)C=CC(=O)O", "O=C([O-])C=CC(=O)O",
    "O=C([O-])C=CC(=O)[O-]", "O=C(O)CCC(=O)O", "O=C([O-])CCC(=O)O", "O=C([O-])CCC(=O)[O-]",
    "O=C(O)C(O)C(O)C(=O)O", "O=C([O-])C(O)C(O)C(=O)O", "O=C([O-])C(O)C(O)C(=O)[O-]",
    "O=C(O)CC(O)(CC(=O)O)C(=O)O", "O=C([O-])CC(O)(CC(=O)O)C(=O)O",
    "C[N+](C)(C)C", "CC[N+](CC)(CC)CC", "CCC[N+](CCC)(CCC)CCC", "CCCC[N+](CCCC)(CCCC)CCCC", "C[N+](C)(C)CCO",
    "CC[NH+](CC)CC", "CCN(CC)CC",
})  # fmt: skip
"""SMILES without stereochemistry of counter-ions that are not the main part if there is another organic one."""


_COMMON_SIZES = frozenset((*range(3, 18), 25, 57))
"""Numbers of heavy atoms that they have."""


class Part(NamedTuple):
    """A part of a record beside its main part."""

    smiles: str
    """Canonical SMILES."""
    formula: str
    """Hill formula."""
    graph: MoleculeGraph | None
    """Graph of a part whose lines are predicted; None for all others."""


def parts_of(mol: Chem.Mol) -> tuple[Chem.Mol | None, list[str]]:
    """Return the main part of a record and the SMILES of the others.

    The main part is organic. Of several organic parts it is one that is no common counter-ion, then
    the one with the most heavy atoms, and in a tie the one whose canonical SMILES sorts first. It is
    None if no part is organic, or RDKit does not read it by itself. Of a record with more than
    ``_MAX_PARTS`` parts, the others are left out.

    Examples
    --------
    >>> main, others = parts_of(Chem.MolFromSmiles("Cc1ccc(S(=O)(=O)[O-])cc1.C[NH3+]"))
    >>> Chem.MolToSmiles(main), others
    ('C[NH3+]', ['Cc1ccc(S(=O)(=O)[O-])cc1'])
    """
    fragments = Chem.GetMolFrags(mol)
    numbers = [[mol.GetAtomWithIdx(i).GetAtomicNum() for i in atoms] for atoms in fragments]
    heavy = [sum(number > 1 for number in atoms) if 6 in atoms else 0 for atoms in numbers]
    if len(fragments) > _MAX_PARTS:
        # Writing each of many parts takes quadratic time.
        largest = max(heavy)
        fragments = tuple(part for part, n in zip(fragments, heavy, strict=True) if n == largest)[:_MAX_PARTS]
        heavy = [largest] * len(fragments)
    texts = [Chem.MolFragmentToSmiles(mol, part) for part in fragments]
    organic = [i for i, n in enumerate(heavy) if n and Chem.MolFromSmiles(texts[i]) is not None]
    if not organic:
        return None, []
    # Canonical SMILES take most of the time, so that of the main part is made only to break a tie.
    ranks = [(heavy[i] in _COMMON_SIZES and _is_common(_canonical(texts[i])), -heavy[i]) for i in organic]
    first = [i for i, rank in zip(organic, ranks, strict=True) if rank == min(ranks)]
    main = min(first, key=lambda i: _canonical(texts[i])) if first[1:] else first[0]
    others = [] if len(numbers) > _MAX_PARTS else [_canonical(text) for i, text in enumerate(texts) if i != main]
    return Chem.MolFromSmiles(texts[main]), [text for text in others if text]


@lru_cache(maxsize=1 << 12)
def _canonical(smiles: str) -> str:
    """Canonical SMILES without atom maps; empty if RDKit cannot read it."""
    mol = Chem.MolFromSmiles(smiles)
    if mol is None:
        return ""
    for atom in mol.GetAtoms():
        atom.SetAtomMapNum(0)
    return str(Chem.MolToSmiles(Chem.RemoveHs(mol)))


@lru_cache(maxsize=1 << 12)
def _is_common(smiles: str) -> bool:
    return smiles in COMMON_COUNTER_IONS or (
        any(mark in smiles for mark in "@/\\")
        and Chem.MolToSmiles(Chem.MolFromSmiles(smiles), isomericSmiles=False) in COMMON_COUNTER_IONS
    )


def whole_salt(
    smiles: str, formula: str, graph: MoleculeGraph, parts: Sequence[Part]
) -> tuple[str, str, MoleculeGraph]:
    """Return SMILES, formula and graph of a whole salt from those of its main part.

    The SMILES begins with the main part. Parts with a graph follow, then all others, each in the order
    of their SMILES. The formula has the formulas of the parts in this order, with a number before
    equal ones. The graph holds the graphs of all parts that have one.

    Examples
    --------
    >>> empty = MoleculeGraph(np.zeros((0, 1), np.uint8), np.zeros((0, 2), np.int32))
    >>> whole_salt("C[NH3+]", "CH6N+", empty, [Part("[Cl-]", "Cl-", None)])[:2]
    ('C[NH3+].[Cl-]', 'CH6N+.Cl-')
    """
    ordered = sorted(parts, key=lambda part: (part.graph is None, part.smiles))
    counts = Counter(part.formula for part in ordered)
    for part in ordered:
        graph = graph if part.graph is None else _joined(graph, part.graph)
    return (
        ".".join([smiles, *(part.smiles for part in ordered)]),
        ".".join([formula, *(f"{'' if n == 1 else n}{text}" for text, n in counts.items())]),
        graph,
    )


def _joined(first: MoleculeGraph, second: MoleculeGraph) -> MoleculeGraph:
    bonds = second.bonds.copy()
    bonds[:, :2] += len(first.codes)
    return MoleculeGraph(np.concatenate((first.codes, second.codes)), np.concatenate((first.bonds, bonds)))
