from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations

import numpy as np
import pytest
from support.by_hand import SPREAD, molecule

from specmol_core.matcher.judgement import Judgement, RankingOutcome, ScoredCandidates
from specmol_core.matchnet_x.groups import group_representatives, judge
from specmol_core.matchnet_x.misfit import NONE_FEATURES
from specmol_core.matchnet_x.posterior import PosteriorModel

UNDECIDED = np.zeros(len(NONE_FEATURES))
"""Features for even odds that the library holds the compound."""


def lines(smiles: str, *ppm: float) -> tuple[str, bytes]:
    """A candidate with these carbon shifts, in the order of its SMILES."""
    graph = molecule(smiles, {}, {}).graph
    carbons = np.flatnonzero(graph.atoms[:, 0] == 1).tolist()
    return smiles, molecule(smiles, dict(zip(carbons, ppm, strict=True)), {}).stored


def shown(rows: Sequence[tuple[str, bytes]]) -> ScoredCandidates:
    return ScoredCandidates(lambda index: rows[index][0], lambda index: rows[index][1])


def judged(scores: Sequence[float], rows: Sequence[tuple[str, bytes]]) -> Judgement:
    return judge(np.array(scores), shown(rows), lambda best, same: PosteriorModel().posterior(best, UNDECIDED, same))


def certain(scores: Sequence[float], rows: Sequence[tuple[str, bytes]]) -> RankingOutcome:
    """The verdict if the library certainly holds the compound."""
    model = PosteriorModel((-30.0, *[0.0] * (len(NONE_FEATURES) - 1)))
    intercept = np.eye(len(NONE_FEATURES))[0]
    verdict = judge(np.array(scores), shown(rows), lambda best, same: model.posterior(best, intercept, same)).verdict
    assert verdict is not None
    return verdict


R_BUTANOL = lines("CC[C@@H](C)O", 10.0, 32.0, 69.0, 23.0)
S_BUTANOL = lines("CC[C@H](C)O", 10.0, 32.0, 69.0, 23.0)
ETHER = lines("CCOCC", 15.2, 65.9, 65.9, 15.2)
BUTANOL = lines("CCCCO", 13.8, 19.0, 34.9, 62.5)
HEXANOL = lines("CCCCC(C)O", 14.0, 22.7, 28.0, 39.0, 68.0, 23.4)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(R_BUTANOL, S_BUTANOL, id="enantiomers"),
        pytest.param(
            lines("Cc1cc[nH]n1", 12, 104.6, 133.8, 143.7), lines("Cc1ccn[nH]1", 11.8, 104, 139, 146), id="pyrazoles"
        ),
        pytest.param(
            lines("Oc1ccccn1", 160, 111, 139, 117, 147), lines("O=c1cccc[nH]1", 165, 120, 142, 106, 135), id="lactam"
        ),
        pytest.param(lines("NCC(=O)O", 42.0, 173.0), lines("[NH3+]CC(=O)[O-]", 44.5, 176.0), id="zwitterion"),
        pytest.param(lines("CCCN", 11.0, 26.0, 44.0), lines("CCC[NH3+]", 10.4, 21.0, 41.6), id="ammonium"),
        pytest.param(lines("CC(=O)O", 20.8, 177.2), lines("CC(=O)[O-]", 24.0, 182.0), id="carboxylate"),
        pytest.param(
            lines("CC(=O)O", 20.8, 177.2),
            ("CC(=O)[O-].CC(=O)[O-].[Ca+2]", lines("CC(=O)[O-]", 24.0, 182.0)[1]),
            id="salt of two anions",
        ),
        pytest.param(lines("CC(N)=[NH2+]", 19.0, 168.0), lines("CC(=N)N", 20.0, 166.0), id="amidinium and amidine"),
        pytest.param(
            lines("C/C=C/CC", 17.9, 123.5, 133.3, 25.7, 14.0),
            lines("C/C=C\\CC", 17.9 + 0.4 * SPREAD[0], 123.5, 133.3, 25.7, 14.0),
            id="stereoisomers predicted alike",
        ),
        pytest.param(HEXANOL, ("CCCC(O)CC", HEXANOL[1]), id="the same lines"),
    ],
)
def test_indistinguishable_candidates(one: tuple[str, bytes], other: tuple[str, bytes]) -> None:
    assert group_representatives(2, shown([one, other])).tolist() == [0, 0]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(
            lines("C/C=C/CC", 17.9, 123.5, 133.3, 25.7, 14.0),
            lines("C/C=C\\CC", 17.9 - 0.6 * SPREAD[0], 123.5, 133.3, 25.7, 14.0),
            id="stereoisomers predicted apart",
        ),
        pytest.param(
            lines("C[C@H]1CC[C@@H](C)CC1", 22, 32, 35, 35, 32, 22, 35, 35),
            lines("C[C@H]1CC[C@H](C)CC1", 22, 32, 35, 36, 32, 22, 35, 36),
            id="stereoisomers of another number of lines",
        ),
        pytest.param(BUTANOL, R_BUTANOL, id="constitutional isomers"),
        pytest.param(
            HEXANOL,
            lines("CCCC(O)CC", 14, 22.7, 39, 68.1, 28, 23.4),
            id="constitutional isomers predicted all but alike",
        ),
        pytest.param(
            lines("CC(=O)CC(C)=O", 30, 202, 58, 30, 202),
            lines("CC(=O)C=C(C)O", 24, 191, 100, 24, 191),
            id="keto and enol",
        ),
        pytest.param(lines("OCC(C)=O", 68, 25, 208), lines("CC(O)C=O", 15, 73, 202), id="a carbonyl that moved"),
    ],
)
def test_distinguishable_candidates(one: tuple[str, bytes], other: tuple[str, bytes]) -> None:
    assert group_representatives(2, shown([one, other])).tolist() == [0, 1]


