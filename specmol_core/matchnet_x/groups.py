"""Group candidates that the spectra cannot distinguish, and give each group its probability."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem, rdBase
from rdkit.Chem import rdMolHash

from specmol_core.matcher.judgement import Judgement, ScoredCandidates
from specmol_core.matchnet_x.posterior import Posterior
from specmol_core.matchnet_x.predicted_lines import unpack_lines
from specmol_core.spectra.spectrum import NUCLEI

__all__ = ["group_representatives", "judge"]

_MAX_SCORE_GAP_NATS = 12.0
"""Score difference to the best candidate up to which candidates are compared (nats); others are
improbable."""
_MAX_COMPARED = 64
"""Most candidates that are compared with each other."""
_MAX_DIFFERENCE_UNCERTAINTIES = 0.5
"""Difference of lines, in uncertainties, up to which stereoisomers are indistinguishable."""
_TAUTOMER = rdMolHash.HashFunction.HetAtomTautomer


def judge(
    scores: NDArray[np.float64], candidates: ScoredCandidates, posterior: Callable[[NDArray[np.float64]], Posterior]
) -> Judgement:
    """Group candidates, and compute the probability of each group.

    Parameters
    ----------
    scores
        Scores (n,) in falling order; at least one.
    posterior
        Function that computes probabilities of groups from their best scores (groups,), in falling
        order.
    """
    contenders = int(np.searchsorted(-scores, _MAX_SCORE_GAP_NATS - scores[0], side="right"))
    representatives = group_representatives(min(contenders, _MAX_COMPARED), candidates)
    group = np.concatenate((representatives, np.arange(len(representatives), len(scores))))
    order = np.lexsort((np.arange(len(scores)), group))
    number = np.cumsum(np.diff(group[order], prepend=group[order][:1]) != 0)
    first = np.flatnonzero(np.diff(number, prepend=-1))
    result_of_groups = posterior(scores[order][first])
    return Judgement(order, number, result_of_groups.probability[number], result_of_groups.verdict)


def group_representatives(count: int, candidates: ScoredCandidates) -> NDArray[np.int64]:
    """Index (count,) of the best candidate indistinguishable from each of the first ``count``.

    It is the candidate's own index if there is none. Candidates are indistinguishable if they have
    the same predicted lines, if they are tautomers that differ in the positions of exchanging
    hydrogens on heteroatoms, or if they are stereoisomers with nearly equal predictions.
    """
    result = np.arange(count)
    without_stereo: list[str] = []
    tautomers: list[str] = []
    for index in range(count):
        mol = Chem.MolFromSmiles(candidates.smiles(index))
        with rdBase.BlockLogs():
            Chem.RemoveStereochemistry(mol)
            without_stereo.append(Chem.MolToSmiles(mol))
            tautomers.append(str(rdMolHash.MolHash(mol, _TAUTOMER)))
        for other in range(index):
            if result[other] == other and _are_indistinguishable(index, other, without_stereo, tautomers, candidates):
                result[index] = other
                break
    return result


def _are_indistinguishable(
    index: int, other: int, without_stereo: list[str], tautomers: list[str], candidates: ScoredCandidates
) -> bool:
    if tautomers[index] == tautomers[other] and without_stereo[index] != without_stereo[other]:
        return True
    first, second = candidates.payload(index), candidates.payload(other)
    if first == second:
        return True
    return without_stereo[index] == without_stereo[other] and _have_same_prediction(first, second)


def _have_same_prediction(first: bytes, second: bytes) -> bool:
    """Whether the lines of both differ by at most a part of their uncertainty."""
    for nucleus in NUCLEI:
        lines_a, lines_b = (unpack_lines([stored], nucleus) for stored in (first, second))
        if not np.array_equal(lines_a.nuclei, lines_b.nuclei):
            return False
        uncertainty_ppm = np.maximum(np.maximum(lines_a.uncertainty_ppm, lines_b.uncertainty_ppm), 1e-6)
        if (np.abs(lines_a.ppm - lines_b.ppm) > _MAX_DIFFERENCE_UNCERTAINTIES * uncertainty_ppm).any():
            return False
    return True
