"""The species of a reaction, written as reaction SMILES."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from rdkit import Chem

from specmol_core.errors import UsageError
from specmol_core.mixtures.species import Role, Species, species_of_smiles

__all__ = ["reaction_species"]


def reaction_species(text: str, known: list[Species] | None = None) -> tuple[list[Species], list[str]]:
    """Return the species of a reaction ``A.B>>C.D``, and warnings about its balance.

    A molecule that is written twice has the coefficient 2. Agents between the two arrows
    (``A>agent>C``) are species without a role.

    Parameters
    ----------
    known
        Species whose names are used where the reaction has their structure.

    Raises
    ------
    UsageError
        If the text is not a reaction, a part is not a molecule, a molecule is on both sides, or the
        products have atoms that no reactant has.

    Examples
    --------
    >>> species, warnings = reaction_species("CC(=O)O.CCO>>CCOC(C)=O")
    >>> [(s.smiles, s.role) for s in species]
    [('CC(=O)O', 'reactant'), ('CCO', 'reactant'), ('CCOC(C)=O', 'product')]
    >>> warnings
    ['the reaction loses H2 O1: a small molecule is not written']
    """
    parts = text.split(">")
    if len(parts) != 3 or not parts[0].strip() or not parts[2].strip():
        raise UsageError(f"--reaction {text!r}: give reactants and products as SMILES, as in 'A.B>>C'")
    names = {s.smiles: s.name for s in known or []}
    roles: tuple[Role, Role, Role] = ("reactant", "species", "product")
    species: dict[str, Species] = {}
    for part, role in zip(parts, roles, strict=True):
        for smiles in filter(None, part.strip().split(".")):
            one = species_of_smiles(smiles, "--reaction", role=role)
            found = species.get(one.smiles)
            if found is not None and found.role != role:
                raise UsageError(f"--reaction: {one.smiles} is on both sides; leave it out, or name it once")
            if found is not None:
                species[one.smiles] = replace(found, coefficient=found.coefficient + 1)
            else:
                species[one.smiles] = replace(one, name=names.get(one.smiles, one.name))
    return list(species.values()), _balance(list(species.values()))


def _balance(species: list[Species]) -> list[str]:
    """Return a warning if atoms are lost.

    Raises
    ------
    UsageError
        If atoms appear.
    """
    before, after = (
        sum((_atoms(s) for s in species if s.role == role), Counter[str]()) for role in ("reactant", "product")
    )
    if gained := after - before:
        raise UsageError(
            f"--reaction does not balance: the products have {_formula(gained)} more than the reactants; "
            "write every reactant, twice where two molecules react"
        )
    lost = before - after
    return [f"the reaction loses {_formula(lost)}: a small molecule is not written"] if lost else []


def _atoms(species: Species) -> Counter[str]:
    counts: Counter[str] = Counter()
    for atom in Chem.AddHs(species.mol).GetAtoms():
        counts[atom.GetSymbol()] += species.coefficient
    return counts


def _formula(counts: Counter[str]) -> str:
    return " ".join(f"{symbol}{counts[symbol]}" for symbol in sorted(counts))
