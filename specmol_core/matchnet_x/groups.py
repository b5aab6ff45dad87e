"""Group candidates that the spectra cannot distinguish, and give each group its probability."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem, rdBase
from rdkit.Chem import rdMolHash

from specmol_core.matcher.judgement import Judgement, ScoredCandidates
from specmol_core.matchnet_x.posterior import Posterior
from specmol_core.matchnet_x.predicted_lines import unpack_lines
from specmol_core.spectra.spectrum import NUCLEI

__all__ = ["compound_name", "group_representatives", "judge"]

_MAX_SCORE_GAP_NATS = 12.0
"""Score difference to the best candidate up to which candidates are compared (nats); others are
improbable."""
_MAX_COMPARED = 64
"""Most candidates that are compared with each other."""
_DISTINGUISHED_SHARE = 0.9
"""Share of the probability of its constitution from which a configuration is distinguished."""
_MAX_DIFFERENCE_UNCERTAINTIES = 0.5
"""Difference of lines, in uncertainties, up to which stereoisomers are indistinguishable."""
_PROTOMER = rdMolHash.HashFunction.HetAtomProtomer
"""Hash that is the same for tautomers and for protonation states on heteroatoms."""


def judge(
    scores: NDArray[np.float64],
    candidates: ScoredCandidates,
    posterior: Callable[[NDArray[np.float64], NDArray[np.int64]], Posterior],
) -> Judgement:
    """Group candidates, and compute the probability of each group.

    The verdict names the constitution. If several candidates have the constitution of the best one,
    it also says whether the spectra distinguish their configurations: whether one of them has nine
    tenths of the probability of the constitution and is alone in its group.

    Parameters
    ----------
    scores
        Scores (n,) in falling order; at least one.
    posterior
        Function that computes probabilities of groups from their best scores (groups,), in falling
        order, and the number (groups,) of each group's constitution.
    """
    contenders = int(np.searchsorted(-scores, _MAX_SCORE_GAP_NATS - scores[0], side="right"))
    compared = [_Constitution.of(candidates.smiles(index)) for index in range(min(contenders, _MAX_COMPARED))]
    representatives = _representatives(compared, candidates)
    rest = np.arange(len(representatives), len(scores))
    group = np.concatenate((representatives, rest))
    order = np.lexsort((np.arange(len(scores)), group))
    number = np.cumsum(np.diff(group[order], prepend=group[order][:1]) != 0)
    first = np.flatnonzero(np.diff(number, prepend=-1))
    # Tautomers, protonation states and salts count as one constitution.
    hashes = [constitution.protomer for constitution in compared]
    constitution = np.concatenate(([hashes.index(text) for text in hashes], rest))[order]
    posterior_of_groups = posterior(scores[order][first], constitution[first])
    verdict = posterior_of_groups.verdict
    same = np.flatnonzero(constitution == constitution[0])
    best = compared[order[0]]
    stereoisomers = {compared[i].smiles for i in order[same] if compared[i].without_stereo == best.without_stereo}
    if len(stereoisomers) > 1:
        share = posterior_of_groups.probability[np.unique(number[same])]
        is_alone = np.count_nonzero(number == 0) == 1 and share[0] >= _DISTINGUISHED_SHARE * share.sum()
        verdict = replace(verdict, configuration="distinguished" if is_alone else "not distinguished")
    return Judgement(order, number, posterior_of_groups.probability[number], verdict)


@dataclass(frozen=True)
class _Constitution:
    """A candidate with and without its configuration."""

    smiles: str
    without_stereo: str
    protomer: str
    """Hash of the main part that tautomers and protonation states share."""
    counter_ions: tuple[str, ...]
    """The same of the organic parts beside it, in the smallest whole numbers, sorted."""

    @classmethod
    def of(cls, smiles: str) -> _Constitution:
        with rdBase.BlockLogs():
            main, *others = (Chem.MolFromSmiles(text) for text in smiles.split("."))
            organic = [mol for mol in others if any(atom.GetAtomicNum() == 6 for atom in mol.GetAtoms())]
            for mol in (main, *others):
                Chem.RemoveStereochemistry(mol)
            without_stereo = ".".join([Chem.MolToSmiles(main), *sorted(map(Chem.MolToSmiles, others))])
            # The hash function changes the molecule's hydrogens, so it comes last.
            of_main, *of_others = (str(rdMolHash.MolHash(mol, _PROTOMER)) for mol in (main, *organic))
            return cls(smiles, without_stereo, of_main, _counter_ions(of_main, of_others))

    @property
    def protomers(self) -> tuple[str, tuple[str, ...]]:
        """Hashes of all organic parts."""
        return self.protomer, self.counter_ions


def _counter_ions(of_main: str, of_others: Sequence[str]) -> tuple[str, ...]:
    """Return the hashes of the parts beside one main part, sorted; two acetates of a metal are one acetate."""
    copies = Counter((of_main, *of_others))
    divisor = math.gcd(*copies.values())
    reduced = Counter({text: count // divisor for text, count in copies.items()})
    reduced[of_main] -= 1
    return tuple(sorted(reduced.elements()))


def compound_name(smiles: str) -> str:
    """Return a name that the tautomers and protonation states of a candidate share."""
    main, counter_ions = _Constitution.of(smiles).protomers
    return ".".join((main, *counter_ions))


def group_representatives(count: int, candidates: ScoredCandidates) -> NDArray[np.int64]:
    """Index (count,) of the best candidate indistinguishable from each of the first ``count``.

    It is the candidate's own index if there is none. Candidates are indistinguishable if they have
    the same predicted lines, if they are tautomers or protonation states that differ in hydrogens on
    heteroatoms or in inorganic counter-ions, or if they are stereoisomers with nearly equal
    predictions.
    """
    return _representatives([_Constitution.of(candidates.smiles(index)) for index in range(count)], candidates)


def _representatives(compared: Sequence[_Constitution], candidates: ScoredCandidates) -> NDArray[np.int64]:
    result = np.arange(len(compared))
    for index in range(len(compared)):
        for other in range(index):
            if result[other] == other and _are_indistinguishable(index, other, compared, candidates):
                result[index] = other
                break
    return result


def _are_indistinguishable(
    index: int, other: int, compared: Sequence[_Constitution], candidates: ScoredCandidates
) -> bool:
    have_same_constitution = compared[index].without_stereo == compared[other].without_stereo
    if compared[index].protomers == compared[other].protomers and not have_same_constitution:
        return True
    first, second = candidates.payload(index), candidates.payload(other)
    return first == second or (have_same_constitution and _have_same_prediction(first, second))


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