def test_members_of_a_group_are_adjacent_and_groups_are_ordered_by_their_best() -> None:
    result = judged([6.0, 5.0, 4.0, 3.0], [ETHER, R_BUTANOL, BUTANOL, S_BUTANOL])

    assert result.order.tolist() == [0, 1, 3, 2]
    assert result.group.tolist() == [0, 1, 1, 2]


def test_members_have_the_probability_of_their_group() -> None:
    result = judged([6.0, 5.0, 4.0, 3.0], [ETHER, R_BUTANOL, BUTANOL, S_BUTANOL])

    share = np.exp([0.0, -1.0, -2.0])
    ether, two_butanol, butanol = 0.5 * share / share.sum()
    assert result.probability == pytest.approx([ether, two_butanol, two_butanol, butanol])
    assert result.verdict is not None
    assert result.verdict.name == "none fits"


def test_groups_do_not_depend_on_the_order_of_ties() -> None:
    seen = set()
    for rows in permutations((R_BUTANOL, ETHER, S_BUTANOL, BUTANOL)):
        result = judged([4.0] * 4, rows)
        names = [rows[index][0] for index in result.order]
        groups = {frozenset(n for n, g in zip(names, result.group, strict=True) if g == k) for k in result.group}
        seen.add((frozenset(groups), tuple(sorted(zip(names, result.probability.round(9).tolist(), strict=True)))))

    assert len(seen) == 1


def test_candidates_far_below_the_best_are_not_grouped() -> None:
    result = judged([20.0, 7.9, 7.9], [ETHER, R_BUTANOL, S_BUTANOL])

    assert result.group.tolist() == [0, 1, 2]
    assert judged([20.0, 8.1, 8.1], [ETHER, R_BUTANOL, S_BUTANOL]).group.tolist() == [0, 1, 1]


def test_a_single_candidate_is_a_group() -> None:
    result = judged([-3.0], [ETHER])

    assert (result.order.tolist(), result.group.tolist()) == ([0], [0])


E_PENTENE, Z_PENTENE = (
    lines("C/C=C/CC", 17.9, 123.5, 133.3, 25.7, 14.0),
    lines("C/C=C\\CC", 12.7, 123.0, 132.0, 20.6, 14.3),
)


@pytest.mark.parametrize(
    ("scores", "rows", "name", "configuration"),
    [
        ([6.0, 5.5, 0.0], [E_PENTENE, Z_PENTENE, ETHER], "identified", "not distinguished"),
        ([6.0, 1.0, 0.0], [E_PENTENE, Z_PENTENE, ETHER], "identified", "distinguished"),
        ([6.0, 6.0, 0.0], [R_BUTANOL, S_BUTANOL, ETHER], "identified", "not distinguished"),
        ([6.0, 0.0], [R_BUTANOL, ETHER], "identified", ""),
        ([6.0, 6.0, 5.0], [E_PENTENE, Z_PENTENE, ETHER], "probable", "not distinguished"),
        ([6.0, 5.9, 5.8], [E_PENTENE, ETHER, BUTANOL], "open", ""),
        ([6.0, 6.0], [lines("CCCN", 11.0, 26.0, 44.0), lines("CCC[NH3+]", 10.4, 21.0, 41.6)], "identified", ""),
    ],
)
def test_the_verdict_names_the_constitution(
    scores: list[float], rows: list[tuple[str, bytes]], name: str, configuration: str
) -> None:
    verdict = certain(scores, rows)

    assert (verdict.name, verdict.configuration) == (name, configuration)


ACETATE = lines("CCC[NH3+].CC(=O)[O-]", 11.0, 21.0, 42.0, 23.0, 176.0)


def test_salts_of_one_compound_are_one_constitution() -> None:
    verdict = certain([4.0, 4.0], [ACETATE, lines("CCC[NH3+].O=C[O-]", 11.0, 21.0, 42.0, 167.0)])

    assert (verdict.name, verdict.groups) == ("identified", 1)
    assert verdict.configuration == ""


def test_a_salt_with_a_visible_counter_ion_is_not_indistinguishable_from_the_free_base() -> None:
    rows = [ACETATE, lines("CCCN", 11.0, 26.0, 44.0), lines("CCC[NH3+].[Cl-]", 11.0, 21.0, 42.0)]

    assert group_representatives(3, shown(rows)).tolist() == [0, 1, 1]
