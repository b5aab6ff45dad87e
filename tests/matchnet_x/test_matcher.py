from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from rdkit import Chem
from support.by_hand import WEIGHTS, observed
from support.measured_fixtures import measured

from specmol_core.config import EmbedConfig, RankConfig
from specmol_core.matcher.protocol import MAX_PAYLOAD_BYTES, Matcher
from specmol_core.matchnet_x.checkpoint import load_matchnet_x
from specmol_core.matchnet_x.components.search import scored_set
from specmol_core.matchnet_x.likelihood import log_likelihood_ratios
from specmol_core.matchnet_x.matcher import MatchNetXMatcher, ObservedQuery
from specmol_core.matchnet_x.observed_signals import observed_pair
from specmol_core.matchnet_x.predicted_lines import unpack_lines, unpack_salt_lines
from specmol_core.molecules.graph import MoleculeGraph
from specmol_core.molecules.library import open_library
from specmol_core.retrieval.cache.cache_file import open_cache
from specmol_core.retrieval.cache.candidates import CandidateSet
from specmol_core.retrieval.embed import embed_in_memory, embed_library
from specmol_core.retrieval.library_source import LibraryRecords, records_of_library
from specmol_core.retrieval.ranker import Ranker, Ranking
from specmol_core.shifts.records import PARSER, parse_shifts
from specmol_core.shipped import shipped_weights
from specmol_core.spectra.analysis.analysis import AnalysedPair, Analysis, analyse_unmasked
from specmol_core.spectra.geometry import Geometry
from specmol_core.spectra.read import read_spectrum
from specmol_core.spectra.readers.sentence.inline import InlineText
from specmol_core.spectra.spectrum import SpectrumPair

SMILES = ("CCCC(=O)O", "CCOC(C)=O", "C1COCCO1", "CC(O)C(C)=O", "C[C@H](O)CC", "ClC(Cl)(Cl)Cl")
LISTED = analyse_unmasked(
    SpectrumPair(
        read_spectrum(
            InlineText("1H NMR δ 4.12 (q, 2H), 2.05 (s, 3H), 1.26 (t, 3H)"), "1H", None, Geometry().h1_window
        ),
        read_spectrum(InlineText("13C NMR δ 171.1, 60.4, 21.0, 14.2"), "13C", None, Geometry().c13_window),
    )
)
"""Ethyl acetate as in a paper."""


@pytest.fixture(scope="module")
def matcher(random_checkpoint: Path) -> MatchNetXMatcher:
    return load_matchnet_x(random_checkpoint, Path("no such folder"))


@pytest.fixture(scope="module")
def graphs() -> list[MoleculeGraph]:
    result = [parse_shifts(smiles, "smiles", 100) for smiles in SMILES]
    return [molecule.graph for molecule in result if not isinstance(molecule, str)]


def test_it_implements_the_matcher_protocol(matcher: MatchNetXMatcher) -> None:
    asked = {name for name in vars(Matcher) if not name.startswith("_")}

    assert {name for name in asked if not hasattr(matcher, name)} == set()
    assert (matcher.model, matcher.device, matcher.geometry) == ("matchnet-x", "cpu", Geometry())
    assert len(matcher.id) == 64
    module, function = matcher.parser.split(":")
    assert (module, function) == (parse_shifts.__module__, parse_shifts.__name__)


def test_payloads_and_vectors_of_molecules(matcher: MatchNetXMatcher, graphs: list[MoleculeGraph]) -> None:
    stored, joint = matcher.embed(graphs)

    assert [int(unpack_lines([one], "1H").nuclei.sum()) for one in stored] == [8, 8, 8, 8, 10, 0]
    assert max(map(len, stored)) <= MAX_PAYLOAD_BYTES
    assert (joint.shape, joint.dtype) == ((6, matcher.joint_width), np.float16)


def in_solvents(proton: str | None, carbon: str | None) -> AnalysedPair:
    """``LISTED`` in the named solvents."""
    assert LISTED.h1 is not None
    assert LISTED.c13 is not None
    h1, c13 = LISTED.h1.spectrum, LISTED.c13.spectrum
    return analyse_unmasked(SpectrumPair(replace(h1, solvent=proton), replace(c13, solvent=carbon)))


