"""``benchmarks/natural_products.py`` takes only structures that no training has seen."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType

import pytest
from rdkit import Chem
from support.benchmark_scripts import load_benchmark

SINOMENINE = "COC1=CC2C3Cc4ccc(OC)c(O)c4C2(CCN3C)CC1=O"
CODEINE = "COc1ccc2c3c1OC1C(O)C=CC4C(C2)N(C)CCC341"
MORPHINE = "CN1CCC23c4c5ccc(O)c4OC2C(O)C=CC3C1C5"
DRUG = "CC(=O)Nc1ccc(S(=O)(=O)Nc2ccccc2)cc1"


@pytest.fixture(scope="module")
def natural_products() -> ModuleType:
    return load_benchmark("natural_products")


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """Made-up lists of four structures, and a library."""
    measured, library = tmp_path / "measured.jsonl", tmp_path / "library.smi"
    with measured.open("w", encoding="utf-8") as file:
        for smiles in (SINOMENINE, CODEINE, MORPHINE, DRUG):
            carbons = [a.GetIdx() for a in Chem.MolFromSmiles(smiles).GetAtoms() if a.GetAtomicNum() == 6]
            lines = [[20.0 + 5 * i, [atom], "S"] for i, atom in enumerate(carbons)]
            file.write(json.dumps({"id": smiles, "smiles": smiles, "c13": lines}) + "\n")
    library.write_text("CCO\n", encoding="utf-8")
    return measured, library


def names(queries: list[dict[str, object]]) -> set[str]:
    return {str(query["truth"]) for query in queries}


def test_structures_of_the_training_are_left_out(natural_products: ModuleType, files: tuple[Path, Path]) -> None:
    unseen, scaffolds = natural_products.natural_product_queries([files[0]], files[1], frozenset(), frozenset())

    assert not unseen
    assert names(scaffolds) <= {SINOMENINE, CODEINE, MORPHINE}


def test_excluded_natural_products_are_queries(natural_products: ModuleType, files: tuple[Path, Path]) -> None:
    excluded = frozenset((SINOMENINE, CODEINE, DRUG))

    unseen, _ = natural_products.natural_product_queries([files[0]], files[1], excluded, frozenset())

    assert names(unseen) == {SINOMENINE, CODEINE}
    query = next(q for q in unseen if q["truth"] == SINOMENINE)
    assert SINOMENINE in query["pool"]
    assert CODEINE in query["pool"]
    assert len(query["c13"]) == 19


def test_predicted_labels_count_as_training(natural_products: ModuleType, files: tuple[Path, Path]) -> None:
    measured, library = files
    text = measured.read_text(encoding="utf-8").splitlines()
    # Without usable shifts, the training of the predictor has no measured record of it.
    entry = json.loads(text[0]) | {"qc_c13_mae": 4.0}
    entry["c13"] = [[ppm, [atoms[0] + 200], "S"] for ppm, atoms, _ in entry["c13"]]
    measured.write_text("\n".join([json.dumps(entry), *text[1:]]) + "\n", encoding="utf-8")

    unseen, _ = natural_products.natural_product_queries([measured], library, frozenset(), frozenset())
    predicted, _ = natural_products.natural_product_queries([measured], library, frozenset(), frozenset((SINOMENINE,)))

    assert SINOMENINE in names(unseen)
    assert SINOMENINE not in names(predicted)
