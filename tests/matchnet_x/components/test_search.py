from __future__ import annotations

import numpy as np
import pytest
from support.by_hand import BUTANOIC_ACID, BUTANONE, ETHANOL, ETHYL_ACETATE, METHYL_PROPANOATE, observed

from specmol_core.matchnet_x.components import search
from specmol_core.matchnet_x.components.explanation import Explanation
from specmol_core.matchnet_x.components.search import best_sets, scored_set
from specmol_core.matchnet_x.likelihood import LikelihoodModel

MODEL = LikelihoodModel()
MOLECULES = [ETHANOL, ETHYL_ACETATE, METHYL_PROPANOATE, BUTANOIC_ACID, BUTANONE]
PAYLOADS = [molecule.stored for molecule in MOLECULES]
FACTORS = (0.4, 0.2)
CARBONS = [
    (18.4, 58.3), (14.2, 60.5, 171.4, 21.0), (9.2, 27.5, 174.9, 51.5), (13.6, 18.1, 36.0, 180.1),
    (7.9, 36.9, 209.3, 29.4),
]  # fmt: skip
PROTONS = [
    ((1.22, 3), (3.71, 2)), ((1.26, 3), (4.12, 2), (2.05, 3)), ((1.14, 3), (2.33, 2), (3.67, 3)),
    ((0.97, 3), (1.67, 2), (2.33, 2)), ((1.05, 3), (2.45, 2), (2.13, 3)),
]  # fmt: skip


def spectra(*members: int):  # type: ignore[no-untyped-def]
    protons = sorted(row for k in members for row in PROTONS[k])
    return (
        observed("13C", sorted(ppm for k in members for ppm in CARBONS[k])),
        observed("1H", [ppm for ppm, _ in protons], [float(n) for _, n in protons]),
    )


@pytest.mark.parametrize("members", [(1,), (1, 4), (0, 3), (0, 2, 4)])
def test_the_components_are_the_best_set(members: tuple[int, ...]) -> None:
    found = best_sets(MODEL, FACTORS, spectra(*members), PAYLOADS, 3)

    best = {size: next(one for one in found if len(one.members) == size) for size in (1, 2, 3)}
    assert best[len(members)].members == members
    assert all(best[len(members)].score > one.score for size, one in best.items() if size < len(members))


def test_each_size_is_in_falling_order_and_each_set_once() -> None:
    found = best_sets(MODEL, FACTORS, spectra(1, 4), PAYLOADS, 2)

    sizes = [len(one.members) for one in found]
    assert sizes == sorted(sizes)
    pairs = [one for one in found if len(one.members) == 2]
    assert len({one.members for one in pairs}) == len(pairs) == 10
    assert [one.score for one in pairs] == sorted((one.score for one in pairs), reverse=True)


def test_sets_are_searched_over_the_shortlist_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "SHORTLIST", 3)

    found = best_sets(MODEL, FACTORS, spectra(1, 4), PAYLOADS, 2)

    assert len({k for one in found for k in one.members}) == 3
    assert next(one for one in found if len(one.members) == 2).members == (1, 4)


def test_a_set_has_the_same_score_in_any_order() -> None:
    first, second = (scored_set(MODEL, FACTORS, spectra(1, 4), PAYLOADS, order) for order in ((1, 4), (4, 1)))

    assert first.members == second.members
    assert first.score == second.score


def test_amounts_that_differ_between_the_spectra_cost() -> None:
    def part(*amounts: float) -> Explanation:
        return Explanation(0.0, np.zeros((0, 2), np.int64), np.array(amounts), np.zeros(0))

    assert search._ratio_cost([part(1.0, 3.0), part(20.0, 60.0)]) == pytest.approx(0.0)
    assert search._ratio_cost([part(1.0, 3.0), part(60.0, 20.0)]) > 2
    assert search._ratio_cost([part(1.0, 3.0), part(np.nan, 20.0)]) == 0.0
    assert search._ratio_cost([part(1.0, 3.0)]) == 0.0
