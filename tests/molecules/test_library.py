from __future__ import annotations

import gzip
import io
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rdkit import Chem

from specmol_core.errors import LibraryError
from specmol_core.molecules.library import Candidate, RejectedRecord, open_library, parse_records
from specmol_core.molecules.worker_pool import WorkerPool

SMILES = ("CCO", "c1ccccc1", "CC(=O)N")
BLOCKS = [str(Chem.MolToMolBlock(Chem.MolFromSmiles(s))) for s in SMILES]
SDF = "".join(f"m{i}{block}$$$$\n" for i, block in enumerate(BLOCKS))


def verdicts(path: Path | str) -> list[tuple[int, str, str]]:
    return [
        (p.index, p.name, p.smiles if isinstance(p, Candidate) else p.reason)
        for batch in parse_records(open_library(path), workers=1)
        for p in batch
    ]


@pytest.mark.parametrize(
    ("name", "text", "expected_format"),
    [
        ("a.sdf", SDF, "sdf"),
        ("a.txt", SDF.replace("\n", "\r\n"), "sdf"),
        ("a.smi", "# c\nsmiles name\n\n" + "".join(f"{s} m{i}\n" for i, s in enumerate(SMILES)), "smi"),
        ("a.csv", "ID,Smiles\n" + "".join(f"m{i},{s}\r\n" for i, s in enumerate(SMILES)), "csv"),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_library_of_every_format(name: str, text: str, expected_format: str, packed: bool, tmp_path: Path) -> None:
    path = tmp_path / (name + ".gz" if packed else name)
    path.write_bytes(gzip.compress(text.encode()) if packed else text.encode())

    assert open_library(path).format == expected_format
    assert verdicts(path) == [(0, "m0", "CCO"), (1, "m1", "c1ccccc1"), (2, "m2", "CC(N)=O")]


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"CCO a\nCCN\n")))

    assert verdicts("-") == [(0, "a", "CCO"), (1, "", "CCN")]


def test_invalid_records_keep_their_indices(tmp_path: Path) -> None:
    path = tmp_path / "a.sdf"
    path.write_text(SDF + "junk\n$$$$\n$$$$\n" + SDF)

    found = verdicts(path)

    assert [index for index, _, _ in found] == list(range(8))
    assert found[3][1:] == ("junk", "unparsable: RDKit does not read it")
    assert found[4][1:] == ("", "empty")
    assert found[5][1:] == ("m0", "CCO")


def test_name_that_is_not_utf8_is_decoded(tmp_path: Path) -> None:
    path = tmp_path / "a.smi"
    path.write_bytes(b"CCO \xb5-ol\nC\x00C nul\n")

    assert verdicts(path) == [(0, "µ-ol", "CCO"), (1, "nul", "unparsable: the record holds a NUL byte")]


def test_truncated_gzip_library_gives_its_complete_records_and_their_number(tmp_path: Path) -> None:
    rng = random.Random(0)
    text = "".join(f"{'C' * rng.randint(1, 40)}O {rng.random()}\n" for _ in range(1_500))
    path = tmp_path / "a.smi.gz"
    path.write_bytes(gzip.compress(text.encode())[:-4_000])
    found: list[Candidate | RejectedRecord] = []

    def collect() -> None:
        for batch in parse_records(open_library(path)):
            found.extend(batch)

    with pytest.raises(LibraryError, match=r"after [\d,]+ complete records: the gzip data breaks off") as error:
        collect()

    assert len(found) > 500
    assert f"after {len(found):,} complete records" in str(error.value)


@pytest.mark.parametrize("text", ["# nothing\n", "smiles name\n", "id,smiles\n"])
def test_library_without_records(text: str, tmp_path: Path) -> None:
    path = tmp_path / "a.smi"
    path.write_text(text)

    with pytest.raises(LibraryError, match="holds no record"):
        verdicts(path)


@pytest.fixture(scope="module")
def pool() -> Iterator[WorkerPool]:
    pool = WorkerPool(max_atoms=60, seconds=10)
    yield pool
    pool.close()


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_garbled_sd_files_raise_only_library_errors(data: st.DataObject, pool: WorkerPool, tmp_path: Path) -> None:
    text = bytearray(SDF.encode())
    for _ in range(data.draw(st.integers(1, 12))):
        place = data.draw(st.integers(0, len(text) - 1))
        if data.draw(st.booleans()):
            text[place] = data.draw(st.integers(0, 255))
        else:
            del text[place : place + data.draw(st.integers(1, 80))]
    path = tmp_path / "a.sdf"
    path.write_bytes(text)

    try:
        records = list(open_library(path).records())
    except LibraryError:
        return
    found = pool.parse([record for record in records if not record.fault])

    assert [record.index for record in records] == list(range(len(records)))
    assert not [item for item in found if isinstance(item, str) and ("crash" in item or "timed out" in item)]


@pytest.mark.slow
def test_reading_molecules_does_not_load_torch() -> None:
    code = "import sys, specmol_core.molecules.library; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": ":".join(filter(None, sys.path))})


VENDOR_NAMES = ["ethyl 4-methoxycinnamate", "methyl 4-methoxycinnamate", "ethyl 2-methoxycinnamate", "aspirin"]
VENDOR_SMILES = [
    "CCOC(=O)/C=C/c1ccc(OC)cc1",
    "COC(=O)/C=C/c1ccc(OC)cc1",
    "CCOC(=O)/C=C/c1ccccc1OC",
    "CC(=O)Oc1ccccc1C(=O)O",
]
VENDOR_FILES = {
    "SMILES_paren.csv": list("0123"),
    "blank_before_mend.sdf": VENDOR_NAMES,
    "chembl.csv": [f"CHEMBL{n}" for n in range(4)],
    "comma.smi": VENDOR_NAMES,
    "cr.smi": VENDOR_NAMES,
    "mixed.rdf": VENDOR_NAMES[:2],
    "name_first.smi": [f"C00000{n}" for n in range(4)],
    "no_mend.sdf": VENDOR_NAMES,
    "noheader.csv": VENDOR_NAMES,
    "pubchem.csv": VENDOR_NAMES,
    "pubchem_new.csv": VENDOR_NAMES,
    "quoted.smi": VENDOR_NAMES,
    "semicolon.smi": VENDOR_NAMES,
    "sep.csv": VENDOR_NAMES,
    "short_header.sdf": [""] * 4,
    "title_row.csv": VENDOR_NAMES,
    "utf16.smi": VENDOR_NAMES,
    "zinc.smi": [f"ZINC00000{n}" for n in range(4)],
}


@pytest.mark.parametrize("name", VENDOR_FILES)
def test_files_of_other_programs(name: str, shared: Path) -> None:
    path = shared / "data/vendor_files/libraries" / name
    if not path.exists():
        pytest.skip(f"{path} is missing")

    assert verdicts(path) == [(i, *pair) for i, pair in enumerate(zip(VENDOR_FILES[name], VENDOR_SMILES, strict=False))]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-32", "utf-8-sig", "latin-1"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("packed", [False, True])
def test_library_in_any_encoding_with_any_line_ends(encoding: str, end: str, packed: bool, tmp_path: Path) -> None:
    lines = ["sep=;", "Naïve export; of 2026;", "ID;Name;SMILES (isomeric)", "1;café;CCO", "2;;CCN", ""]
    content = end.join(lines).encode(encoding)
    path = tmp_path / "a.csv"
    path.write_bytes(gzip.compress(content) if packed else content)

    assert verdicts(path) == [(0, "café", "CCO"), (1, "2", "CCN")]
    assert len(list(open_library(path).records())) == 2
