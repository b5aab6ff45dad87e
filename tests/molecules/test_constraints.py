from __future__ import annotations

import json
import pickle
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdkit import Chem
from rdkit.Chem.rdMolDescriptors import CalcExactMolWt, CalcMolFormula

from specmol_core.errors import UsageError
from specmol_core.molecules.constraints import Constraints

EUGENOL = 164.083730
CAFFEINE = 194.080376
ELECTRON = 0.000548579909
SYMBOLS = ("C", "H", "N", "O", "Cl", "Co", "Na", "S", "Si", "B", "Br")


def of_formula(text: str) -> Constraints:
    return Constraints.of(text, None, 5.0, None)


def of_mass(mass: float, ppm: float = 5.0) -> Constraints:
    return Constraints.of(None, mass, ppm, None)


def of_elements(text: str) -> Constraints:
    return Constraints.of(None, None, 5.0, text)


def hill(counts: dict[str, int]) -> str:
    """Hill order by its definition: C, H, then alphabetical; all alphabetical without C."""
    first = ["C", "H"] if "C" in counts else []
    order = [s for s in first if s in counts] + sorted(s for s in counts if s not in first)
    return "".join(s + (str(counts[s]) if counts[s] > 1 else "") for s in order)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("C10H12O2", "C10H12O2"),
        ("H12C10O2", "C10H12O2"),
        ("  C10 H12 O2\n", "C10H12O2"),
        ("CH3CH2OH", "C2H6O"),
        ("CH3(CH2)2OH", "C3H8O"),
        ("C(CH3)3(CH2(CH2)2)2Cl", "C10H21Cl"),
        ("K3[Fe(CN)6]", "C6FeK3N6"),
        ("(C)1(O)1", "CO"),
        ("(C)O(C)2", "C3O"),
        ("C₁₀H₁₂O₂", "C10H12O2"),
        ("CH₃(CH₂)₂OH", "C3H8O"),
        ("C10H12O2S0", "C10H12O2"),
        ("Co", "Co"),
        ("CO", "CO"),
        ("HCl", "ClH"),
        ("NH3", "H3N"),
    ],
)
def test_formula_is_converted_to_hill_order(text: str, canonical: str) -> None:
    constraints = of_formula(text)

    assert constraints.formula == canonical
    assert constraints.allows(canonical)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("C8H11NO+", "C8H11NO+"),
        ("C8H11NO +", "C8H11NO+"),
        ("C8H11NO+1", "C8H11NO+"),
        ("[C8H11NO]+", "C8H11NO+"),
        ("C8H11NO⁺", "C8H11NO+"),
        ("C7H5O2-", "C7H5O2-"),
        ("C7H5O2−", "C7H5O2-"),
        ("C₇H₅O₂⁻", "C7H5O2-"),
        ("C7H5O2+0", "C7H5O2"),
        ("C4H12N2+", "C4H12N2+"),
        ("C4H12N2+2", "C4H12N2+2"),
        ("C4H12N2 2+", "C4H12N2+2"),
        ("C4H12N2^2+", "C4H12N2+2"),
        ("[C4H12N2]2+", "C4H12N2+2"),
        ("[(CH3)2N2(CH3)2]2+", "C4H12N2+2"),
        ("C4H12N2²⁺", "C4H12N2+2"),
        ("C₄H₁₂N₂2+", "C4H12N2+2"),
        ("C2O4-2", "C2O4-2"),
        ("[C2O4]2−", "C2O4-2"),
        ("(CH3)2+", "C2H6+"),
    ],
)
def test_charge_is_part_of_the_formula(text: str, canonical: str) -> None:
    constraints = of_formula(text)

    assert constraints.formula == canonical
    assert constraints.allows(canonical)


@pytest.mark.parametrize(
    "smiles",
    [
        "COc1cc(CC=C)ccc1O",
        "Cn1cnc2c1c(=O)n(C)c(=O)n2C",
        "C[N+](C)(C)CCO",
        "[O-]C(=O)c1ccccc1",
        "C[NH2+]CC[NH2+]C",
        "[O-]C(=O)C(=O)[O-]",
        "[NH4+]",
        "O",
        "C",
        "ClC(Cl)Cl",
        "[2H]C([2H])([2H])O",
        "C[Si](C)(C)C",
    ],
)
def test_rdkit_formulas_are_unchanged(smiles: str) -> None:
    formula = CalcMolFormula(Chem.MolFromSmiles(smiles))

    assert of_formula(formula).formula == formula