@pytest.mark.parametrize(
    ("proton", "carbon", "solvents"),
    [
        (None, None, ("CDCl3", "CDCl3")),
        ("DMSO", None, ("DMSO-d6", "DMSO-d6")),
        (None, "benzene-d6", ("C6D6", "C6D6")),
        ("CD3OD", "CDCl3", ("CDCl3", "CD3OD")),
        ("dioxane-d8", None, ("other", "other")),
        ("brine", None, ("CDCl3", "CDCl3")),
    ],
)
def test_solvents_of_a_query(
    matcher: MatchNetXMatcher, proton: str | None, carbon: str | None, solvents: tuple[str, str]
) -> None:
    assert matcher.query(in_solvents(proton, carbon)).solvents == solvents


def test_payloads_are_predicted_in_the_solvent_of_the_query(
    matcher: MatchNetXMatcher, graphs: list[MoleculeGraph]
) -> None:
    stored, _ = matcher.embed(graphs)
    in_two = matcher.payloads_for(matcher.query(in_solvents("DMSO", "CDCl3")), SMILES)
    assert in_two is not None
    assert matcher.payloads_for(matcher.query(LISTED), SMILES) is None

    for smiles, one, before in zip(SMILES, in_two, stored, strict=True):
        shifts = {
            solvent: matcher.predictor.predict([Chem.MolFromSmiles(smiles)], solvent)[0]
            for solvent in ("CDCl3", "DMSO-d6")
        }
        carbons = unpack_lines([one], "13C").ppm
        protons = unpack_lines([one], "1H").ppm
        assert set(carbons) == set(unpack_lines([before], "13C").ppm)
        for ppm in protons:
            assert min(abs(ppm - v) for values in shifts["DMSO-d6"].h1.values() for v in values) < 0.001
        assert not len(protons) or set(protons) != set(unpack_lines([before], "1H").ppm)


def test_embedding_many_equals_one_at_a_time(matcher: MatchNetXMatcher, graphs: list[MoleculeGraph]) -> None:
    stored, joint = matcher.embed(graphs)

    for index, graph in enumerate(graphs):
        (one,), vector = matcher.embed([graph])
        for nucleus, unit in (("13C", 0.01), ("1H", 0.001)):
            alone, together = unpack_lines([one], nucleus), unpack_lines([stored[index]], nucleus)
            assert alone.ppm == pytest.approx(together.ppm, abs=1.01 * unit)
            assert alone.kind.tolist() == together.kind.tolist()
        assert vector[0] == pytest.approx(joint[index], abs=2e-3)
    assert matcher.embed(graphs)[0] == stored


def test_a_query_holds_the_observed_signals(matcher: MatchNetXMatcher) -> None:
    query = matcher.query(LISTED)

    assert [shown.nucleus for shown in query.observed] == ["1H", "13C"]
    assert query.joint.shape == (matcher.joint_width,)
    assert np.linalg.norm(query.joint) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("pair", "factors"),
    [
        (LISTED, {"13C": WEIGHTS.paired[0], "1H": WEIGHTS.paired[1]}),
        (AnalysedPair(h1=LISTED.h1), {"1H": WEIGHTS.single[1]}),
        (AnalysedPair(c13=LISTED.c13), {"13C": WEIGHTS.single[0]}),
        (analyse_unmasked(SpectrumPair(c13=measured("13C"))), {"13C": WEIGHTS.single_trace[0]}),
        (
            AnalysedPair(LISTED.h1, Analysis(measured("13C"), masking=False)),
            {"13C": WEIGHTS.paired_trace[0], "1H": WEIGHTS.paired_trace[1]},
        ),
    ],
)
def test_scores_are_weighted_log_likelihood_ratios_with_four_decimals(
    matcher: MatchNetXMatcher, graphs: list[MoleculeGraph], pair: AnalysedPair, factors: dict[str, float]
) -> None:
    stored, joint = matcher.embed(graphs)
    expected = np.zeros(len(graphs))
    for shown in observed_pair(pair):
        expected += factors[shown.nucleus] * log_likelihood_ratios(matcher.likelihood_model, [shown], stored)[0]

    scores = matcher.scores(matcher.query(pair), stored, joint)

    assert scores == pytest.approx(expected, abs=1e-4)
    np.testing.assert_array_equal(scores, scores.round(4))


