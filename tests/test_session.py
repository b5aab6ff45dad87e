"""The session: constraints, and the candidates that are assigned and drawn."""

from __future__ import annotations

import base64
from pathlib import Path

import numpy as np
import pytest

from specmol_core.config import EmbedConfig, RankConfig
from specmol_core.errors import LibraryError, SpectrumError, UsageError
from specmol_core.molecules.constraints import Constraints
from specmol_core.options import ExplainOptions, LibraryOptions, ModelOptions, RankOptions, SpectrumOptions
from specmol_core.queries import QueryFiles
from specmol_core.report.result import QueryFailure, QueryResult
from specmol_core.session import Session
from specmol_core.spectra.analysis import recognise
from specmol_core.spectra.analysis.noise import NoiseFloor
from specmol_core.spectra.analysis.picking import pick_peaks
from specmol_core.spectra.peaks import Peak
from specmol_core.spectra.spectrum import Spectrum

ESTERS = "CCOC(C)=O ester\nCCC(=O)OC other\nCOC=O small\nCCOC=O formate\nCCCOC(C)=O large\nCCO alcohol\n"


@pytest.fixture
def library(tmp_path: Path) -> Path:
    path = tmp_path / "l.smi"
    path.write_text(ESTERS)
    return path


@pytest.fixture
def query(spectra: tuple[Path, Path]) -> QueryFiles:
    return QueryFiles("q", *spectra)


def session(
    checkpoint: Path,
    prefilter: int = 0,
    constraints: Constraints = Constraints(),  # noqa: B008
    explain: ExplainOptions = ExplainOptions(),
    *,
    keep_solvent: bool = False,
) -> Session:
    return Session(
        RankOptions(RankConfig(prefilter=prefilter), constraints),
        model=ModelOptions(checkpoint),
        spectra=SpectrumOptions(keep_solvent=keep_solvent),
        libraries=LibraryOptions(EmbedConfig(workers=1)),
        explain=explain,
    )


def names(result: QueryResult) -> list[str]:
    return [candidate.name for candidate in result.candidates]


@pytest.mark.parametrize("keep_solvent", [False, True])
def test_trace_is_analysed_once(
    matchnet_x_checkpoint: Path, library: Path, query: QueryFiles, monkeypatch: pytest.MonkeyPatch, keep_solvent: bool
) -> None:
    analysed: list[bytes] = []

    def counted(spectrum: Spectrum, floor: NoiseFloor | None = None) -> tuple[Peak, ...]:
        analysed.append(spectrum.intensities.tobytes())
        return pick_peaks(spectrum, floor)

    monkeypatch.setattr(recognise, "pick_peaks", counted)
    session(matchnet_x_checkpoint, keep_solvent=keep_solvent).rank(query, library)

    assert len(analysed) == len(set(analysed)) == 2


@pytest.mark.parametrize(
    ("constraints", "left"),
    [
        (Constraints(), {"ester", "other", "small", "formate", "large", "alcohol"}),
        (Constraints(formula="C4H8O2"), {"ester", "other"}),
        (Constraints(mass=88.0524, ppm=5.0), {"ester", "other"}),
        (Constraints(formula="C4H8O2", elements=("C", "H", "O")), {"ester", "other"}),
    ],
)
def test_only_allowed_candidates_are_scored(
    matchnet_x_checkpoint: Path, library: Path, query: QueryFiles, constraints: Constraints, left: set[str]
) -> None:
    result = session(matchnet_x_checkpoint, constraints=constraints).rank(query, library)

    assert set(names(result)) == left
    assert (result.library.read, result.library.scored) == (6, len(left))
    assert result.provenance.settings["constraints"] == constraints.as_dict()


def test_library_without_allowed_candidates_is_an_error(
    matchnet_x_checkpoint: Path, library: Path, query: QueryFiles
) -> None:
    constrained = session(matchnet_x_checkpoint, constraints=Constraints(formula="C6H6", elements=("C", "H")))

    with pytest.raises(
        LibraryError, match=r"l\.smi: none of its 6 candidates has formula C6H6, elements C, H"
    ) as caught:
        constrained.rank(query, library)
    assert caught.value.exit_code == 4


