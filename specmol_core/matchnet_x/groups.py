"""Which candidates the spectra cannot tell apart, and how probable each group of them is."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem, rdBase
from rdkit.Chem import rdMolHash

from specmol_core.matcher.judgement import Candidates, Judgement
from specmol_core.matchnet_x.posterior import Posterior
from specmol_core.matchnet_x.predicted_lines import unpack_lines
from specmol_core.spectra.spectrum import NUCLEI

__all__ = ["judge", "same_groups"]

_NEAR = 12.0
"""Scores this far below the best are not held against each other (nats): together they weigh nothing."""
_MOST = 64
"""Candidates that are held against each other at most."""
_ALIKE = 0.5
"""Stereoisomers whose lines differ by less than this are not predicted apart (spreads)."""
_TAUTOMER = rdMolHash.HashFunction.HetAtomTautomer


def judge(
    scores: NDArray[np.float64], candidates: Candidates, posterior: Callable[[NDArray[np.float64]], Posterior]
) -> Judgement:
    """Groups and their probabilities.

    Parameters
    ----------
    scores
        (n,) falling; at least one.
    posterior
        Probabilities of groups from their best scores (groups,), falling.
    """
    near = int(np.searchsorted(-scores, _NEAR - scores[0], side="right"))
    joined = same_groups(min(near, _MOST), candidates)
    group = np.concatenate((joined, np.arange(len(joined), len(scores))))
    order = np.lexsort((np.arange(len(scores)), group))
    number = np.cumsum(np.diff(group[order], prepend=group[order][:1]) != 0)
    first = np.flatnonzero(np.diff(number, prepend=-1))
    found = posterior(scores[order][first])
    return Judgement(order, number, found.probability[number], found.verdict)


def same_groups(count: int, candidates: Candidates) -> NDArray[np.int64]:
    """Place (count,) of the best candidate that each of the first ``count`` cannot be told from; its own if none.

    Alike are candidates with the same stored lines, tautomers that differ in the place of hydrogens on heteroatoms,
    which exchange, and stereoisomers that are not predicted apart.
    """
    result = np.arange(count)
    flat: list[str] = []
    tautomers: list[str] = []
    for place in range(count):
        mol = Chem.MolFromSmiles(candidates.smiles(place))
        with rdBase.BlockLogs():
            Chem.RemoveStereochemistry(mol)
            flat.append(Chem.MolToSmiles(mol))
            tautomers.append(str(rdMolHash.MolHash(mol, _TAUTOMER)))
        for other in range(place):
            if result[other] == other and _alike(place, other, flat, tautomers, candidates):
                result[place] = other
                break
    return result


def _alike(place: int, other: int, flat: list[str], tautomers: list[str], candidates: Candidates) -> bool:
    if tautomers[place] == tautomers[other] and flat[place] != flat[other]:
        return True
    first, second = candidates.stored(place), candidates.stored(other)
    if first == second:
        return True
    return flat[place] == flat[other] and _predicted_alike(first, second)


def _predicted_alike(first: bytes, second: bytes) -> bool:
    """Whether each line of one stands within a part of its spread of the other's."""
    for nucleus in NUCLEI:
        one, two = (unpack_lines([stored], nucleus) for stored in (first, second))
        if not np.array_equal(one.nuclei, two.nuclei):
            return False
        spread = np.maximum(np.maximum(one.spread, two.spread), 1e-6)
        if (np.abs(one.ppm - two.ppm) > _ALIKE * spread).any():
            return False
    return True