def test_scores_of_a_rest_are_the_mean_with_a_score_whose_amount_is_free(
    matcher: MatchNetXMatcher, graphs: list[MoleculeGraph]
) -> None:
    stored, joint = matcher.embed(graphs)
    query = matcher.query(LISTED)
    factors = matcher.weights.factors_for(query.observed)
    free = [
        scored_set(matcher.likelihood_model, factors, query.observed, stored, [k]).score for k in range(len(stored))
    ]

    scores = matcher.scores(replace(query, is_rest=True), stored, joint)

    assert scores == pytest.approx(0.5 * (matcher.scores(query, stored, joint) + np.array(free)), abs=2e-4)


def test_what_is_left_without_known_compounds_is_a_rest(matcher: MatchNetXMatcher) -> None:
    left, (known,) = matcher.without_known(LISTED, ["CC(C)(C)C"])

    assert left is not None
    assert left.is_rest
    assert known.smiles == "CC(C)(C)C"
    assert not matcher.query(LISTED).is_rest


def test_scores_do_not_depend_on_order_and_memory(matcher: MatchNetXMatcher, graphs: list[MoleculeGraph]) -> None:
    stored, joint = matcher.embed(graphs)
    query = matcher.query(LISTED)
    scores = matcher.scores(query, stored, joint)

    backwards = matcher.scores(matcher.query(LISTED), [memoryview(b"x" + one)[1:] for one in stored[::-1]], joint[::-1])

    np.testing.assert_array_equal(backwards[::-1], scores)
    assert matcher.scores(query, [], joint[:0]).shape == (0,)


@pytest.mark.parametrize("wrong", [b"\0", bytes(7), b"\xff" * 5 + b"\x3f"])
def test_invalid_payloads_are_refused(matcher: MatchNetXMatcher, graphs: list[MoleculeGraph], wrong: bytes) -> None:
    stored, joint = matcher.embed(graphs)

    with pytest.raises(ValueError, match="stored lines"):
        matcher.scores(matcher.query(LISTED), [*stored[1:], wrong], joint)


@pytest.mark.parametrize("h1", [True, False])
def test_spectra_without_signals_are_scored(matcher: MatchNetXMatcher, graphs: list[MoleculeGraph], h1: bool) -> None:
    empty = (observed("1H", [], []),) if h1 else (observed("13C", []),)
    query = ObservedQuery(empty, np.zeros(matcher.joint_width, np.float32))

    assert np.isfinite(matcher.scores(query, *matcher.embed(graphs))).all()


@pytest.fixture(scope="module")
def fitted(matchnet_x_checkpoint: Path) -> MatchNetXMatcher:
    return load_matchnet_x(matchnet_x_checkpoint, shipped_weights())


@pytest.fixture(scope="module")
def candidates(fitted: MatchNetXMatcher, library: Path) -> CandidateSet:
    return embed_in_memory(library_records(library), fitted, EmbedConfig())


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("library") / "l.smi"
    path.write_text("".join(f"{smiles}\n" for smiles in (*SMILES, "C[C@@H](O)CC")))
    return path


def library_records(library: Path) -> LibraryRecords:
    return records_of_library(open_library(library), EmbedConfig(workers=1), PARSER)


@pytest.mark.parametrize("nuclei", [("1H", "13C"), ("1H",), ("13C",)])
@pytest.mark.parametrize(
    "pair", [LISTED, analyse_unmasked(SpectrumPair(measured("1H"), measured("13C")))], ids=["listed", "measured"]
)
def test_ethyl_acetate_is_identified(
    fitted: MatchNetXMatcher, candidates: CandidateSet, nuclei: tuple[str, ...], pair: AnalysedPair
) -> None:
    shown = {a.spectrum.nucleus: a for a in pair.analyses if a.spectrum.nucleus in nuclei}

    ranking = Ranker(fitted, candidates, RankConfig()).rank(AnalysedPair(shown.get("1H"), shown.get("13C")))

    assert ranking.verdict is not None
    assert (ranking.candidates[0].smiles, ranking.verdict.name) == ("CCOC(C)=O", "identified")


