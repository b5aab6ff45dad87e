"""Sets, identifications and advice as rank gives them."""

from __future__ import annotations

import csv
import io
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support.calibrations import write_calibration_beside

from specmol_core.errors import CheckpointError, UsageError
from specmol_core.options import LibraryOptions, ModelOptions, RankOptions
from specmol_core.queries import QueryFiles
from specmol_core.report.result import QueryFailure, QueryResult
from specmol_core.report.writers import to_csv, to_json
from specmol_core.session import Session

BUTANOLS = "C[C@H](O)CC R\nC[C@@H](O)CC S\nCC(C)CO iso\nCCCCO n\nCC(C)(C)O tert\n"
LIST = "13C NMR (101 MHz, CDCl3) δ 69.2, 32.0, 22.8, 10.0."
PYRAZINES = "CCc1cnc(CC)c(C)n1 a\nCCc1ncc(C)nc1CC b\nCCc1nc(CC)cnc1C c\n"
PYRAZINE_H1 = "1H NMR (400 MHz, CDCl3) δ 8.2 (s, 1H), 2.8 (q, 4H), 2.5 (s, 3H), 1.28 (t, 6H)."


@pytest.fixture
def checkpoint(matchnet_x_checkpoint: Path, tmp_path: Path) -> Path:
    path = Path(shutil.copy(matchnet_x_checkpoint, tmp_path))
    write_calibration_beside(path, np.linspace(0.0, 60.0, 60))
    return path


def session(checkpoint: Path | None, options: RankOptions) -> Session:
    return Session(options, model=ModelOptions(checkpoint), libraries=LibraryOptions(use_cache=False))


def rank(
    checkpoint: Path | None, options: RankOptions, folder: Path, library: str = BUTANOLS, **spectra: str
) -> QueryResult:
    path = folder / "library.smi"
    path.write_text(library)
    query = QueryFiles.named_after_spectrum(spectra.get("h1"), spectra.get("c13"))
    return session(checkpoint, options).rank(query, path)


def test_the_set_holds_whole_groups_and_is_shown_in_all_formats(checkpoint: Path, tmp_path: Path) -> None:
    result = rank(checkpoint, RankOptions(confidence=0.1), tmp_path, c13=LIST)

    assert result.confidence_set is not None
    assert result.confidence_set.kind == "peak lists, 13C alone"
    groups = {c.group for index, c in enumerate(result.candidates) if result.is_in_set(index)}
    members = [c for c in result.candidates if c.group in groups]
    assert result.confidence_set.groups == len(groups)
    assert {c.name for c in result.candidates if c.group == 1} == {"R", "S"}
    assert result.confidence_set.candidates == len(members) < len(result.candidates)
    found = json.loads(to_json(result))
    assert [c["in_set"] for c in found["candidates"]] == [c in members for c in result.candidates]
    assert found["confidence_set"]["level"] == 0.1
    rows = list(csv.DictReader(io.StringIO(to_csv(result))))
    assert [row["in_set"] for row in rows] == ["yes" if c in members else "no" for c in result.candidates]
    assert (rows[0]["confidence"], rows[0]["set_groups"]) == ("0.1", str(len(groups)))


def test_the_set_does_not_depend_on_how_many_candidates_are_shown(checkpoint: Path, tmp_path: Path) -> None:
    options = RankOptions(confidence=0.9)
    short = replace(options, config=replace(options.config, top=1))

    assert rank(checkpoint, short, tmp_path, c13=LIST).confidence_set == (
        rank(checkpoint, options, tmp_path, c13=LIST).confidence_set
    )


def test_without_the_options_there_is_neither_set_nor_decision(checkpoint: Path, tmp_path: Path) -> None:
    result = rank(checkpoint, RankOptions(), tmp_path, c13=LIST)

    assert (result.confidence_set, result.identification, result.is_in_set(0)) == (None, None, None)


def test_a_query_is_identified_by_its_own_probability_and_not_by_the_batch(checkpoint: Path, tmp_path: Path) -> None:
    library = tmp_path / "library.smi"
    library.write_text(BUTANOLS)
    queries = [QueryFiles.named_after_spectrum(None, text) for text in (LIST, "13C NMR δ 160.1, 120.0, 33.3")]
    options = RankOptions(max_error=0.05)

    together = [r for r in session(checkpoint, options).rank_all(queries, library) if isinstance(r, QueryResult)]
    alone = [session(checkpoint, options).rank(query, library) for query in queries]

    decisions = [r.identification for r in together]
    assert decisions == [r.identification for r in alone]
    assert [d is not None and d.identified for d in decisions] == [True, False]


def test_a_level_beyond_the_calibration_fails_only_its_query(checkpoint: Path, tmp_path: Path) -> None:
    library = tmp_path / "library.smi"
    library.write_text(BUTANOLS)

    (failure,) = session(checkpoint, RankOptions(confidence=0.999)).rank_all(
        [QueryFiles.named_after_spectrum(None, LIST)], library
    )

    assert isinstance(failure, QueryFailure)
    assert failure.exit_code == 2
    assert failure.message.startswith("--confidence 0.999: the calibration has 120 queries of peak lists, 13C alone")


@pytest.mark.parametrize("level", [0.0, 1.0, -0.5, float("nan")])
def test_a_level_that_is_no_probability_is_refused(level: float) -> None:
    with pytest.raises(UsageError, match=r"--confidence .* is not between 0 and 1"):
        RankOptions(confidence=level)


def test_a_calibration_of_another_checkpoint_is_refused(checkpoint: Path, tmp_path: Path) -> None:
    path = checkpoint.with_suffix(".calibration.json")
    path.write_text(path.read_text().replace('"checkpoint": "', '"checkpoint": "0'))

    with pytest.raises(CheckpointError, match="is the calibration of another checkpoint"):
        rank(checkpoint, RankOptions(confidence=0.9), tmp_path, c13=LIST)


def test_refined_scores_are_not_calibrated() -> None:
    with pytest.raises(UsageError, match="--max-error is calibrated on rankings without --refine"):
        RankOptions(max_error=0.01, refine="csp5")


def test_isomers_that_share_the_probability_get_advice(tmp_path: Path) -> None:
    result = rank(None, RankOptions(), tmp_path, PYRAZINES, h1=PYRAZINE_H1)

    assert result.advice is not None
    assert result.advice.ranks == (1, 2, 3)
    assert json.loads(to_json(result))["next"]["experiment"] == "13C"


def test_a_decided_ranking_gets_no_advice(tmp_path: Path) -> None:
    assert rank(None, RankOptions(), tmp_path, c13=LIST).advice is None
