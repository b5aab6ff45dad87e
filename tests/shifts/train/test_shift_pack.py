from __future__ import annotations

from collections import Counter
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from specmol_core.errors import DatasetError
from specmol_core.shifts.train.shift_pack import ShiftPack, pack_records
from specmol_core.shifts.train.shift_records import experimental_records


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> ShiftPack:
    path = tmp_path_factory.mktemp("pack") / "m.jsonl"
    path.write_text(
        '{"smiles": "CCO", "c13": [[58.0, [1], "T"], [18.1, [0], "Q"]], "map": "cascade_sdf"}\n'
        '{"smiles": "CC(C)=O", "c13": [[206.0, 1], [30.0, 2]], "h1": [[2.1, 6, "s", []]]}\n'
        '{"smiles": "C1CC1", "c13": [[-2.8, 3]]}\n'
    )
    return pack_records(experimental_records(path, Counter()), (), frozenset(), Counter())


def changed(pack: ShiftPack, name: str, place: Any, value: Any) -> ShiftPack:
    array = getattr(pack, name).copy()
    array[place] = value
    return replace(pack, **{name: array})


def test_a_pack_of_records_has_no_fault(pack: ShiftPack) -> None:
    assert pack.fault() == ""
    assert len(pack) == 3


@pytest.mark.parametrize(
    ("name", "place", "value"),
    [
        ("atoms", (0, 0), 255),
        ("edges", (0, 0), -1),
        ("edges", (0, 1), 3),  # a first atom of the next molecule
        ("edges", (0, 2), 99),
        ("labels", (0, 0), 3),
        ("labels", (0, 1), 4),
        ("labels", (0, 2), -1),
        ("values", 0, np.nan),
        ("values", 0, 1e9),
        ("solvent", 0, 200),
        ("split", 0, 3),
        ("atom_start", 1, 10**12),
        ("edge_start", 1, -1),
        ("label_start", 0, 1),
        ("label_start", -1, 1),
    ],
)
def test_each_value_out_of_range_is_a_fault(pack: ShiftPack, name: str, place: Any, value: Any) -> None:
    assert changed(pack, name, place, value).fault()


@pytest.mark.slow
def test_each_other_type_or_length_is_a_fault(pack: ShiftPack, tmp_path: Path) -> None:
    for field in fields(ShiftPack):
        array = getattr(pack, field.name)
        for other in (array.astype(np.float64), array[:-1], array[None], array[:0]):
            bad = replace(pack, **{field.name: other})
            assert bad.fault()
            bad.save(tmp_path / "bad.npz")
            with pytest.raises(DatasetError, match=r"not an archive of labelled graphs .* specmol train shifts"):
                ShiftPack.load(tmp_path / "bad.npz")
