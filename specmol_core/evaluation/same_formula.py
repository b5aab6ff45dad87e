"""The right structure's simulation against those of others of the same formula."""

from __future__ import annotations

import gzip
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem, DataStructs
from rdkit.Chem import rdFingerprintGenerator
from rdkit.Chem.rdMolDescriptors import CalcMolFormula

from specmol_core.config import RealismConfig, SimulationConfig
from specmol_core.data.splits import flat_smiles
from specmol_core.errors import LibraryError
from specmol_core.evaluation.counterpart import Predict, Prepared, default_axis, shared_part, simulated_trace
from specmol_core.evaluation.measured_lines import noise_level
from specmol_core.evaluation.realism import foreign_ranges
from specmol_core.evaluation.trace_similarity import trace_similarity, without_noise
from specmol_core.metrics import bootstrap_interval, mean_reciprocal_rank, rank_of_truth, top_k
from specmol_core.spectra.axis import PpmAxis
from specmol_core.spectra.spectrum import NUCLEI, Nucleus

__all__ = ["SHOWN", "DecoyRanks", "decoys_of", "rank_among_decoys"]

SHOWN = ("1H", "13C", "both")


@dataclass(frozen=True)
class DecoyRanks:
    """Ranks of the right structures, best 1; one that ties ranks last of its tie."""

    queries: tuple[str, ...]
    """Compounds with at least one decoy."""
    decoys: tuple[int, ...]
    """How many each was held against."""
    ranks: dict[str, tuple[int, ...]]
    """By what is shown."""
    wanted: int
    """Decoys asked for."""

    @property
    def short(self) -> int:
        """Queries with fewer decoys than were asked for."""
        return sum(count < self.wanted for count in self.decoys)

    def figures(self, shown: str) -> dict[str, float]:
        """Mean reciprocal rank with its 95 % interval (bootstrap over queries), top-1, and what chance would give."""
        ranks = np.array(self.ranks[shown])
        low, high = bootstrap_interval(lambda drawn: mean_reciprocal_rank(ranks[drawn]), len(ranks))
        chance = [float(np.mean(1 / np.arange(1, count + 2))) for count in self.decoys]
        return {
            "mrr": mean_reciprocal_rank(ranks),
            "low": low,
            "high": high,
            "top_1": top_k(ranks, 1),
            "by_chance": float(np.mean(chance)),
        }


def decoys_of(library: Path, truths: Iterable[str], count: int) -> dict[str, list[str]]:
    """For each flat SMILES the ``count`` structures of the library most like it among those of its formula.

    Likeness is the Tanimoto similarity of Morgan fingerprints of radius 2. All structures are flat and different from
    the truth; fewer come back where the library has no more.

    Parameters
    ----------
    library
        Lines of SMILES, the rest of a line is ignored; may be compressed by gzip.

    Raises
    ------
    LibraryError
        If the library cannot be read.
    """
    formulas: dict[str, list[str]] = defaultdict(list)
    wanted = {truth: _formula(truth) for truth in truths}
    keys = {_counts(truth) for truth in wanted}
    for smiles in _lines(library):
        if _counts(smiles) not in keys:
            continue
        mol = Chem.MolFromSmiles(smiles)
        if mol is not None and (formula := CalcMolFormula(mol)) in wanted.values():
            formulas[formula].append(Chem.MolToSmiles(mol, isomericSmiles=False))
    return {truth: _nearest(truth, set(formulas[formula]) - {truth}, count) for truth, formula in wanted.items()}


def _formula(smiles: str) -> str:
    return str(CalcMolFormula(Chem.MolFromSmiles(smiles)))


def _counts(smiles: str) -> tuple[int, int, int, int]:
    """Letters of C, N, O and of all else: two SMILES of one formula have the same, and parsing the others is saved."""
    upper = smiles.upper()
    chlorine = smiles.count("Cl")
    other = sum(upper.count(letter) for letter in "FPSIB")
    return upper.count("C") - chlorine, upper.count("N"), upper.count("O"), chlorine + other


def _lines(library: Path) -> Iterable[str]:
    try:
        zipped = library.open("rb").read(2) == b"\x1f\x8b"
        with gzip.open(library, "rt") if zipped else library.open() as lines:
            for line in lines:
                if words := line.split(maxsplit=1):
                    yield words[0]
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise LibraryError(library, f"cannot be read as lines of SMILES: {error}") from None


def _nearest(truth: str, others: set[str], count: int) -> list[str]:
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=2048)
    names = sorted(others)
    prints = [generator.GetFingerprint(Chem.MolFromSmiles(name)) for name in names]
    likeness = DataStructs.BulkTanimotoSimilarity(generator.GetFingerprint(Chem.MolFromSmiles(truth)), prints)
    order = sorted(range(len(names)), key=lambda i: (-likeness[i], names[i]))
    return [names[i] for i in order[:count]]


def rank_among_decoys(
    prepared: Sequence[Prepared],
    library: Path,
    predict: Predict,
    config: RealismConfig,
    advance: Callable[[int, int], None],
) -> DecoyRanks:
    """Rank the right structure of each measured pair by the likeness of the simulations to the measured traces.

    Every structure is simulated without noise, with the shifts as predicted, in the measured solvent and at the
    measured field. A pair's similarity is the mean over its two nuclei. Pairs of one constitution count once.
    """
    first: dict[str, Prepared] = {}
    for item in prepared:
        first.setdefault(item.pair.group, item)
    pools = decoys_of(library, [g for g in first if flat_smiles(g)], config.decoys)
    names, counts = [], []
    ranks: dict[str, list[int]] = {shown: [] for shown in SHOWN}
    for number, (group, item) in enumerate(first.items(), 1):
        advance(number, len(first))
        if not pools[group]:
            continue
        scores = _similarities(item, [group, *pools[group]], predict)
        names.append(item.pair.compound)
        counts.append(scores.shape[1] - 1)
        for shown, values in zip(SHOWN, (*scores, scores.mean(0)), strict=True):
            ranks[shown].append(rank_of_truth(values, 0))
    return DecoyRanks(tuple(names), tuple(counts), {s: tuple(r) for s, r in ranks.items()}, config.decoys)


def _similarities(item: Prepared, candidates: Sequence[str], predict: Predict) -> NDArray[np.float64]:
    """Similarity (2, candidates) of each candidate's simulation, 1H and 13C; 0 where it cannot be simulated."""
    mols = [Chem.MolFromSmiles(smiles) for smiles in candidates]
    scores = np.zeros((2, len(mols)))
    for row, nucleus in enumerate(NUCLEI):
        part, inside, real, use = _measured(item, nucleus)
        shifts = predict(mols, item.solvent(nucleus))
        for column, (mol, own) in enumerate(zip(mols, shifts, strict=True)):
            rng = np.random.default_rng(0)
            trace = simulated_trace(item, nucleus, rng, SimulationConfig().points, mol=mol, shifts=own, ideal=True)[1]
            scores[row, column] = trace_similarity(real, trace[inside], part, nucleus, use)
    return scores


def _measured(item: Prepared, nucleus: Nucleus) -> tuple[PpmAxis, slice, NDArray[np.float64], NDArray[np.bool_]]:
    part, inside, real = shared_part(item.pair.spectra[nucleus], default_axis(nucleus, SimulationConfig().points))
    use = np.ones(part.points, dtype=np.bool_)
    for high, low in foreign_ranges(item, nucleus):
        use &= (part.grid() > high) | (part.grid() < low)
    real = without_noise(real, noise_level(real))
    return part, inside, real, use
