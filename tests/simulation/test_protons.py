"""1H lines of known compounds, and properties of the lines of any molecule."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdkit import Chem

from specmol_core.shifts.atoms import AtomShifts
from specmol_core.simulation.protons import ProtonLines, ProtonSignal, group_patterns, proton_lines

_ETHYL_ACETATE = ("CCOC(C)=O", {0: [1.26] * 3, 1: [4.12] * 2, 4: [2.04] * 3})
_NITROANISOLE = ("COc1ccc([N+](=O)[O-])cc1", {0: [3.9] * 3, 3: [6.96], 4: [8.2], 9: [8.2], 10: [6.96]})
_STYRENE = ("C=Cc1ccccc1", {0: [5.75, 5.24], 1: [6.72], 3: [7.41], 4: [7.31], 5: [7.24], 6: [7.31], 7: [7.41]})
_CHLOROETHYL_ACETATE = ("ClCCOC(C)=O", {1: [3.67] * 2, 2: [4.33] * 2, 5: [2.1] * 3})
_CINNAMATE = "COC(=O){}c1ccccc1"

_ZOO = (
    "CCOC(C)=O",
    "C=Cc1ccccc1",
    "OC1CCCCC1",
    "C1COCCN1",
    "CC(C)C[C@H](N)C(=O)O",
    "FC(F)(F)CCBr",
    "COP(=O)(OC)CC=O",
    "c1ccc2[nH]ccc2c1",
    "Cc1nccs1",
    "C[Si](C)(C)C#CC1CC1",
    "CC1OC1C(Cl)CI",
    "C[Se]c1ccco1",
    "OB(O)c1ccc(F)cc1",
    "CCCCCCCCCCCC",
    "CN(C)C(=O)/C=C/C=C",
    "C1CC2CCC1C2",
)


def _lines(case: tuple[str, dict[int, list[float]]], mhz: float = 400.0, seed: int = 0) -> ProtonLines:
    return proton_lines(Chem.MolFromSmiles(case[0]), AtomShifts(h1=case[1]), mhz, np.random.default_rng(seed))


def _signal(lines: ProtonLines, ppm: float) -> ProtonSignal:
    return next(s for s in lines.signals if abs(s.ppm - ppm) < 1e-6)


def _pattern(lines: ProtonLines, low: float, high: float) -> tuple[np.ndarray, np.ndarray]:
    inside = (lines.ppm > low) & (lines.ppm < high)
    return lines.ppm[inside], lines.area[inside]


def _random_shifts(mol: Chem.Mol, seed: int) -> AtomShifts:
    rng = np.random.default_rng(seed)
    h1 = {a.GetIdx(): rng.uniform(0.5, 8.5, a.GetTotalNumHs()).tolist() for a in mol.GetAtoms() if a.GetTotalNumHs()}
    return AtomShifts(h1=h1)


def test_ethyl_acetate_is_a_quartet_a_singlet_and_a_triplet() -> None:
    lines = _lines(_ETHYL_ACETATE, mhz=1000.0)

    assert [(s.multiplicity, s.protons, s.atoms) for s in lines.signals] == [
        ("q", 2, (1,)),
        ("s", 3, (4,)),
        ("t", 3, (0,)),
    ]
    assert _signal(lines, 4.12).couplings_hz == _signal(lines, 1.26).couplings_hz
    assert _signal(lines, 4.12).couplings_hz[0] == pytest.approx(7.1, abs=0.5)
    quartet, triplet = _pattern(lines, 4.0, 4.3), _pattern(lines, 1.1, 1.4)
    assert quartet[1] == pytest.approx([0.25, 0.75, 0.75, 0.25], rel=0.03)
    assert triplet[1] == pytest.approx([0.75, 1.5, 0.75], rel=0.02)
    assert -np.diff(quartet[0]) * 1000 == pytest.approx([_signal(lines, 4.12).couplings_hz[0]] * 3)


def test_isopropyl_is_a_doublet_and_a_septet() -> None:
    lines = _lines(("CC(C)O", {0: [1.2] * 3, 1: [4.02], 2: [1.2] * 3}))

    assert [(s.multiplicity, s.protons) for s in lines.signals] == [("sept", 1), ("d", 6)]
    assert _pattern(lines, 3.8, 4.2)[1] * 64 == pytest.approx([1, 6, 15, 20, 15, 6, 1], rel=0.2)


def test_vinyl_group_of_styrene() -> None:
    lines = _lines(_STYRENE)

    doublets = _signal(lines, 6.72), _signal(lines, 5.75), _signal(lines, 5.24)
    assert [s.multiplicity for s in doublets] == ["dd", "dd", "dd"]
    trans, cis = doublets[0].couplings_hz
    assert trans == pytest.approx(17.3, abs=0.8)
    assert cis == pytest.approx(10.5, abs=0.8)
    assert {doublets[1].couplings_hz[0], doublets[2].couplings_hz[0]} == {trans, cis}
    assert _signal(lines, 7.41).protons == 2


@pytest.mark.parametrize(("bond", "constant"), [("/C=C/", 15.7), ("/C=C\\", 11.3)])
def test_geometry_of_cinnamate_sets_the_coupling(bond: str, constant: float) -> None:
    shifts = {0: [3.8] * 3, 4: [6.44], 5: [7.69], 7: [7.52], 8: [7.38], 9: [7.39], 10: [7.38], 11: [7.52]}

    signal = _signal(_lines((_CINNAMATE.format(bond), shifts)), 6.44)

    assert signal.multiplicity == "d"
    assert signal.couplings_hz[0] == pytest.approx(constant, abs=1.5)


def test_para_disubstituted_benzene_is_aa_xx() -> None:
    lines = _lines(_NITROANISOLE)

    assert [(s.multiplicity, s.protons) for s in lines.signals] == [("d", 2), ("d", 2), ("s", 3)]
    _, area = _pattern(lines, 6.8, 7.1)
    assert len(area) > 4
    # The two strongest lines have half of the intensity, at the distance J(ortho) + J(para).
    assert np.sort(area)[-2:].sum() == pytest.approx(1.0, abs=0.2)


@pytest.mark.parametrize(("mhz", "low", "high"), [(60.0, 1.3, 4.0), (600.0, 1.01, 1.15)])
def test_roof_effect_fades_with_the_field(mhz: float, low: float, high: float) -> None:
    ppm, area = _pattern(_lines(_CHLOROETHYL_ACETATE, mhz), 4.0, 5.0)

    offset = (ppm - (ppm * area).sum() / area.sum()) * mhz
    towards, away = area[offset < -3.0].sum(), area[offset > 3.0].sum()
    assert low < towards / away < high


def test_first_order_limit_at_high_field() -> None:
    case = ("CCBr", {0: [1.67] * 3, 1: [3.43] * 2})

    roof = [
        (lambda a: a.max() / np.sort(a)[-2])(_pattern(_lines(case, mhz), 3.0, 4.0)[1]) - 1 for mhz in (60.0, 1000.0)
    ]

    assert roof[0] > 5 * roof[1] > 0


def test_fluorine_and_phosphorus_split() -> None:
    fluoroethane = _lines(("FCC", {1: [4.5] * 2, 2: [1.35] * 3}))
    phosphate = _lines(("COP(=O)(OC)OC", {0: [3.77] * 3, 5: [3.77] * 3, 7: [3.77] * 3}))

    assert [s.multiplicity for s in fluoroethane.signals] == ["dq", "dt"]
    assert fluoroethane.signals[0].couplings_hz[0] == pytest.approx(47.5, abs=3.0)
    assert [(s.multiplicity, s.protons) for s in phosphate.signals] == [("d", 9)]
    assert -np.diff(phosphate.ppm) * 400 == pytest.approx(10.8, abs=0.7)


def test_protons_on_oxygen_and_nitrogen_are_left_out() -> None:
    lines = _lines(("CCO", {0: [1.2] * 3, 1: [3.7] * 2, 2: [2.5]}))

    assert lines.area.sum() == pytest.approx(5.0)
    assert _signal(lines, 3.7).multiplicity == "q"


def test_a_molecule_without_protons_on_carbon_has_no_lines() -> None:
    lines = _lines(("N#CC#N", {}))

    assert len(lines.ppm) == len(lines.area) == len(lines.signals) == 0


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(_ZOO), st.integers(0, 2**31), st.floats(60, 1000))
def test_area_is_the_number_of_protons_on_carbon(smiles: str, seed: int, mhz: float) -> None:
    mol = Chem.MolFromSmiles(smiles)
    shifts = _random_shifts(mol, seed)
    protons = sum(a.GetTotalNumHs() for a in mol.GetAtoms() if a.GetAtomicNum() == 6)

    lines = proton_lines(mol, shifts, mhz, np.random.default_rng(seed))

    assert lines.area.sum() == pytest.approx(protons)
    assert sum(s.protons for s in lines.signals) == protons
    assert np.all(lines.area > 0)
    assert np.all(np.diff(lines.ppm) <= 0)
    assert len(lines.ppm) <= 400 * len(lines.signals)
    centre = sum(s.ppm * s.protons for s in lines.signals)
    assert (lines.ppm * lines.area).sum() == pytest.approx(centre, abs=protons * 20 / mhz)
    for signal in lines.signals:
        assert list(signal.couplings_hz) == sorted(signal.couplings_hz, reverse=True)
        assert (signal.multiplicity in "sm") == (not signal.couplings_hz)


@pytest.mark.parametrize("smiles", _ZOO)
def test_equal_seeds_give_equal_lines_for_any_order_of_shifts(smiles: str) -> None:
    mol = Chem.MolFromSmiles(smiles)
    shifts = _random_shifts(mol, 3)
    backwards = AtomShifts(h1=dict(reversed(shifts.h1.items())))

    first, second, other = (
        proton_lines(mol, s, 300.0, np.random.default_rng(seed))
        for s, seed in ((shifts, 7), (backwards, 7), (shifts, 8))
    )

    assert first.ppm.tobytes() == second.ppm.tobytes()
    assert first.area.tobytes() == second.area.tobytes()
    assert first.signals == second.signals
    if smiles != "OB(O)c1ccc(F)cc1":
        assert first.ppm.tobytes() != other.ppm.tobytes()


@pytest.mark.parametrize(
    ("h1", "mhz", "message"),
    [
        ({0: [1.0]}, 400.0, "3 hydrogens and 1 1H shifts"),
        ({0: [1.0, 1.0, float("nan")]}, 400.0, "not finite"),
        ({0: [1.0] * 3}, 0.0, "between 10 and 2000 MHz"),
    ],
)
def test_invalid_arguments_are_refused(h1: dict[int, Sequence[float]], mhz: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        proton_lines(
            Chem.MolFromSmiles("CC"), AtomShifts(h1={a: list(v) for a, v in h1.items()}), mhz, np.random.default_rng(0)
        )


@pytest.mark.slow
@pytest.mark.parametrize("smiles", [*_ZOO, "CC1=CCC2CC1C2(C)C", "COc1ccc(cc1)C(=O)OCc1ccccc1"])
def test_patterns_of_groups_together_are_all_lines(smiles: str) -> None:
    mol = Chem.MolFromSmiles(smiles)
    shifts = _random_shifts(mol, 5)
    whole = proton_lines(mol, shifts, 400.0, np.random.default_rng(0))
    groups = group_patterns(mol, shifts, 400.0, np.random.default_rng(0))

    ppm = np.concatenate([g.ppm + g.offset_hz / 400.0 for g in groups])
    area = np.concatenate([g.area for g in groups])
    grid = np.linspace(0, 10, 2001)
    drawn = [
        (a[:, None] * np.exp(-0.5 * ((grid - x[:, None]) / 0.01) ** 2)).sum(axis=0)
        for x, a in ((ppm, area), (whole.ppm, whole.area))
    ]
    assert np.abs(drawn[0] - drawn[1]).max() < 0.03 * drawn[1].max()
    assert all(g.area.sum() == pytest.approx(g.protons) for g in groups)
    assert sum(g.protons for g in groups) == pytest.approx(whole.area.sum())


def test_patterns_of_weakly_coupled_groups_stand_around_their_shifts() -> None:
    mol = Chem.MolFromSmiles(_ETHYL_ACETATE[0])
    groups = group_patterns(mol, AtomShifts(h1=_ETHYL_ACETATE[1]), 400.0, np.random.default_rng(0))

    assert [(g.ppm, g.protons, g.atoms) for g in groups] == [(4.12, 2, (1,)), (2.04, 3, (4,)), (1.26, 3, (0,))]
    assert all(abs(float(np.average(g.offset_hz, weights=g.area))) < 0.1 for g in groups)
