from __future__ import annotations

import pytest
from rdkit import Chem

from specmol_core.molecules import salts
from specmol_core.molecules.constraints import Constraints
from specmol_core.molecules.records import Molecule
from specmol_core.molecules.salts import COMMON_COUNTER_IONS, parts_of
from specmol_core.shifts.records import parse_shifts


def parsed(smiles: str) -> Molecule:
    found = parse_shifts(smiles, "smiles", 60)
    assert not isinstance(found, str), found
    return found


def test_common_counter_ions_are_written_as_they_are_compared() -> None:
    assert {Chem.MolToSmiles(Chem.MolFromSmiles(smiles)) for smiles in COMMON_COUNTER_IONS} == COMMON_COUNTER_IONS


def test_sizes_of_common_counter_ions() -> None:
    sizes = {Chem.MolFromSmiles(smiles).GetNumHeavyAtoms() for smiles in COMMON_COUNTER_IONS}

    assert sizes <= salts._COMMON_SIZES


@pytest.mark.parametrize(
    ("smiles", "whole", "formula"),
    [
        ("[Cl-].CC[NH3+]", "CC[NH3+].[Cl-]", "C2H8N+.Cl-"),
        ("OC(=O)C(F)(F)F.CCN", "CCN.O=C(O)C(F)(F)F", "C2H7N.C2HF3O2"),
        ("Cc1ccc(S(=O)(=O)[O-])cc1.C[NH3+]", "C[NH3+].Cc1ccc(S(=O)(=O)[O-])cc1", "CH6N+.C7H7O3S-"),
        ("CN.OC(=O)/C=C\\C(=O)O.O.O", "CN.O=C(O)/C=C\\C(=O)O.O.O", "CH5N.C4H4O4.2H2O"),
        ("[I-].[I-].C[N+](C)(C)CC[N+](C)(C)C", "C[N+](C)(C)CC[N+](C)(C)C.[I-].[I-]", "C8H22N2+2.2I-"),
        ("C[N+](C)(C)C.[Cl-:3]", "C[N+](C)(C)C.[Cl-]", "C4H12N+.Cl-"),
        ("CCO", "CCO", "C2H6O"),
    ],
)
def test_a_salt_is_kept_whole_with_its_main_part_first(smiles: str, whole: str, formula: str) -> None:
    found = parsed(smiles)

    assert (found.smiles, found.formula) == (whole, formula)
    assert parsed(whole).smiles == whole


def test_the_graph_has_the_organic_parts() -> None:
    assert len(parsed("CC[NH3+].[Cl-]").graph.codes) == 3
    assert len(parsed("CC[NH3+].CC(=O)[O-]").graph.codes) == 7
    assert len(parsed("CCCCCC[NH3+].C[Sn](C)(C)C").graph.codes) == 7


def test_a_common_counter_ion_alone_is_the_main_part() -> None:
    assert parsed("CS(=O)(=O)[O-].[Na+]").smiles == "CS(=O)(=O)[O-].[Na+]"


def test_of_very_many_parts_only_the_main_one_is_kept() -> None:
    main, others = parts_of(Chem.MolFromSmiles(".".join(["CCCO", *["O"] * 16])))

    assert (Chem.MolToSmiles(main), others) == ("CCCO", [])


@pytest.mark.parametrize("formula", ["C2H8N+", "C2H8ClN", "C2H8NCl"])
def test_a_formula_may_be_that_of_the_main_part_or_of_the_whole(formula: str) -> None:
    assert Constraints.of(formula, None, 5.0, None).allows(parsed("CC[NH3+].[Cl-]").formula)


def test_a_formula_is_not_that_of_a_counter_ion() -> None:
    constraints = Constraints.of("C2H3O2-", None, 5.0, None)

    assert not constraints.allows(parsed("CCC[NH3+].CC(=O)[O-]").formula)


def test_mass_and_elements_of_a_salt() -> None:
    formula = parsed("C[N+](C)(C)CC[N+](C)(C)C.[I-].[I-]").formula

    assert Constraints.of(None, 399.98724, 5.0, None).allows(formula)
    assert Constraints.of(None, None, 5.0, "CHN").allows(formula)
    assert not Constraints.of(None, None, 5.0, "CHO").allows(formula)