def test_batch_continues_after_a_library_without_allowed_candidates(
    matchnet_x_checkpoint: Path, library: Path, query: QueryFiles, tmp_path: Path
) -> None:
    (tmp_path / "none.smi").write_text("c1ccccc1\n")
    queries = [QueryFiles("a", query.h1, query.c13, tmp_path / "none.smi"), query]

    failed, done = session(matchnet_x_checkpoint, constraints=Constraints(formula="C4H8O2")).rank_all(queries, library)

    assert isinstance(failed, QueryFailure)
    assert failed.exit_code == 4
    assert isinstance(done, QueryResult)


def test_prefilter_searches_only_allowed_candidates(
    matchnet_x_checkpoint: Path, library: Path, query: QueryFiles
) -> None:
    # Ethyl acetate is by far the nearest; it must not be the one candidate that passes the prefilter.
    result = session(matchnet_x_checkpoint, prefilter=1, constraints=Constraints(formula="C2H6O")).rank(query, library)

    assert names(result) == ["alcohol"]
    assert names(session(matchnet_x_checkpoint, prefilter=1).rank(query, library)) == ["ester"]


@pytest.mark.slow
def test_constraints_apply_to_a_model_without_a_verdict(
    tiny_checkpoint: Path, library: Path, query: QueryFiles
) -> None:
    result = session(tiny_checkpoint, constraints=Constraints(formula="C4H8O2")).rank(query, library)

    assert set(names(result)) == {"ester", "other"}
    assert (result.verdict, result.assignments) == (None, ())


@pytest.mark.parametrize(("assigned", "count"), [(0, 0), (2, 2), (50, 6)])
def test_the_first_candidates_are_assigned(
    matchnet_x_checkpoint: Path, library: Path, query: QueryFiles, assigned: int, count: int
) -> None:
    result = session(matchnet_x_checkpoint, explain=ExplainOptions(assigned)).rank(query, library)

    assert len(result.assignments) == count
    assert result.verdict is not None
    if count:
        caught = {(s.nucleus, s.atoms) for s in result.assignments[0].signals}
        assert {("13C", (3,)), ("1H", (1,))} <= caught


@pytest.mark.parametrize(("shifts", "notes"), [("171.1, 60.4, 21.0, 21.0", 1), ("171.1, 60.4, 21.0, 14.2", 0)])
def test_the_reading_of_repeated_values_is_a_warning(
    matchnet_x_checkpoint: Path, library: Path, tmp_path: Path, shifts: str, notes: int
) -> None:
    (tmp_path / "c13.txt").write_text(f"13C NMR (101 MHz, CDCl3) δ {shifts}.\n")

    result = session(matchnet_x_checkpoint).rank(QueryFiles("q", None, tmp_path / "c13.txt"), library)

    assert sum(warning.startswith("13C: ") and "21 (2C)" in warning for warning in result.warnings) == notes


def test_images_are_drawn_of_assigned_candidates(
    matchnet_x_checkpoint: Path, library: Path, query: QueryFiles, tmp_path: Path
) -> None:
    explain = ExplainOptions(2, tmp_path / "why", ".svg")

    session(matchnet_x_checkpoint, explain=explain).rank(query, library)

    assert sorted(path.name[:5] for path in explain.folder.iterdir()) == ["q_01_", "q_02_"]


@pytest.mark.slow
def test_images_need_a_model_that_assigns_signals(tiny_checkpoint: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="matchnet assigns no signals to atoms; use --model matchnet-x"):
        _ = session(tiny_checkpoint, explain=ExplainOptions(folder=tmp_path)).matcher


FID_WITHOUT_CARRIER = """<nmrML xmlns="http://nmrml.org/schema"><acquisition><acquisition1D>
<acquisitionNucleus name="hydrogen atom"/><irradiationFrequency value="400.0" unitName="megaHertz"/>
<sweepWidth value="6000" unitName="hertz"/><fidData compressed="false" byteFormat="complex128">{fid}</fidData>
</acquisition1D></acquisition></nmrML>"""


def test_a_fid_without_a_carrier_is_not_ranked(matchnet_x_checkpoint: Path, library: Path, tmp_path: Path) -> None:
    time = np.arange(1024) / 6000.0
    fid = np.exp(2j * np.pi * 800.0 * time - 8 * time)
    path = tmp_path / "fid.nmrML"
    path.write_text(FID_WITHOUT_CARRIER.format(fid=base64.b64encode(fid.tobytes()).decode()))

    with pytest.raises(SpectrumError, match=r"states no carrier, so no line has a shift: .*--h1-range HIGH,LOW"):
        session(matchnet_x_checkpoint).rank(QueryFiles("q", path, None), library)
