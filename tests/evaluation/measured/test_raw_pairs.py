from __future__ import annotations

from pathlib import Path

import pytest
from support import measured_fixtures

from specmol_core.errors import DatasetError, SpectrumError
from specmol_core.evaluation.measured.raw_pairs import read_raw_pairs
from specmol_core.spectra.spectrum import Nucleus, Spectrum


def load(path: Path, nucleus: Nucleus) -> Spectrum:
    if path.name == "broken.dx":
        raise SpectrumError(path, "is no spectrum")
    return measured_fixtures.measured(nucleus)


def test_folder_may_be_given_instead_of_its_manifest(tmp_path: Path) -> None:
    path = measured_fixtures.manifest(tmp_path, smiles="CC[C@H](C)O")
    steps: list[tuple[int, int]] = []

    ((found,), skipped) = read_raw_pairs(tmp_path, load, lambda *at: steps.append(at))

    assert (found.compound, found.group) == ("x", "CCC(C)O")
    assert set(found.spectra) == {"1H", "13C"}
    assert skipped == []
    assert steps == [(1, 1)]
    assert read_raw_pairs(path, load)[0][0].smiles == "CC[C@H](C)O"


@pytest.mark.parametrize(
    ("entry", "reason"),
    [({"h1": {"path": "broken.dx"}}, "is no spectrum"), ({"smiles": "no(smiles"}, "is not a valid SMILES")],
)
def test_unusable_pair_is_reported_and_skipped(entry: dict, reason: str, tmp_path: Path) -> None:
    good, bad = (
        measured_fixtures.manifest(tmp_path).read_text(),
        measured_fixtures.manifest(tmp_path, compound="bad one", **entry).read_text(),
    )
    (tmp_path / "manifest.json").write_text(f"{good[:-1]},{bad[1:]}")

    found, (skipped,) = read_raw_pairs(tmp_path, load)

    assert len(found) == 1
    assert skipped.startswith("bad one: ")
    assert reason in skipped


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (None, "cannot be read"),
        ("{", "not valid JSON"),
        ("{}", "is not a list of pairs"),
        ('[{"smiles": "CC"}]', "entry 1 lacks one of"),
        ('[{"smiles": "CC", "h1": {}, "c13": {"path": "a"}}]', "entry 1: h1 has no path"),
        ('[{"smiles": "CC", "h1": {"path": "a\\u0000b"}, "c13": {"path": "a"}}]', "entry 1: h1 has no path"),
        ('[{"smiles": 5, "h1": {"path": "a"}, "c13": {"path": "a"}}]', "entry 1: its smiles is not a text"),
        ('[{"smiles": "' + "C" * 2_000 + '", "h1": {"path": "a"}, "c13": {"path": "a"}}]', "too much time or memory"),
        ("[" * 200_000, "not valid JSON"),
        ("[" + "0," * (9 << 20) + "0]", "larger than 16 MiB"),
        ('[{"smiles": "CC(", "h1": {"path": "a"}, "c13": {"path": "a"}}]', "none of its 1 pairs can be read"),
    ],
)
def test_malformed_manifest_is_an_error(text: str | None, reason: str, tmp_path: Path) -> None:
    if text is not None:
        (tmp_path / "manifest.json").write_text(text)

    with pytest.raises(DatasetError, match=reason):
        read_raw_pairs(tmp_path, load)
