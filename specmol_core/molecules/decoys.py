"""Decoys: the structures of a library that have the formula of a given one and are most similar."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from rdkit import Chem, DataStructs
from rdkit.Chem import rdFingerprintGenerator
from rdkit.Chem.rdMolDescriptors import CalcMolFormula

from specmol_core.errors import LibraryError
from specmol_core.molecules.library import open_library
from specmol_core.molecules.smiles_guard import SmilesGuard
from specmol_core.molecules.without_stereo import constitution_smiles

__all__ = ["decoys_of", "smiles_lines"]


def decoys_of(library: Path, truths: Iterable[str], count: int) -> dict[str, list[str]]:
    """Find the ``count`` most similar isomers of each structure in a library, most similar first.

    The similarity is the Tanimoto similarity of Morgan fingerprints of radius 2. Decoys have no
    stereochemistry and differ from the given structure. There are fewer than ``count`` if the library
    has no more.

    Parameters
    ----------
    library
        SMILES file or table; see ``open_library``.
    truths
        SMILES without stereochemistry.
    count
        Largest number of decoys of each structure.

    Raises
    ------
    LibraryError
        If the library cannot be read.
    """
    formulas: dict[str, list[str]] = defaultdict(list)
    wanted = {truth: _formula(truth) for truth in truths}
    keys = {_element_letter_counts(truth) for truth in wanted}
    with SmilesGuard() as guard:
        for smiles in smiles_lines(library):
            if _element_letter_counts(smiles) not in keys or not guard.allows(smiles):
                continue
            mol = Chem.MolFromSmiles(smiles)
            if mol is not None and (formula := CalcMolFormula(mol)) in wanted.values():
                formulas[formula].append(constitution_smiles(mol))
    return {truth: _nearest(truth, set(formulas[formula]) - {truth}, count) for truth, formula in wanted.items()}


def _formula(smiles: str) -> str:
    return str(CalcMolFormula(Chem.MolFromSmiles(smiles)))


def _element_letter_counts(smiles: str) -> tuple[int, int, int, int]:
    """Count the letters of C, N, O and of other elements in a SMILES.

    Two SMILES of the same formula have the same counts, so all others need not be parsed.
    """
    upper = smiles.upper()
    chlorine = smiles.count("Cl")
    other = sum(upper.count(letter) for letter in "FPSIB")
    return upper.count("C") - chlorine, upper.count("N"), upper.count("O"), chlorine + other


def smiles_lines(library: Path) -> Iterator[str]:
    """Yield the SMILES of each record of a library of SMILES or a table.

    Raises
    ------
    LibraryError
        If the file cannot be read, or holds other structures than SMILES.
    """
    for record in open_library(library).records():
        if record.kind != "smiles":
            raise LibraryError(library, "holds no SMILES; give a SMILES file or a table")
        if record.text:
            yield record.text.split(" ")[0]


def _nearest(truth: str, others: set[str], count: int) -> list[str]:
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=2048)
    names = sorted(others)
    candidate_fingerprints = [generator.GetFingerprint(Chem.MolFromSmiles(name)) for name in names]
    similarities = DataStructs.BulkTanimotoSimilarity(
        generator.GetFingerprint(Chem.MolFromSmiles(truth)), candidate_fingerprints
    )
    order = sorted(range(len(names)), key=lambda i: (-similarities[i], names[i]))
    return [names[i] for i in order[:count]]
