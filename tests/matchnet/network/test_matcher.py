from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from rdkit import Chem

from specmol_core.config import EmbedConfig, RankConfig
from specmol_core.errors import CheckpointError, UsageError
from specmol_core.matchnet.features.backbone import Backbone, save_backbone
from specmol_core.matchnet.network.atoms import to_tensors
from specmol_core.matchnet.network.matcher import MatchNetMatcher, load_matcher
from specmol_core.molecules.graph import GraphBatch, MoleculeGraph, featurise
from specmol_core.molecules.library import open_library
from specmol_core.retrieval.cache.cache_file import open_cache
from specmol_core.retrieval.embed import embed_library
from specmol_core.retrieval.library_source import records_of_library
from specmol_core.retrieval.ranker import Ranker
from specmol_core.runtime.devices import resolve_device
from specmol_core.shipped import shipped_checkpoint
from specmol_core.spectra.analysis.analysis import analyse_unmasked
from specmol_core.spectra.canonical_image import canonical_image
from specmol_core.spectra.geometry import Geometry
from specmol_core.spectra.read import read_spectrum
from specmol_core.spectra.spectrum import Spectrum, SpectrumPair

pytestmark = pytest.mark.slow

SMILES = ("CCOC(C)=O", "O", "c1ccccc1C(=O)N", "CCCC(=O)O")


@pytest.fixture(scope="module")
def matcher(tiny_checkpoint: Path) -> MatchNetMatcher:
    return load_matcher(tiny_checkpoint, "cpu")


@pytest.fixture(scope="module")
def h1(spectra: tuple[Path, Path]) -> Spectrum:
    return read_spectrum(spectra[0], "1H", None, Geometry().h1_window)


@pytest.fixture(scope="module")
def c13(spectra: tuple[Path, Path]) -> Spectrum:
    return read_spectrum(spectra[1], "13C", None, Geometry().c13_window)


@pytest.fixture(scope="module")
def graphs() -> list[MoleculeGraph]:
    return [featurise(Chem.MolFromSmiles(s)) for s in SMILES]


def test_attributes(matcher: MatchNetMatcher, tiny_checkpoint: Path) -> None:
    again = load_matcher(tiny_checkpoint, "cpu")

    assert matcher.geometry == Geometry()
    assert matcher.model == "matchnet"
    assert matcher.elements == ("C", "N", "O", "H")
    assert (matcher.match_width, matcher.joint_width) == (128, 128)
    assert len(matcher.id) == 64
    assert again.id == matcher.id


def test_molecule_vectors_do_not_depend_on_the_batch(matcher: MatchNetMatcher, graphs: list[MoleculeGraph]) -> None:
    match, joint = matcher.molecule_vectors(graphs)

    assert match.dtype == joint.dtype == np.float16
    assert match.shape == joint.shape == (4, 128)
    for i, graph in enumerate(graphs):
        one, other = matcher.molecule_vectors([graph])
        np.testing.assert_allclose(one[0].astype(float), match[i].astype(float), atol=1e-4, rtol=2e-3)
        np.testing.assert_allclose(other[0].astype(float), joint[i].astype(float), atol=1e-4, rtol=2e-3)
    assert np.abs(match[0].astype(float) - match[3].astype(float)).max() > 1e-3


def test_molecule_vectors_are_those_of_the_network_in_half_precision(
    matcher: MatchNetMatcher, graphs: list[MoleculeGraph]
) -> None:
    with torch.inference_mode():
        vectors = matcher.network.encode_molecules(to_tensors(GraphBatch.of(graphs)))
        unit = matcher.network.joint.embed_molecules(vectors)

    match, joint = matcher.molecule_vectors(graphs)

    np.testing.assert_array_equal(match, vectors.numpy().astype(np.float16))
    np.testing.assert_array_equal(joint, unit.numpy().astype(np.float16))


def test_a_huge_vector_stays_finite(
    matcher: MatchNetMatcher, graphs: list[MoleculeGraph], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matcher.network, "encode_molecules", lambda g: torch.full((g.molecules, 128), -1e6))

    match, _ = matcher.molecule_vectors(graphs)

    assert (match == np.float16(-65504)).all()