@pytest.mark.parametrize(
    ("formula_option", "candidate"),
    [
        ("C10H12O2", "C10H12O3"),
        ("C10H12O2", "C10H12O2+"),
        ("C10H12O2", "C10H12O2-"),
        ("C10H12O2", "C10H12O2S"),
        ("C10H12O2", "C10H12"),
        ("C4H12N2+", "C4H12N2+2"),
        ("C4H12N2+", "C4H12N2-"),
        ("C4H12N2+", "C4H12N2"),
        ("CO", "Co"),
    ],
)
def test_other_counts_or_charges_are_not_allowed(formula_option: str, candidate: str) -> None:
    assert of_formula(candidate).allows(candidate)
    assert not of_formula(formula_option).allows(candidate)


@pytest.mark.slow
@given(st.data())
def test_formula_in_any_order_equals_its_hill_form(data: st.DataObject) -> None:
    counts = data.draw(st.dictionaries(st.sampled_from(SYMBOLS), st.integers(1, 300), min_size=1))
    # Each element is written in two portions, so symbols repeat; empty portions are omitted.
    cuts = {symbol: data.draw(st.integers(0, count)) for symbol, count in counts.items()}
    portions = [(s, n) for s, count in counts.items() for n in (cuts[s], count - cuts[s]) if n]
    written = data.draw(st.permutations(portions))
    digits = data.draw(st.sampled_from(["0123456789", "₀₁₂₃₄₅₆₇₈₉"]))
    texts = [s + (str(n).translate(str.maketrans("0123456789", digits)) if n > 1 else "") for s, n in written]

    constraints = of_formula("".join(texts))

    assert constraints == of_formula(hill(counts))
    assert constraints.formula == hill(counts)
    assert constraints.allows(hill(counts))
    assert not constraints.allows(hill({**counts, "F": 1}))


@given(st.text(alphabet="CHNOlox()[]0129+-^ ₂⁺", max_size=14))
def test_any_text_is_a_formula_or_a_usage_error(text: str) -> None:
    try:
        constraints = of_formula(text)
    except UsageError:
        assert not of_elements("CHNO").allows(text)
    else:
        assert constraints.allows(text)
        assert of_formula(constraints.formula) == constraints


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "is empty"),
        (" \n", "is empty"),
        ("+", "has no atoms"),
        ("C0", "has no atoms"),
        ("C10Hx2", "'Hx' is not an element"),
        ("Xx", "'Xx' is not an element"),
        ("J", "'J' is not an element"),
        ("CDCl3", "'D' is an isotope"),
        ("c10h12o2", "'c' is not allowed there"),
        ("(C)o", "'o' is not allowed there"),
        ("2C", "'2' is not allowed there"),
        ("(2C)", "'2' is not allowed there"),
        ("C10H12O2^", "'^' is not allowed there"),
        ("C1.5", "'.' is not allowed there"),
        ("CuSO4·5H2O", "'·' is not allowed there"),
        ("¹³CH4", "'^' is not allowed there"),
        ("C٣", "is not allowed there"),
        ("C+-", "'+' is not allowed there"),
        ("C+100", "'+' is not allowed there"),
        ("(CH2", "'(' has no partner"),
        ("CH2)2", "')' has no partner"),
        ("((CH2)2", "'(' has no partner"),
        ("(CH2]", "'(' has no partner"),
        ("C()o", "or is empty"),
        ("C( )o", "or is empty"),
        ("C10001", "more than 10,000 atoms"),
        ("C5000H5001", "more than 10,000 atoms"),
        ("(((C99)99)99)99", "more than 10,000 atoms"),
        ("C" + "9" * 400, "more than 10,000 atoms"),
        ("C" * 501, "longer than 500 characters"),
    ],
)
def test_invalid_formula_is_a_usage_error(text: str, fault: str) -> None:
    with pytest.raises(UsageError, match=r"^--formula [^\n]*; [^\n]+$") as error:
        of_formula(text)

    assert fault in str(error.value)
    assert not any(c.allows(text) for c in (of_formula("C"), of_mass(12.0, 1_000.0), of_elements("CHNO")))