def test_mirror_images_are_one_group_and_identified_together(
    fitted: MatchNetXMatcher, candidates: CandidateSet
) -> None:
    sentence = "1H NMR δ 3.72 (m, 1H), 1.47 (m, 2H), 1.18 (d, 3H), 0.93 (t, 3H)"
    butanol = read_spectrum(InlineText(sentence), "1H", None, Geometry().h1_window)

    ranking = Ranker(fitted, candidates, RankConfig()).rank(analyse_unmasked(SpectrumPair(butanol)))

    assert ranking.verdict is not None
    assert (ranking.verdict.name, ranking.verdict.groups) == ("identified", 1)
    assert [c.group for c in ranking.candidates[:3]] == [1, 1, 2]
    assert {c.smiles for c in ranking.candidates[:2]} == {"CC[C@H](C)O", "CC[C@@H](C)O"}
    of_groups = {c.group: c.probability for c in ranking.candidates}
    assert sum(of_groups.values()) + ranking.verdict.none_fits_probability == pytest.approx(1.0)


def test_a_cache_does_not_change_the_ranking(
    fitted: MatchNetXMatcher, library: Path, candidates: CandidateSet, tmp_path: Path
) -> None:
    made = embed_library(library_records(library), fitted, EmbedConfig(), cache=tmp_path / "c.h5")

    assert Ranker(fitted, open_cache(made.cache), RankConfig()).rank(LISTED) == Ranker(
        fitted, candidates, RankConfig()
    ).rank(LISTED)


def test_assignment_of_a_candidate(fitted: MatchNetXMatcher) -> None:
    result = fitted.assign(fitted.query(LISTED), "CCOC(C)=O")

    # Both protons of a CH2 may be predicted a hundredth apart, and are two lines of one signal then.
    assert list(dict.fromkeys((s.nucleus, s.atoms) for s in result.signals)) == [
        ("13C", (3,)), ("13C", (1,)), ("13C", (4,)), ("13C", (0,)), ("1H", (1,)), ("1H", (4,)), ("1H", (0,)),
    ]  # fmt: skip


def ranked_salts(fitted: MatchNetXMatcher, folder: Path, *smiles: str) -> Ranking:
    path = folder / f"{len(smiles)}.smi"
    path.write_text("".join(f"{text} record {number}\n" for number, text in enumerate(smiles)))
    candidates = embed_in_memory(library_records(path), fitted, EmbedConfig(workers=1))
    return Ranker(fitted, candidates, RankConfig()).rank(SALT)


SALT = analyse_unmasked(
    SpectrumPair(None, read_spectrum(
        InlineText("13C NMR δ 176.0, 35.0, 22.8, 12.6"), "13C", None, Geometry().c13_window
    ))
)  # fmt: skip
"""Ethylammonium acetate as in a paper."""


def test_another_salt_of_the_compound_does_not_change_whether_the_library_has_it(
    fitted: MatchNetXMatcher, tmp_path: Path
) -> None:
    one = ranked_salts(fitted, tmp_path, "CC[NH3+].CC(=O)[O-]", "CCCCCCO")
    both = ranked_salts(fitted, tmp_path, "CC[NH3+].CC(=O)[O-]", "CC[NH3+].O=C[O-]", "CCCCCCO")

    assert one.verdict is not None
    assert both.verdict is not None
    assert both.candidates[0].smiles == "CC[NH3+].CC(=O)[O-]"
    assert both.candidates[0].formula == "C2H8N+.C2H3O2-"
    assert both.verdict.none_fits_probability == pytest.approx(one.verdict.none_fits_probability)


def test_payloads_of_a_salt_in_the_solvent_are_those_of_its_parts(fitted: MatchNetXMatcher) -> None:
    (whole,) = fitted.payloads_for(replace(fitted.query(SALT), observed=IN_WATER), ["CC[NH3+].CC(=O)[O-]"]) or []
    (main,) = fitted.payloads_for(replace(fitted.query(SALT), observed=IN_WATER), ["CC[NH3+]"]) or []

    lines, of_counter_ion = unpack_salt_lines([whole], "13C")

    assert lines.ppm[~of_counter_ion].tolist() == unpack_lines([main], "13C").ppm.tolist()
    assert lines.ppm[of_counter_ion].tolist() == pytest.approx([22.8, 176.0], abs=0.01)


IN_WATER = (replace(observed("13C", [12.6, 35.0]), solvent="D2O"),)
