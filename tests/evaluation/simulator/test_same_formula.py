from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest
from rdkit import Chem

from specmol_core.evaluation.measured.raw_pairs import RawPair
from specmol_core.evaluation.simulator.config import RealismConfig
from specmol_core.evaluation.simulator.counterpart import prepare_pairs
from specmol_core.evaluation.simulator.same_formula import DecoyRanks, rank_among_decoys
from specmol_core.shifts.atoms import AtomShifts
from specmol_core.spectra.axis import PpmAxis
from specmol_core.spectra.spectrum import Spectrum

LIBRARY = "CCCO a\nCC(C)O b\nCOCC c\nCCO d\nOCCC duplicate\nno(smiles e\nClCCCO f\nCCCCO g\n"


@pytest.fixture
def library(tmp_path: Path) -> Path:
    path = tmp_path / "l.smi.gz"
    path.write_bytes(gzip.compress(LIBRARY.encode()))
    return path


def test_figures_of_known_ranks() -> None:
    ranks = DecoyRanks(("a", "b"), (3, 1), {"1H": (1, 2), "13C": (4, 1), "both": (1, 1)}, 3)

    assert ranks.short_query_count == 1
    assert ranks.figures("1H")["mrr"] == pytest.approx(0.75)
    assert ranks.figures("13C")["top_1"] == pytest.approx(0.5)
    assert ranks.figures("both") == {
        "mrr": 1.0,
        "low": 1.0,
        "high": 1.0,
        "top_1": 1.0,
        "by_chance": pytest.approx(((1 + 1 / 2 + 1 / 3 + 1 / 4) / 4 + 0.75) / 2),
    }


def predict(mols: list[Chem.Mol], solvent: str) -> list[AtomShifts]:
    """Return the measured shifts of 1-propanol, and those of an ether for any other structure."""
    found = []
    for mol in mols:
        carbons = [a for a in mol.GetAtoms() if a.GetAtomicNum() == 6]
        right = Chem.MolToSmiles(mol) == "CCCO"
        c13 = [10.1, 25.6, 64.3] if right else [58.0, 60.0, 62.0]
        h1 = [0.93, 1.57, 3.59] if right else [3.2, 3.3, 3.4]
        found.append(
            AtomShifts(
                {a.GetIdx(): ppm for a, ppm in zip(carbons, c13, strict=True)},
                {a.GetIdx(): [ppm] * a.GetTotalNumHs() for a, ppm in zip(carbons, h1, strict=True)},
            )
        )
    return found


def measured(nucleus: str, ppm: list[float], window: tuple[float, float], mhz: float, width: float) -> Spectrum:
    axis = PpmAxis(*window, 8192)
    rng = np.random.default_rng(0)
    values = rng.normal(0.0, 1e-4, axis.points)
    for shift in ppm:
        values += 1 / (1 + ((axis.grid() - shift) / (width / 2)) ** 2)
    return Spectrum(nucleus, axis, values.astype(np.float32), frequency_mhz=mhz, solvent="CDCl3")  # type: ignore[arg-type]


@pytest.fixture
def pair() -> RawPair:
    h1 = measured("1H", [0.92, 1.58, 3.60], (14.0, -2.0), 400.0, 0.02)
    c13 = measured("13C", [10.2, 25.7, 64.5], (230.0, -20.0), 100.6, 0.05)
    return RawPair("1-propanol", "CCCO", "CCCO", "made", {"1H": h1, "13C": c13})


def test_right_structure_is_most_similar_to_its_spectra(pair: RawPair, library: Path) -> None:
    seen: list[tuple[int, int]] = []
    ranks = rank_among_decoys(
        prepare_pairs([pair, pair], predict), library, predict, RealismConfig(), lambda *at: seen.append(at)
    )

    assert ranks.queries == ("1-propanol",)  # one constitution counts once
    assert ranks.decoys == (2,)
    assert ranks.ranks == {"1H": (1,), "13C": (1,), "both": (1,)}
    assert ranks.short_query_count == 1
    assert seen == [(1, 1)]


def test_truth_ranks_last_among_ties(pair: RawPair, library: Path) -> None:
    def nothing(mols: list[Chem.Mol], solvent: str) -> list[AtomShifts]:
        return [AtomShifts() for _ in mols]

    ranks = rank_among_decoys(prepare_pairs([pair], nothing), library, nothing, RealismConfig(), lambda *at: None)

    assert ranks.ranks == {"1H": (3,), "13C": (3,), "both": (3,)}
