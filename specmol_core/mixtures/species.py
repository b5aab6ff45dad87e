"""The species of a mixture: from a file of structures, from a reaction, or from SMILES."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Literal

from rdkit import Chem

from specmol_core.errors import LibraryError, UsageError
from specmol_core.molecules.library import RejectedRecord, open_library, parse_records
from specmol_core.simulation.structures import STRUCTURE_READER, read_structure

__all__ = ["Role", "Species", "check_species", "read_species", "species_of_smiles"]

Role = Literal["species", "reactant", "product", "standard"]

MAX_SPECIES = 24
"""Largest number of species of one mixture."""
_MAX_ATOMS = 100


@dataclass(frozen=True)
class Species:
    """One compound that may be in the mixture."""

    name: str
    smiles: str
    """Canonical SMILES."""
    role: Role = "species"
    amount: float | None = None
    """Known amount of a standard, or stated amount of a reactant, in the user's unit."""
    coefficient: int = 1
    """Stoichiometric coefficient in the reaction."""

    @property
    def mol(self) -> Chem.Mol:
        """The molecule, with implicit hydrogens."""
        return Chem.MolFromSmiles(self.smiles)

    def nuclei(self, nucleus: str) -> int:
        """Return the number of protons on carbon, or of carbons."""
        carbons = [atom for atom in self.mol.GetAtoms() if atom.GetAtomicNum() == 6]
        return len(carbons) if nucleus == "13C" else sum(atom.GetTotalNumHs() for atom in carbons)


def species_of_smiles(text: str, what: str, *, name: str = "", role: Role = "species") -> Species:
    """Return the species of one SMILES.

    Parameters
    ----------
    what
        The option or place of the SMILES, for messages.

    Raises
    ------
    UsageError
        If the text is not the SMILES of one molecule.
    """
    parsed = read_structure(text.strip(), "smiles", _MAX_ATOMS)
    if isinstance(parsed, str):
        raise UsageError(f"{what} {text!r}: {parsed}; give the SMILES of one molecule")
    return Species(name or parsed.smiles, parsed.smiles, role)


def read_species(path: Path | str) -> list[Species]:
    """Read the species of a mixture from an SD file, a SMILES file or a table.

    A record without a name has its SMILES as its name.

    Raises
    ------
    LibraryError
        If the file cannot be read, or a record is not a molecule: a species that is left out would
        make all other amounts wrong.
    """
    library = open_library(path)
    species = []
    batches = parse_records(library, max_atoms=_MAX_ATOMS, workers=1, parser=STRUCTURE_READER)
    for record in chain.from_iterable(batches):
        if isinstance(record, RejectedRecord):
            where = f"record {record.index + 1}" + (f" ({record.name})" if record.name else "")
            raise LibraryError(library.label, f"{where}: {record.reason}; a species cannot be left out: correct it")
        species.append(Species(record.name or record.smiles, record.smiles))
        if len(species) > MAX_SPECIES:
            raise LibraryError(library.label, f"holds more than {MAX_SPECIES} species; give those of one mixture")
    return species


def check_species(species: Sequence[Species], nucleus: str) -> list[Species]:
    """Return the species with unique names.

    Raises
    ------
    UsageError
        If there is none or there are too many, two have one structure, or one has no nuclei to see.
    """
    if not species:
        raise UsageError("no species given; give --species FILE or --reaction 'A.B>>C'")
    if len(species) > MAX_SPECIES:
        raise UsageError(f"{len(species)} species are given; at most {MAX_SPECIES} can be fitted")
    seen: dict[str, str] = {}
    names: dict[str, int] = {}
    unique = []
    for one in species:
        if one.smiles in seen:
            raise UsageError(
                f"species {one.name} and {seen[one.smiles]} have one structure ({one.smiles}); give it once"
            )
        seen[one.smiles] = one.name
        if not one.nuclei(nucleus):
            what = "proton on carbon" if nucleus == "1H" else "carbon"
            raise UsageError(f"species {one.name} ({one.smiles}) has no {what}, so the spectrum cannot show it")
        names[one.name] = names.get(one.name, 0) + 1
        unique.append(one if names[one.name] == 1 else replace(one, name=f"{one.name} ({names[one.name]})"))
    return unique
