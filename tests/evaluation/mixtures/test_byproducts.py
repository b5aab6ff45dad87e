from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from specmol_core.errors import DatasetError
from specmol_core.evaluation.mixtures.byproducts import (
    NamedByProduct,
    byproduct_figures,
    measure_byproducts,
    simulated_reactions,
)
from specmol_core.matchnet_x.checkpoint import load_matchnet_x
from specmol_core.shifts.predictor import ShiftPredictor
from specmol_core.shipped import shipped_weights

TABLE = """reactants,products
CCO.CC(=O)O,CCOC(C)=O
CCCO.CC(=O)O,CCCOC(C)=O
COc1ccc(C=O)cc1.CC(C)=O,COc1ccc(C=CC(C)=O)cc1
[Na+].[Cl-],CCO
O=Cc1ccccc1.CC(C)=O,CC(=O)C=Cc1ccccc1
"""


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "reactions.csv.gz"
    path.write_bytes(gzip.compress(TABLE.encode()))
    return path


def test_the_byproduct_is_of_another_reaction_and_among_the_candidates(table: Path) -> None:
    reactions = list(simulated_reactions(table, 10, 5, 0))

    assert len(reactions) == 4
    ester = next(r for r in reactions if r.products == ("CCOC(C)=O",))
    assert ester.known == ("CCO", "CC(=O)O", "CCOC(C)=O")
    assert ester.byproduct == "CCCOC(C)=O"
    assert ester.candidates[0] == ester.byproduct
    assert all(not set(r.known) & set(r.candidates) and len(set(r.candidates)) == 5 for r in reactions)


def test_the_same_seed_draws_the_same_reactions(table: Path) -> None:
    assert list(simulated_reactions(table, 2, 5, 1)) == list(simulated_reactions(table, 2, 5, 1))


@pytest.mark.parametrize("content", [b"smiles\nCCO\n", b"reactants,products\n[Na+],[Cl-]\n", b"\xff\xfe\x00"])
def test_another_table_is_an_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "reactions.csv"
    path.write_bytes(content)

    with pytest.raises(DatasetError, match="reaction"):
        list(simulated_reactions(path, 1, 5, 0))


@pytest.mark.slow
def test_a_byproduct_is_ranked_by_each_choice_of_nuclei(table: Path) -> None:
    matcher = load_matchnet_x(shipped_weights() / "matchnet-x.safetensors", shipped_weights())
    reactions = (r for r in simulated_reactions(table, 10, 5, 0) if r.products == ("COc1ccc(C=CC(C)=O)cc1",))

    rows = {row.shown: row for row in measure_byproducts(reactions, matcher, ShiftPredictor.load(), 0)}

    assert set(rows) == {"both", "1H", "13C", "both, pure", "1H, pure", "13C, pure"}
    assert all(1 <= row.rank <= 5 and 0.3 <= row.conversion <= 0.95 for row in rows.values())
    assert rows["both, pure"].rank == 1
    assert all((row.first == row.byproduct) == (row.rank == 1) for row in rows.values())
    assert rows["both"].byproduct == "CC(=O)C=Cc1ccccc1"


def test_figures_are_shares_of_the_reactions() -> None:
    rows = [NamedByProduct("C", "both", rank, 0.5) for rank in (1, 1, 3, 9)]

    figures = byproduct_figures(rows)

    assert set(figures) == {"both"}
    assert (figures["both"]["first"], figures["both"]["first_five"]) == (0.5, 0.75)
    assert figures["both"]["first_low"] <= 0.5 <= figures["both"]["first_high"]