def test_spectrum_vectors_come_from_feature_maps_of_the_images(
    matcher: MatchNetMatcher, h1: Spectrum, c13: Spectrum
) -> None:
    pictures = [canonical_image(s, matcher.geometry)[None] for s in (h1, c13)]
    maps = [matcher.backbone.features(p) for p in pictures]
    with torch.inference_mode():
        expected = matcher.network.encode_spectra(*maps)[0]
        joint = matcher.network.joint.embed_spectra(*(m.mean((2, 3)) for m in maps))[0]

    result = matcher.spectrum_vectors(SpectrumPair(h1, c13))

    assert result[0].shape == (32,)
    np.testing.assert_array_equal(result[0], expected.numpy())
    np.testing.assert_array_equal(result[1], joint.numpy())
    assert np.linalg.norm(result[1]) == pytest.approx(1.0, abs=1e-5)


def test_one_nucleus_suffices_and_nuclei_give_different_vectors(
    matcher: MatchNetMatcher, h1: Spectrum, c13: Spectrum
) -> None:
    pairs = (SpectrumPair(h1, c13), SpectrumPair(h1=h1), SpectrumPair(c13=c13))
    vectors = [matcher.spectrum_vectors(pair) for pair in pairs]

    for k in range(2):
        both, proton, carbon = (v[k] for v in vectors)
        assert np.isfinite([both, proton, carbon]).all()
        assert np.abs(both - proton).max() > 1e-4
        assert np.abs(both - carbon).max() > 1e-4
        assert np.abs(proton - carbon).max() > 1e-4


def test_a_missing_nucleus_is_a_map_of_zeros(matcher: MatchNetMatcher, h1: Spectrum) -> None:
    result = matcher.backbone.features(canonical_image(h1, matcher.geometry)[None])
    with torch.inference_mode():
        expected = matcher.network.encode_spectra(result, torch.zeros_like(result))[0]

    vector, _ = matcher.spectrum_vectors(SpectrumPair(h1=h1))

    np.testing.assert_allclose(vector, expected.numpy(), atol=1e-6, rtol=1e-4)


def test_logits_are_those_of_the_network(matcher: MatchNetMatcher, graphs: list[MoleculeGraph], h1: Spectrum) -> None:
    molecules, _ = matcher.molecule_vectors(graphs)
    spectrum, _ = matcher.spectrum_vectors(SpectrumPair(h1=h1))

    logits = matcher.logits(spectrum, molecules)

    with torch.inference_mode():
        for i, row in enumerate(molecules):
            one = torch.from_numpy(row.astype(np.float32))[None]
            expected = matcher.network.match(one, torch.from_numpy(spectrum)[None]).item()
            assert logits[i] == pytest.approx(expected, abs=1e-5)
    assert logits.dtype == np.float32
    assert matcher.logits(spectrum, molecules[:0]).shape == (0,)


def test_payloads_are_the_vectors_for_scoring(matcher: MatchNetMatcher, graphs: list[MoleculeGraph]) -> None:
    match, joint = matcher.molecule_vectors(graphs)

    payloads, again = matcher.embed(graphs)

    assert [len(one) for one in payloads] == [256] * 4
    np.testing.assert_array_equal(np.stack([np.frombuffer(one, "<f2") for one in payloads]), match)
    np.testing.assert_array_equal(again, joint)