def test_formula_may_have_ten_thousand_atoms() -> None:
    assert of_formula("C4000H6000").formula == "C4000H6000"


@pytest.mark.parametrize(("formula", "mass"), [("C10H12O2", EUGENOL), ("C8H10N4O2", CAFFEINE)])
@pytest.mark.parametrize("ppm", [1.0, 5.0, 1_000.0])
def test_mass_tolerance_includes_both_limits(formula: str, mass: float, ppm: float) -> None:
    for side in (-1, 1):
        # The published masses have six decimals: 0.01 ppm is beyond their rounding.
        assert of_mass(mass / (1 + side * (ppm - 0.01) * 1e-6), ppm).allows(formula)
        assert not of_mass(mass / (1 + side * (ppm + 0.01) * 1e-6), ppm).allows(formula)


@pytest.mark.parametrize(
    "smiles", ["CC(=O)O", "ClCCl", "BrCCBr", "OS(=O)(=O)O", "FC(F)(F)I", "C[Si](C)(C)C", "c1ccccc1B(O)O", "[Se]"]
)
def test_mass_agrees_with_rdkit(smiles: str) -> None:
    mol = Chem.MolFromSmiles(smiles)

    assert of_mass(CalcExactMolWt(mol), 0.01).allows(CalcMolFormula(mol))


@pytest.mark.parametrize(
    ("formula", "mass"),
    [
        ("C5H14NO+", 104.106990),  # choline
        ("C7H5O2-", 121.029503),  # benzoate
        ("C4H14N2+2", 90.114601),
        ("H+", 1.007276467),  # the proton
    ],
)
def test_mass_of_an_ion_counts_its_electrons(formula: str, mass: float) -> None:
    atoms = mass + ELECTRON * (formula.count("+") - formula.count("-"))

    assert of_mass(mass, 0.1).allows(formula)
    assert not of_mass(atoms, 0.1).allows(formula)


@pytest.mark.parametrize("mass", [0.0, -1.0, 10_000.1, float("nan"), float("inf"), -float("inf")])
def test_invalid_mass_is_a_usage_error(mass: float) -> None:
    with pytest.raises(UsageError, match=r"^--mass is .*; give one above 0 and at most 10,000 u$"):
        of_mass(mass)


@pytest.mark.parametrize("ppm", [0.0, -5.0, 1_000.1, float("nan"), float("inf")])
def test_invalid_tolerance_is_a_usage_error(ppm: float) -> None:
    with pytest.raises(UsageError, match=r"^--ppm is .*; give a tolerance above 0 and at most 1,000 ppm$"):
        of_mass(EUGENOL, ppm)


def test_limits_of_mass_and_tolerance_are_accepted() -> None:
    assert of_mass(10_000.0, 1_000.0) == Constraints(mass=10_000.0, ppm=1_000.0)


@pytest.mark.parametrize(
    ("text", "elements"),
    [
        ("CHNO", ("C", "H", "N", "O")),
        ("C,H,N,O", ("C", "H", "N", "O")),
        (" O; N, H C ", ("C", "H", "N", "O")),
        ("CHNOCl", ("C", "H", "Cl", "N", "O")),
        ("CCl", ("C", "Cl")),
        ("CO", ("C", "O")),
        ("Co", ("Co",)),
        ("CHCHO", ("C", "H", "O")),
        ("ON", ("N", "O")),
    ],
)
def test_elements_are_symbols_in_hill_order(text: str, elements: tuple[str, ...]) -> None:
    assert of_elements(text).elements == elements


