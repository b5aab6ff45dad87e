from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from rdkit import Chem

from specmol_core.shifts.atoms import AtomShifts
from specmol_core.simulation.exchange import exchangeable_lines
from specmol_core.simulation.lines import BroadLine
from specmol_core.simulation.ranges import IDEAL, MEASURED, ExchangeRanges
from specmol_core.simulation.sample import SOLVENTS
from specmol_core.simulation.topology import read_topology


def lines(
    smiles: str,
    h1: dict[int, list[float]],
    solvent: str = "CDCl3",
    ranges: ExchangeRanges = IDEAL.exchange,
    seed: int = 0,
) -> tuple[BroadLine, ...]:
    mol = Chem.MolFromSmiles(smiles)
    classes = list(Chem.CanonicalRankAtoms(mol, breakTies=False))
    rng = np.random.default_rng(seed)
    return exchangeable_lines(
        mol,
        read_topology(mol),
        AtomShifts({}, h1),
        classes,
        SOLVENTS[solvent],
        rng,
        ranges,
        shifts_are_in_solvent=False,
    )


def test_one_line_per_group() -> None:
    found = lines("NCCO", {0: [1.5, 1.5], 3: [2.5]})

    assert [(b.ppm, b.area) for b in found] == [(1.5, 2.0), (2.5, 1.0)]


def test_equivalent_groups_share_a_line() -> None:
    (found,) = lines("OCCO", {0: [2.5], 3: [2.5]})

    assert found.area == 2.0


@pytest.mark.parametrize(
    ("smiles", "low", "high"),
    [
        ("CC(=O)O", 9, 13),
        ("Oc1ccccc1", 4, 7),
        ("CCO", 1, 3),
        ("CC(=O)NC", 5, 8.5),
        ("CCS", 1, 2),
        ("c1cc[nH]c1", 7, 11),
    ],
)
def test_unknown_shift_is_drawn_from_the_range_of_its_kind(smiles: str, low: float, high: float) -> None:
    assert all(low < b.ppm < high for seed in range(20) for b in lines(smiles, {}, seed=seed))


def test_lines_depend_on_the_solvent() -> None:
    """In D2O nearly all protons are exchanged.

    In DMSO an alcohol is at higher shift and is sharper.
    """
    shown = {s: [lines("CCO", {2: [2.0]}, s, MEASURED.exchange, seed) for seed in range(200)] for s in SOLVENTS}
    seen = {s: sum(map(len, found)) / 200 for s, found in shown.items()}

    assert seen["CDCl3"] == pytest.approx(1 - MEASURED.exchange.missing_probability, abs=0.08)
    assert seen["D2O"] < 0.1 > seen["CD3OD"]
    mean_ppm = {s: np.mean([b.ppm for found in shown[s] for b in found]) for s in ("CDCl3", "DMSO-d6")}
    assert mean_ppm["DMSO-d6"] > mean_ppm["CDCl3"] + 1.5
    width = {s: np.median([b.width_hz for found in shown[s] for b in found]) for s in ("CDCl3", "DMSO-d6")}
    assert width["DMSO-d6"] < width["CDCl3"]


def test_protons_on_silicon_do_not_exchange_in_d2o() -> None:
    assert [b.ppm for b in lines("C[SiH](C)C", {1: [3.9]}, "D2O")] == [3.9]


def test_all_can_be_missing() -> None:
    assert lines("CCO", {2: [2.0]}, ranges=replace(IDEAL.exchange, missing_probability=1.0)) == ()
