from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support.measured_fixtures import SMILES, measured, pair

from specmol_core.errors import DatasetError, SpectrumError
from specmol_core.evaluation.ranking.measured_ranking import as_read_from_plot, measured_queries, measured_ranks
from specmol_core.matchnet.network.matcher import MatchNetMatcher, load_matcher
from specmol_core.shifts.records import PARSER
from specmol_core.spectra.spectrum import Spectrum

PARSERS = {"specmol_core.molecules.parse:parse_text"}


@pytest.fixture
def library(tmp_path: Path) -> Path:
    path = tmp_path / "library.smi"
    path.write_text("CCCC(=O)O\nCC(C)C(=O)O\nCOC(=O)CC\nCCO\nCCOC(C)=O\n")
    return path


@pytest.fixture
def matcher(tiny_checkpoint: Path) -> MatchNetMatcher:
    return load_matcher(tiny_checkpoint, "cpu")


def test_candidates_are_isomers_with_the_true_compound_first(library: Path) -> None:
    foreign = replace(pair(), group="C[Si](C)(C)C", smiles="C[Si](C)(C)C")

    (query,) = measured_queries([pair(), pair(), foreign], library, 200, PARSERS)

    assert query.pool[0] == SMILES
    assert set(query.pool[1:]) == {"CCCC(=O)O", "CC(C)C(=O)O", "CCC(=O)OC"}
    (short,) = measured_queries([pair()], library, 2, PARSERS)
    assert len(short.pool) == 3


def test_a_pair_counts_if_all_models_can_express_it(tmp_path: Path) -> None:
    bromide = replace(pair(), group="CCCBr", smiles="CCCBr")
    library = tmp_path / "bromides.smi"
    library.write_text("CC(C)Br\n")

    (query,) = measured_queries([bromide], library, 200, {PARSER})

    assert query.pool == ("CCCBr", "CC(C)Br")
    with pytest.raises(DatasetError, match="no isomer"):
        measured_queries([bromide], library, 200, {PARSER, *PARSERS})


def test_a_library_without_isomers_is_refused(tmp_path: Path) -> None:
    lonely = tmp_path / "lonely.smi"
    lonely.write_text("CCO\n")

    with pytest.raises(DatasetError, match="no isomer"):
        measured_queries([pair()], lonely, 10, PARSERS)


@pytest.mark.slow
def test_each_choice_of_nuclei_has_a_rank(library: Path, matcher: MatchNetMatcher) -> None:
    queries = measured_queries([pair()], library, 200, PARSERS)

    result = measured_ranks(queries, matcher)

    assert set(result.ranks) == {"both", "13C", "1H"}
    assert all(len(values) == 1 and 1 <= values[0] <= 4 for values in result.ranks.values())
    assert result.candidates == 4
    assert result.seconds > 0


def test_unreadable_spectra_rank_last(library: Path, matcher: MatchNetMatcher) -> None:
    def refuse(spectrum: Spectrum) -> Spectrum:
        raise SpectrumError("plot.png", "no spectrum")

    result = measured_ranks(measured_queries([pair()], library, 200, PARSERS), matcher, transform=refuse)

    assert result.ranks == {"both": [4], "13C": [4], "1H": [4]}


def test_a_plot_keeps_the_lines() -> None:
    read = as_read_from_plot(measured("13C"))

    strongest = read.axis.grid()[int(np.argmax(read.intensities))]
    assert min(abs(strongest - ppm) for ppm in (14.2, 60.5)) < 0.1
