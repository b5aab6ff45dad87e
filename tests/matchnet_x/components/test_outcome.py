from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from support.by_hand import BUTANOIC_ACID, BUTANONE, ETHANOL, ETHYL_ACETATE, METHYL_PROPANOATE, molecule, observed

from specmol_core.matcher.components import ComponentOutcome
from specmol_core.matcher.judgement import ScoredCandidates
from specmol_core.matchnet_x.checkpoint import load_matchnet_x
from specmol_core.matchnet_x.components.outcome import outcome_of
from specmol_core.matchnet_x.components.search import best_sets
from specmol_core.matchnet_x.observed_signals import Observed
from specmol_core.shipped import shipped_weights

MODEL = load_matchnet_x(shipped_weights() / "matchnet-x.safetensors", shipped_weights()).likelihood_model
SMILES = ["CCO", "CCOC(C)=O", "CCC(=O)OC", "CCCC(=O)O", "CCC(C)=O"]
PAYLOADS = [m.stored for m in (ETHANOL, ETHYL_ACETATE, METHYL_PROPANOATE, BUTANOIC_ACID, BUTANONE)]
ESTER, KETONE = [14.2, 21.0, 60.5, 171.4], [7.9, 29.4, 36.9, 209.3]


def outcome(
    spectra: Sequence[Observed], smiles: Sequence[str] = SMILES, payloads: Sequence[bytes] = PAYLOADS
) -> ComponentOutcome:
    found = best_sets(MODEL, (0.8,), spectra, payloads, 2)
    return outcome_of(MODEL, spectra, ScoredCandidates(smiles.__getitem__, payloads.__getitem__), found, len(smiles))


def members(result: ComponentOutcome) -> list[str]:
    return sorted(SMILES[member.index] for member in result.sets[0].members)


def test_the_best_set_is_the_mixture() -> None:
    result = outcome([observed("13C", sorted(ESTER + KETONE))])

    assert members(result) == ["CCC(C)=O", "CCOC(C)=O"]
    assert result.verdict == "identified"
    assert result.sets[0].probability > 0.9
    assert all(p >= result.sets[0].probability for p in result.component_probability)
    assert sorted(part.ppm for member in result.sets[0].members for part in member.signals) == [
        (171.4, 60.5, 21.0, 14.2),
        (209.3, 36.9, 29.4, 7.9),
    ]


def test_one_component_suffices() -> None:
    result = outcome([observed("13C", ESTER)])

    assert members(result) == ["CCOC(C)=O"]
    assert result.sets[0].members[0].fraction is None or result.sets[0].members[0].fraction == 1.0


def test_probabilities_with_that_of_none_are_at_most_one() -> None:
    result = outcome([observed("13C", sorted(ESTER + KETONE))])

    assert sum(one.probability for one in result.sets) + result.none_fits_probability <= 1 + 1e-9
    assert [one.probability for one in result.sets] == sorted((o.probability for o in result.sets), reverse=True)


def test_strong_signals_that_are_left_ask_for_more_components() -> None:
    result = outcome([observed("13C", sorted([*ESTER, *KETONE, 105.0, 112.0, 119.0, 133.0]))])

    assert result.verdict in ("more components?", "none fits")
    assert [signal.ppm for signal in result.sets[0].unexplained] == [133.0, 119.0, 112.0, 105.0]


def test_a_missing_component_is_not_identified() -> None:
    spectra = [observed("13C", sorted([*ESTER, 128.6, 127.5, 137.0, 65.0]))]

    assert outcome(spectra).verdict != "identified"


def test_a_set_that_explains_no_signal_does_not_fit() -> None:
    carbon_tetrachloride = molecule("ClC(Cl)(Cl)Cl", {1: 96.1}, {})

    trace = replace(observed("1H", [1.2, 2.1, 4.1], [3, 3, 2]), from_peak_list=False)

    result = outcome([trace], ["ClC(Cl)(Cl)Cl"], [carbon_tetrachloride.stored])

    assert result.verdict == "none fits"
    assert result.sets[0].probability < 1e-9


def test_indistinguishable_candidates_are_one_component() -> None:
    smiles = [*SMILES, "CC[C](O)=C"]
    enol = outcome([observed("13C", sorted(ESTER + KETONE))], smiles, [*PAYLOADS, BUTANONE.stored])
    alone = outcome([observed("13C", sorted(ESTER + KETONE))])

    assert enol.sets[0].probability == pytest.approx(alone.sets[0].probability, abs=0.05)
    assert not any({4, 5} <= {member.index for member in one.members} for one in enol.sets)


def test_fractions_are_in_falling_order() -> None:
    rows = [(1.05, 0.9), (1.26, 2.1), (2.05, 2.1), (2.13, 0.9), (2.45, 0.6), (4.12, 1.4)]
    signals = observed("1H", [ppm for ppm, _ in rows], [area for _, area in rows], integrals_are_counts=False)

    result = outcome([replace(signals, from_peak_list=False)])

    assert members(result) == ["CCC(C)=O", "CCOC(C)=O"]
    assert [member.fraction for member in result.sets[0].members] == pytest.approx([0.7, 0.3], abs=0.03)
