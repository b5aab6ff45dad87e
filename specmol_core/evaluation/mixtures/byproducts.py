"""How often a by-product of a simulated reaction is named among candidates, with reactants and product known."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem, rdBase

from specmol_core.errors import DatasetError, SpectrumError
from specmol_core.evaluation.mixtures.simulated import simulated_mixture
from specmol_core.matcher.protocol import Matcher
from specmol_core.metrics import mean_interval, rank_of_truth
from specmol_core.molecules.neighbours import fingerprints, nearest
from specmol_core.molecules.without_stereo import constitution_of_smiles
from specmol_core.retrieval.known import query_without_known
from specmol_core.runtime.child_processes import resolve
from specmol_core.shifts.predictor import ShiftBackend
from specmol_core.spectra.analysis.analysis import AnalysedPair, analyse_pair
from specmol_core.spectra.spectrum import Nucleus, Spectrum, SpectrumPair

__all__ = [
    "EmbeddedCandidates",
    "NamedByProduct",
    "SimulatedReaction",
    "byproduct_figures",
    "embed_candidates",
    "measure_byproducts",
    "named",
    "read_reactions",
    "simulated_reactions",
]

_MAX_ATOMS = 100
_MIN_ATOMS, _MIN_HYDROGENS = 3, 2
"""Smallest molecule of a reaction that counts as one of its species, and as a candidate."""
_SHARE = 0.05
"""Mole fraction of the by-product."""
_NEAR = 300
"""Candidates of a library that are most similar to the by-product; the others are drawn."""
_SHOWN = {"both": ("1H", "13C"), "1H": ("1H",), "13C": ("13C",)}
_ALONE = ", pure"
"""Ending of the name of rows in which the spectra are those of the by-product alone."""


@dataclass(frozen=True)
class SimulatedReaction:
    """A reaction with a by-product, and candidates for it."""

    known: tuple[str, ...]
    """SMILES of reactants and products without stereochemistry."""
    products: tuple[str, ...]
    """Those of them that are products."""
    byproduct: str
    """The most similar molecule of another reaction to a product."""
    candidates: tuple[str, ...]
    """Molecules of other reactions, the by-product among them."""


@dataclass(frozen=True)
class NamedByProduct:
    """Rank of a by-product among the candidates."""

    byproduct: str
    shown: str
    """Nuclei that were given; those of the pure by-product have the ending ", pure"."""
    rank: int
    """1 for the best; candidates of the same score are counted before it."""
    conversion: float
    first: str = ""
    """The best candidate; empty if no signal is left."""


def simulated_reactions(path: Path, count: int, candidates: int, seed: int) -> Iterator[SimulatedReaction]:
    """Yield reactions of a table with the columns ``reactants`` and ``products``.

    Raises
    ------
    DatasetError
        If the table cannot be read, or holds no reaction.
    """
    reactions = read_reactions(path)
    molecules = sorted({smiles for parts in reactions for part in parts for smiles in part})
    bits = fingerprints(molecules)
    place = {smiles: k for k, smiles in enumerate(molecules)}
    rng = np.random.default_rng(seed)
    for k in rng.permutation(len(reactions))[:count].tolist():
        reactants, products = reactions[k]
        known = tuple(dict.fromkeys((*reactants, *products)))
        row = nearest(bits[[place[products[0]]]], bits, len(known) + 1, same=False)[0]
        byproduct = next(molecules[m] for m in row.tolist() if molecules[m] not in known)
        near = nearest(bits[[place[byproduct]]], bits, _NEAR + len(known), same=False)[0].tolist()
        drawn = rng.permutation(len(molecules)).tolist()
        names = dict.fromkeys((byproduct, *(molecules[m] for m in (*near, *drawn))))
        chosen = [name for name in names if name not in known][:candidates]
        yield SimulatedReaction(known, products, byproduct, tuple(chosen))


def read_reactions(path: Path) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Return the reactants and products of each reaction that can be simulated, without stereochemistry.

    Raises
    ------
    DatasetError
        If the table cannot be read, or holds no reaction.
    """
    try:
        with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
            rows = [(row["reactants"], row["products"]) for row in csv.DictReader(file)]
    except (OSError, KeyError, UnicodeDecodeError, csv.Error) as error:
        raise DatasetError(path, f"is no table with reactants and products ({error!r})") from None
    found = []
    with rdBase.BlockLogs():  # RDKit warns of each proton that is written as an atom
        for row in rows:
            parts = tuple(tuple(filter(None, map(_usable, side.split(".")))) for side in row)
            if all(parts):
                found.append((parts[0], parts[1]))
    if not found:
        raise DatasetError(path, "holds no reaction of molecules with carbon and hydrogen")
    return found