@pytest.mark.parametrize("weights", [(1.0, 0.0, 0.0), (0.7, 2.5, -1.25)])
def test_scores_from_payloads_equal_scores_from_vectors(
    matcher: MatchNetMatcher,
    graphs: list[MoleculeGraph],
    h1: Spectrum,
    c13: Spectrum,
    weights: tuple[float, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(matcher, "weights", weights)
    pair = SpectrumPair(h1, c13)
    match, joint = matcher.molecule_vectors(graphs)
    spectrum, unit = matcher.spectrum_vectors(pair)
    cosines = joint.astype(np.float32) @ unit
    expected = weights[0] * matcher.logits(spectrum, match) + weights[1] * cosines + weights[2]

    payloads, kept = matcher.embed(graphs)
    for stored in (payloads, [memoryview(b"x" + one)[1:] for one in payloads]):
        scores = matcher.scores(matcher.query(analyse_unmasked(pair)), stored, kept)

        assert scores.dtype == np.float64
        np.testing.assert_array_equal(scores, expected.astype(np.float64).round(4))
    assert matcher.scores(matcher.query(analyse_unmasked(pair)), [], kept[:0]).shape == (0,)


@pytest.mark.parametrize(
    "wrong", [b"", bytes(255), bytes(257), bytes(512), np.full(128, np.nan, "<f2").tobytes(), b"\0\x7c" * 128]
)
def test_invalid_payloads_are_refused(
    matcher: MatchNetMatcher, graphs: list[MoleculeGraph], h1: Spectrum, wrong: bytes
) -> None:
    payloads, joint = matcher.embed(graphs)
    payloads[2] = wrong

    with pytest.raises(ValueError, match="the payload of a molecule is not"):
        matcher.scores(matcher.query(analyse_unmasked(SpectrumPair(h1=h1))), payloads, joint)


def test_a_cache_ranks_as_the_network_does(
    matcher: MatchNetMatcher, h1: Spectrum, c13: Spectrum, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matcher, "weights", (0.7, 2.5, -1.25))
    library = tmp_path / "library.smi"
    library.write_text("".join(f"{smiles}\n" for smiles in SMILES))
    records = records_of_library(open_library(library), EmbedConfig(), matcher.parser)
    candidates = open_cache(embed_library(records, matcher, EmbedConfig()).cache)

    ranking = Ranker(matcher, candidates, RankConfig()).rank(analyse_unmasked(SpectrumPair(h1, c13)))

    vectors = matcher.molecule_vectors([featurise(Chem.MolFromSmiles(smiles)) for smiles in SMILES])
    spectrum, unit = matcher.spectrum_vectors(SpectrumPair(h1, c13))
    expected = 0.7 * matcher.logits(spectrum, vectors[0]) + 2.5 * (vectors[1].astype(np.float32) @ unit) - 1.25
    assert {c.index: c.score for c in ranking.candidates} == pytest.approx(dict(enumerate(expected)), abs=2e-4)


def test_another_backbone_of_the_same_name_is_refused(tiny_checkpoint: Path, tmp_path: Path) -> None:
    shutil.copy(tiny_checkpoint, tmp_path)
    save_backbone(tmp_path / "tiny.safetensors", Backbone((1, 1, 1, 1), rows=32), {}, quantise=False)

    with pytest.raises(
        CheckpointError, match=r"tiny.safetensors: is not the backbone that .* was trained on"
    ) as caught:
        load_matcher(tmp_path / tiny_checkpoint.name, "cpu")

    assert caught.value.exit_code == 5


def test_a_missing_backbone_is_named(tiny_checkpoint: Path, tmp_path: Path) -> None:
    shutil.copy(tiny_checkpoint, tmp_path)

    with pytest.raises(CheckpointError, match=r"its backbone tiny.safetensors is neither beside it nor in the package"):
        load_matcher(tmp_path / tiny_checkpoint.name, "cpu")


def test_a_missing_checkpoint(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="no such file"):
        load_matcher(tmp_path / "none.safetensors", "cpu")
    with pytest.raises(CheckpointError, match="no weights are shipped for matchnet-a"):
        shipped_checkpoint("matchnet-a")


@pytest.mark.parametrize("name", ["gpu", "cuda:0", "CPU", ""])
def test_an_unknown_device(name: str, tiny_checkpoint: Path) -> None:
    with pytest.raises(UsageError, match="choose auto, cpu or cuda"):
        load_matcher(tiny_checkpoint, name)


def test_devices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert resolve_device("auto") == resolve_device("cpu") == "cpu"
    with pytest.raises(UsageError, match="no CUDA device"):
        resolve_device("cuda")

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert resolve_device("auto") == resolve_device("cuda") == "cuda"
    assert resolve_device("cpu") == "cpu"