@pytest.mark.parametrize(
    ("elements", "formula", "allowed"),
    [
        ("CHNO", "C10H12O2", True),
        ("CHNO", "C8H11NO+", True),
        ("CHNO", "C10H11ClO2", False),
        ("CHNOCl", "C10H11ClO2", True),
        ("CHO", "C8H10N4O2", False),
        ("CHO", "CH2Co", False),
        ("CHCo", "CH2O", False),
        ("CO", "C10H12O2", True),  # hydrogen is not listed
        ("C", "H2", True),
        ("O", "H2O", True),
        ("H", "CH4", False),
    ],
)
def test_candidates_hold_listed_elements_and_hydrogen(elements: str, formula: str, allowed: bool) -> None:
    assert of_elements(elements).allows(formula) is allowed


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "is empty"),
        (" , ", "is empty"),
        ("CHXx", "'Xx' is not an element"),
        ("CHD", "'D' is an isotope"),
        ("chno", "'c' does not begin the symbol"),
        ("C10H12", "'1' does not begin the symbol"),
        ("C+H", "'+' does not begin the symbol"),
        ("Clo", "'o' does not begin the symbol"),
    ],
)
def test_invalid_elements_are_a_usage_error(text: str, fault: str) -> None:
    with pytest.raises(UsageError, match=r"^--elements [^\n]*; [^\n]+$") as error:
        of_elements(text)

    assert fault in str(error.value)


def test_candidate_must_satisfy_all_constraints() -> None:
    both = Constraints.of("C10H12O2", 164.0837, 5.0, "CHO")

    assert both.allows("C10H12O2")
    assert not Constraints.of("C10H12O2", 165.0, 5.0, "CHO").allows("C10H12O2")
    assert not Constraints.of("C10H12O2", 164.0837, 5.0, "CHN").allows("C10H12O2")
    assert not both.allows("C9H10NO2")


@pytest.mark.parametrize("formula", ["", "nonsense", "C10H12O2)", "CH3*", "C" * 1_000])
def test_candidate_with_an_invalid_formula_is_not_allowed(formula: str) -> None:
    assert not of_formula("C10H12O2").allows(formula)
    assert not of_mass(15.0, 1_000.0).allows(formula)
    assert not of_elements("CHNO").allows(formula)


def test_no_constraints_allow_everything() -> None:
    nothing = Constraints.of(None, None, 10.0, None)

    assert not nothing
    assert not Constraints()
    assert nothing.allows("C10H12O2")
    assert nothing.describe() == "no constraint"
    assert nothing.as_dict() == {"formula": None, "mass": None, "ppm": None, "elements": None}


@pytest.mark.parametrize(
    ("constraints", "words"),
    [
        (of_formula("O2H12C10"), "formula C10H12O2"),
        (of_formula("C8H11NO⁺"), "formula C8H11NO+"),
        (of_mass(164.0837), "mass 164.0837 within 5 ppm"),
        (of_mass(1234.56789, 2.5), "mass 1234.56789 within 2.5 ppm"),
        (of_elements("ONCH"), "elements C, H, N, O"),
        (Constraints.of(None, 164.0837, 5.0, "CHNO"), "mass 164.0837 within 5 ppm, elements C, H, N, O"),
    ],
)
def test_constraints_are_true_and_described_in_words(constraints: Constraints, words: str) -> None:
    assert constraints
    assert constraints.describe() == words


def test_plain_values_survive_json() -> None:
    values = Constraints.of("C10H12O2", 164.0837, 5.0, "CHO").as_dict()

    assert values == {"formula": "C10H12O2", "mass": 164.0837, "ppm": 5.0, "elements": ["C", "H", "O"]}
    assert json.loads(json.dumps(values)) == values


def test_equal_constraints_have_equal_hashes_before_and_after_use() -> None:
    used, fresh = (Constraints.of("C10H12O2", 164.0837, 5.0, "CHO") for _ in range(2))
    used.allows("C10H12O2")

    assert {used: 1}[fresh] == 1
    assert pickle.loads(pickle.dumps(used)) == fresh
    with pytest.raises(AttributeError):
        used.formula = "CH4"  # type: ignore[misc]


def test_module_is_imported_without_rdkit() -> None:
    code = "import sys, specmol_core.molecules.constraints; print({'rdkit', 'numpy', 'torch'} & set(sys.modules))"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "set()"
