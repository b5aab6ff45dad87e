"""``benchmarks/measured_pairs.py`` gives each measured compound isomers, also where the library has none."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from types import ModuleType

import pytest
from rdkit import Chem
from rdkit.Chem.rdMolDescriptors import CalcMolFormula
from support.benchmark_scripts import load_benchmark


@pytest.fixture(scope="module")
def measured_pairs() -> ModuleType:
    return load_benchmark("measured_pairs")


def test_isomers_of_the_library_come_first_and_others_are_made(measured_pairs: ModuleType, tmp_path: Path) -> None:
    library, records = tmp_path / "library.smi", tmp_path / "records.jsonl.gz"
    library.write_text("CC(C)N\n")
    with gzip.open(records, "wt") as file:
        file.write(json.dumps({"smiles": "CC[C@H](C)Br"}) + "\n")

    found = measured_pairs.isomers_of_pairs(["CCCN", "CC(C)(C)Br"], library, [records])

    assert found["CCCN"] == ["CC(C)N"]
    assert found["CC(C)(C)Br"][0] == "CCC(C)Br"
    assert set(found["CC(C)(C)Br"]) == {"CCC(C)Br", "CC(C)CBr", "CCCCBr"}


@pytest.mark.parametrize("smiles", ["Oc1ccc(-c2ccccc2)cc1I", "CC12CCC(C1)C(C)(C)C2(O)c1nccs1", "CCCC"])
def test_moved_substituents_keep_the_formula(measured_pairs: ModuleType, smiles: str) -> None:
    made = measured_pairs.moved_substituents(smiles)

    assert made
    assert smiles not in made
    assert {CalcMolFormula(Chem.MolFromSmiles(one)) for one in made} == {CalcMolFormula(Chem.MolFromSmiles(smiles))}
