"""What would decide between candidates, where a chemist knows the answer."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from specmol_core.matcher.advice import Advice
from specmol_core.matchnet_x.likelihood import LikelihoodModel
from specmol_core.matchnet_x.next_experiment import Signals, advise, predicted_spectra, separation
from specmol_core.shifts.predictor import ShiftPredictor
from specmol_core.spectra.spectrum import Nucleus

DOF, FACTORS = np.array([3.0, 2.5]), np.array([0.6, 0.4])


def signals(*ppm: tuple[float, ...], scale: float = 0.5, kind: tuple[int, ...] = ()) -> Signals:
    positions = np.array(ppm)
    kinds = np.array(kind or (0,) * len(ppm), np.int64)
    return Signals(positions, np.full(positions.shape, scale), kinds, np.ones(len(ppm)))


def ask(predictor: ShiftPredictor, given: tuple[Nucleus, ...], *smiles: str) -> Advice:
    candidates = list(enumerate(smiles, 1))
    return advise(predictor, LikelihoodModel(), (0.6, 0.4), given, ("CDCl3", "CDCl3"), candidates)


def ratio(advice: Advice, name: str) -> float:
    return next(e.log_likelihood_ratio for e in advice.experiments if e.name == name)


def test_equal_spectra_are_not_separated() -> None:
    one = signals((20.0,), (70.0,))

    assert separation(one, one, DOF[:1], FACTORS[:1]) == 0


def test_the_separation_is_the_least_over_all_pairings() -> None:
    a, b = signals((20.0,), (21.0,), (70.0,)), signals((20.8,), (71.0,), (19.0,))

    def cost(order: tuple[int, ...]) -> float:
        z = (a.ppm[:, 0] - b.ppm[list(order), 0]) / 0.5
        return float((0.6 * 2.0 * np.log1p(z**2 / 3.0)).sum())

    assert separation(a, b, DOF[:1], FACTORS[:1]) == pytest.approx(min(map(cost, permutations(range(3)))))


def test_a_signal_without_partner_costs_a_constant() -> None:
    assert separation(signals((20.0,)), signals((20.0,), (70.0,)), DOF[:1], FACTORS[:1]) == pytest.approx(6.0 * 0.6)


def test_dept_separates_equal_shifts_of_other_numbers_of_hydrogens() -> None:
    methyl, methylene = signals((30.0,), (60.0,), kind=(3, 2)), signals((30.0,), (60.0,), kind=(2, 3))

    assert separation(methyl, methylene, DOF[:1], FACTORS[:1]) > 3


def test_hsqc_separates_equal_lists_that_are_paired_in_another_way() -> None:
    one, other = signals((30.0, 1.0), (60.0, 8.0)), signals((30.0, 8.0), (60.0, 1.0))

    assert separation(one, other, DOF, FACTORS) > 3


def test_positional_isomers_by_1h_alone_are_decided_by_13c(shipped_predictor: ShiftPredictor) -> None:
    """p-Methylanisole has six 13C lines, m-methylanisole eight."""
    found = ask(shipped_predictor, ("1H",), "COc1ccc(C)cc1", "COc1cccc(C)c1")

    assert found.best is not None
    assert found.best.name == "13C"
    assert found.describe()[0].startswith("next: 13C would decide between ranks 1 and 2")


def test_isomers_with_other_protons_are_decided_by_1h_if_only_13c_is_given(shipped_predictor: ShiftPredictor) -> None:
    found = ask(shipped_predictor, ("13C",), "CCC(O)CC", "CC(O)CCC")

    assert [e.name for e in found.experiments[:3]] == ["1H", "DEPT", "HSQC"]
    assert found.best is not None
    assert found.best.name == "1H"


def test_enantiomers_are_decided_by_nothing(shipped_predictor: ShiftPredictor) -> None:
    found = ask(shipped_predictor, ("1H",), "C[C@H](O)CC", "C[C@@H](O)CC")

    assert found.best is None
    assert found.regions == ()
    assert found.describe() == [
        "next: none of 13C, DEPT, HSQC, another solvent would decide between ranks 1 and 2, by their predicted spectra"
    ]


def test_esters_differ_most_in_a_named_signal(shipped_predictor: ShiftPredictor) -> None:
    """Ethyl acetate has OCH2 as a quartet at 4.1, methyl propanoate OCH3 as a singlet at 3.7 ppm."""
    found = ask(shipped_predictor, ("1H",), "CC(=O)OCC", "CCC(=O)OC")

    (signal,) = found.regions
    assert signal.nucleus == "1H"
    assert set(signal.multiplicity) == {"s", "q"}


def test_an_experiment_counts_for_what_the_given_spectra_do_not_tell(shipped_predictor: ShiftPredictor) -> None:
    pair = ("CCOC(C)=O", "CCCC(=O)O")

    assert ratio(ask(shipped_predictor, ("1H",), *pair), "DEPT") > ratio(
        ask(shipped_predictor, ("13C",), *pair), "DEPT"
    )


def test_equivalent_carbons_are_one_signal(shipped_predictor: ShiftPredictor) -> None:
    found = predicted_spectra(shipped_predictor, "Cc1ccc(C)cc1", "CDCl3", "CDCl3").signals

    assert {name: len(values.kind) for name, values in found.items()} == {
        "13C": 3, "DEPT": 3, "13C with H": 2, "1H": 10, "HSQC": 2,
    }  # fmt: skip