def _usable(smiles: str) -> str | None:
    """Return a molecule without stereochemistry; None for ions and for molecules with few atoms or protons."""
    name = constitution_of_smiles(smiles)
    mol = Chem.MolFromSmiles(name) if name else None
    if mol is None or Chem.GetFormalCharge(mol) or mol.GetNumAtoms() < _MIN_ATOMS:
        return None
    protons = sum(atom.GetTotalNumHs() for atom in mol.GetAtoms() if atom.GetAtomicNum() == 6)
    return name if protons >= _MIN_HYDROGENS else None


def measure_byproducts(
    reactions: Iterator[SimulatedReaction], matcher: Matcher, predictor: ShiftBackend, seed: int
) -> Iterator[NamedByProduct]:
    """Yield the rank of each by-product by both nuclei, and by each alone, at a drawn conversion of 0.3 to 0.95.

    Spectra of the pure by-product, with other draws of its shifts, show what is possible at most.
    """
    rng, rng_alone = np.random.default_rng(seed), np.random.default_rng([seed, 1])
    for reaction in reactions:
        conversion = float(rng.uniform(0.3, 0.95))
        names = (*reaction.known, reaction.byproduct)
        mols = [Chem.MolFromSmiles(name) for name in names]
        try:
            shifts = predictor.predict(mols)
        except ValueError:
            continue
        amounts = [conversion if name in reaction.products else 1.0 - conversion for name in reaction.known]
        fractions = [(1.0 - _SHARE) * amount / sum(amounts) for amount in amounts] + [_SHARE]
        compounds = list(zip(mols, shifts, strict=True))
        mixture = analyse_pair(_pair(simulated_mixture(compounds, fractions, rng)))
        alone = analyse_pair(_pair(simulated_mixture(compounds[-1:], [1.0], rng_alone)))
        queries = {"": _rest(mixture, reaction.known, matcher), _ALONE: matcher.query(alone)}
        shown = {one.spectrum.nucleus for one in mixture.analyses}
        embedded = embed_candidates(reaction.candidates, matcher)
        for suffix, query in queries.items():
            for name, nuclei in _SHOWN.items():
                if shown.issuperset(nuclei):
                    rank, first = named(query, nuclei, reaction.candidates, embedded, matcher)
                    yield NamedByProduct(reaction.byproduct, name + suffix, rank, conversion, first)


def _pair(spectra: Mapping[Nucleus, Spectrum]) -> SpectrumPair:
    return SpectrumPair(spectra.get("1H"), spectra.get("13C"))


def _rest(mixture: AnalysedPair, known: Sequence[str], matcher: Matcher) -> Any:
    """Return the query without the signals of known compounds; None if nothing is left."""
    try:
        return query_without_known(matcher, mixture, known)[0]
    except SpectrumError:
        return None


def named(
    query: Any, nuclei: Sequence[str], candidates: Sequence[str], embedded: EmbeddedCandidates | None, matcher: Matcher
) -> tuple[int, str]:
    """Return the rank of the first candidate by some spectra of a query, and the candidate that is best."""
    # What is left of each spectrum does not depend on the other one, and it takes a fit.
    observed = () if query is None else tuple(one for one in query.observed if one.nucleus in nuclei)
    if not observed or embedded is None:
        return len(candidates), ""
    scores = matcher.scores(replace(query, observed=observed), embedded.payloads, embedded.joint)
    return rank_of_truth(scores, 0), embedded.smiles[int(scores.argmax())]


class EmbeddedCandidates(NamedTuple):
    """Candidates that the model can express."""

    smiles: list[str]
    payloads: list[bytes]
    joint: NDArray[np.float16]


def embed_candidates(candidates: Sequence[str], matcher: Matcher) -> EmbeddedCandidates | None:
    """Return the candidates that the model can express; None if the first one, the by-product, is not among them."""
    parse = resolve(matcher.parser)
    parsed = [parse(name, "smiles", _MAX_ATOMS) for name in candidates]
    if isinstance(parsed[0], str):
        return None
    usable = {name: record for name, record in zip(candidates, parsed, strict=True) if not isinstance(record, str)}
    return EmbeddedCandidates(list(usable), *matcher.embed([record.graph for record in usable.values()]))


def _order(shown: str) -> tuple[bool, int]:
    """Return the place of a row: mixtures first, both nuclei first."""
    return shown.endswith(_ALONE), [*_SHOWN, shown].index(shown)


def byproduct_figures(rows: Sequence[NamedByProduct], seed: int = 0) -> dict[str, dict[str, float]]:
    """Return how often the by-product is first, and among the first five, by the nuclei given."""
    figures = {}
    for shown in sorted({row.shown for row in rows}, key=_order):
        ranks = np.array([row.rank for row in rows if row.shown == shown])
        first = ranks == 1
        low, high = mean_interval(first, seed=seed)
        figures[shown] = {
            "reactions": float(len(ranks)),
            "first": float(first.mean()),
            "first_low": low,
            "first_high": high,
            "first_five": float((ranks <= 5).mean()),
        }
    return figures
