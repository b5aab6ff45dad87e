from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from support.by_hand import ETHANOL, SPREAD, molecule, observed

from specmol_core.matchnet_x.assign import assign
from specmol_core.matchnet_x.likelihood import LOG_P_ABSENT_COUNTER_ION, LikelihoodModel, log_likelihood_ratios
from specmol_core.matchnet_x.misfit import none_features
from specmol_core.matchnet_x.observed_signals import Observed
from specmol_core.matchnet_x.predicted_lines import (
    PredictedLines,
    is_exchanging,
    pack_lines,
    unpack_lines,
    unpack_salt_lines,
)
from specmol_core.matchnet_x.salt_lines import PartShifts, salt_lines, with_known_shifts
from specmol_core.shifts.salts import parts_of_smiles

MODEL = LikelihoodModel()
AMMONIUM = molecule("CC[NH3+]", {0: 13.0, 1: 35.0}, {0: 1.25, 1: 3.0, 2: 7.9})
PROPIONATE = molecule("CCC(=O)[O-]", {0: 10.0, 1: 30.0, 2: 180.0}, {0: 1.05, 1: 2.2})
SALT = "CC[NH3+].CCC(=O)[O-].CCC(=O)[O-]"
WITH_ANION = observed("13C", [10.1, 13.1, 30.0, 35.2, 180.1])
WITHOUT_ANION = observed("13C", [13.1, 35.2])


def shifts(smiles: str = SALT) -> list[PartShifts]:
    known = zip(parts_of_smiles(smiles), (AMMONIUM, PROPIONATE), strict=True)
    return [PartShifts(part, one.means, one.uncertainties_ppm) for part, one in known]


def payload(smiles: str = SALT) -> bytes:
    return pack_lines(salt_lines(shifts(smiles)).lines)


def protons_of(lines: PredictedLines) -> dict[float, int]:
    return {round(ppm, 2): nuclei for ppm, nuclei in zip(lines.ppm.tolist(), lines.nuclei.tolist(), strict=True)}


def ratio(shown: Observed, stored: bytes) -> float:
    return float(log_likelihood_ratios(MODEL, [shown], [stored])[0, 0])


def test_lines_of_a_salt_are_those_of_its_parts_in_their_ratio() -> None:
    lines, of_counter_ion = unpack_salt_lines([payload()], "13C")
    assert lines.ppm.round(1).tolist() == [10.0, 13.0, 30.0, 35.0, 180.0]
    assert lines.nuclei.tolist() == [2, 1, 2, 1, 2]
    assert of_counter_ion.tolist() == [True, False, True, False, True]

    protons, of_counter_ion = unpack_salt_lines([payload()], "1H")
    assert protons_of(protons) == {
        1.05: 6, 1.25: 3, 2.2: 4, 3.0: 2, 7.9: 3,
    }  # fmt: skip
    assert of_counter_ion.tolist() == [True, False, True, False, False]
    assert is_exchanging(salt_lines(shifts()).lines).sum() == 1


def test_numbers_are_those_beside_one_main_part() -> None:
    lines = unpack_lines([payload("CC[NH3+].CC[NH3+].CCC(=O)[O-].CCC(=O)[O-]")], "1H")

    assert protons_of(lines) == {
        1.05: 3, 1.25: 3, 2.2: 2, 3.0: 2, 7.9: 3,
    }  # fmt: skip


def test_a_salt_explains_the_lines_of_its_counter_ion() -> None:
    cation = AMMONIUM.stored

    assert ratio(WITH_ANION, payload()) > ratio(WITH_ANION, cation) + 10


def test_a_counter_ion_may_be_absent_at_a_small_price() -> None:
    for shown in (WITHOUT_ANION, observed("1H", [1.25, 3.0, 7.9], [3, 2, 3])):
        assert np.isclose(ratio(shown, payload()), ratio(shown, AMMONIUM.stored) + LOG_P_ABSENT_COUNTER_ION)


def test_salts_among_other_candidates_do_not_change_them() -> None:
    mixed = log_likelihood_ratios(MODEL, [WITH_ANION], [ETHANOL.stored, payload(), AMMONIUM.stored])[0]

    assert mixed.tolist() == [ratio(WITH_ANION, one) for one in (ETHANOL.stored, payload(), AMMONIUM.stored)]


def test_an_absent_counter_ion_has_no_missing_lines() -> None:
    features = none_features(MODEL, [WITHOUT_ANION], payload(), 1.0, None)

    assert np.allclose(features, none_features(MODEL, [WITHOUT_ANION], AMMONIUM.stored, 1.0, None))


def test_signals_are_assigned_to_all_atoms_of_equal_counter_ions() -> None:
    found = assign(MODEL, [WITH_ANION], shifts())

    assert {signal.ppm: signal.atoms for signal in found.signals} == {
        10.1: (3, 8), 13.1: (0,), 30.0: (4, 9), 35.2: (1,), 180.1: (5, 10),
    }  # fmt: skip
    assert not found.missing_lines


def test_an_absent_counter_ion_is_not_in_the_assignment() -> None:
    found = assign(MODEL, [WITHOUT_ANION], shifts())

    assert [signal.atoms for signal in found.signals] == [(1,), (0,)]


def test_a_common_counter_ion_has_its_known_shifts() -> None:
    smiles = "CC[NH3+].O=S(=O)([O-])C(F)(F)F"
    triflate = molecule("O=S(=O)([O-])C(F)(F)F", {4: 90.0}, {})
    parts = parts_of_smiles(smiles)
    predicted = [
        PartShifts(part, one.means, one.uncertainties_ppm)
        for part, one in zip(parts, (AMMONIUM, triflate), strict=True)
    ]

    lines = unpack_lines([pack_lines(salt_lines(predicted).lines)], "13C")

    assert lines.ppm.tolist() == pytest.approx([13.0, 35.0, 120.7])
    assert round(float(with_known_shifts(predicted)[1].means[4, 0]), 1) == 120.7
    assert lines.uncertainty_ppm[0] == np.float32(SPREAD[0])


def test_a_common_counter_ion_that_is_the_main_part_is_predicted() -> None:
    triflate = molecule("O=S(=O)([O-])C(F)(F)F", {4: 90.0}, {})
    (part,) = parts_of_smiles("O=S(=O)([O-])C(F)(F)F.[Na+]")

    lines = salt_lines([PartShifts(part, triflate.means, triflate.uncertainties_ppm)]).lines

    assert unpack_lines([pack_lines(lines)], "13C").ppm.tolist() == [90.0]


def test_a_trace_with_the_counter_ion_scales_its_integrals_to_all_protons() -> None:
    trace = replace(
        observed("1H", [1.05, 1.25, 2.2, 3.0], [6.0, 3.0, 4.0, 2.0], integrals_are_counts=False), from_peak_list=False
    )

    assert ratio(trace, payload()) > ratio(trace, AMMONIUM.stored)
