"""Species from files and SMILES, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from specmol_core.errors import LibraryError, UsageError
from specmol_core.mixtures.species import Species, check_species, read_species, species_of_smiles


def test_a_file_gives_names_and_structures(tmp_path: Path) -> None:
    path = tmp_path / "species.smi"
    path.write_text("CCO ethanol\nCC=O\n")

    assert [(s.name, s.smiles) for s in read_species(path)] == [("ethanol", "CCO"), ("CC=O", "CC=O")]


def test_a_record_that_is_no_molecule_is_an_error_because_it_cannot_be_left_out(tmp_path: Path) -> None:
    path = tmp_path / "species.smi"
    path.write_text("CCO ethanol\nC(( broken\n")

    with pytest.raises(LibraryError, match=r"record 2 \(broken\).*cannot be left out"):
        read_species(path)


def test_a_text_that_is_no_smiles_is_refused_with_its_option() -> None:
    with pytest.raises(UsageError, match="--standard 'xyz'"):
        species_of_smiles("xyz", "--standard")


@pytest.mark.parametrize(
    ("species", "message"),
    [
        ([], "no species given"),
        ([Species("a", "CCO"), Species("b", "CCO")], "a and b|b and a"),
        ([Species("tetrachloroethene", "ClC(Cl)=C(Cl)Cl")], "no proton on carbon"),
        ([Species(str(n), "C" * (n + 1)) for n in range(30)], "at most"),
    ],
)
def test_species_that_cannot_be_fitted_are_refused(species: list[Species], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        check_species(species, "1H")


def test_isomers_of_a_double_bond_are_two_species_and_get_two_names() -> None:
    citral = [Species("citral", "CC(C)=CCC/C(C)=C/C=O"), Species("citral", "CC(C)=CCC/C(C)=C\\C=O")]

    assert [s.name for s in check_species(citral, "1H")] == ["citral", "citral (2)"]


def test_nuclei_are_protons_on_carbon_or_carbons() -> None:
    ethanol = Species("ethanol", "CCO")

    assert (ethanol.nuclei("1H"), ethanol.nuclei("13C")) == (5, 2)
