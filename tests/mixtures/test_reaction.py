"""Reactions and their balance."""

from __future__ import annotations

import pytest

from specmol_core.errors import UsageError
from specmol_core.mixtures.reaction import reaction_species
from specmol_core.mixtures.species import Species


def test_molecules_get_roles_names_and_coefficients() -> None:
    species, warnings = reaction_species("CC(C)=O.CC(C)=O>>CC(=O)CC(C)(C)O", [Species("acetone", "CC(C)=O")])

    assert [(s.name, s.role, s.coefficient) for s in species] == [
        ("acetone", "reactant", 2),
        ("CC(=O)CC(C)(C)O", "product", 1),
    ]
    assert warnings == []


def test_an_agent_is_a_species_without_a_role() -> None:
    species, _ = reaction_species("CCO>CCN(CC)CC>C=C")

    assert [s.role for s in species] == ["reactant", "species", "product"]


@pytest.mark.parametrize("text", ["CCO", "CCO>>", ">>CCO", "CCO>>C>C", "C((>>CC"])
def test_what_is_no_reaction_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--reaction"):
        reaction_species(text)
