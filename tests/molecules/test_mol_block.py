from __future__ import annotations

import pytest
from rdkit import Chem

from specmol_core.molecules.mol_block import MolBlock, mol_block
from specmol_core.molecules.text_lines import MAX_LINE_BYTES

TITLE, PROGRAM = "aspirin", "     RDKit          2D"


def lines_of(smiles: str = "CC(=O)Oc1ccccc1C(=O)O", *, v3000: bool = False) -> list[bytes]:
    mol = Chem.MolFromSmiles(smiles)
    mol.SetProp("_Name", TITLE)
    text: str = Chem.MolToMolBlock(mol, forceV3000=v3000)
    return text.encode().rstrip().split(b"\n")


def smiles_of(block: MolBlock) -> str:
    mol = Chem.MolFromMolBlock(b"\n".join(block.lines[: block.stop]).decode())
    return str(Chem.MolToSmiles(mol))


def repaired(lines: list[bytes], *, is_ended: bool = True) -> tuple[str, str]:
    """Fault, or title and SMILES."""
    block = mol_block(lines, is_ended=is_ended)
    return (block.fault, "") if block.fault else (block.lines[0].decode(), smiles_of(block))


DATA = [b"> <ID>", b"17", b""]
EXPECTED = (TITLE, "CC(=O)Oc1ccccc1C(=O)O")


@pytest.mark.parametrize("v3000", [False, True])
@pytest.mark.parametrize("data", [[], DATA])
def test_regular_block_is_unchanged(v3000: bool, data: list[bytes]) -> None:
    lines = lines_of(v3000=v3000)

    assert mol_block(lines + data, is_ended=False) == MolBlock(lines + data, len(lines))


@pytest.mark.parametrize("v3000", [False, True])
@pytest.mark.parametrize("data", [[], DATA])
def test_missing_end_is_added(v3000: bool, data: list[bytes]) -> None:
    assert repaired(lines_of(v3000=v3000)[:-1] + data) == EXPECTED


@pytest.mark.parametrize("v3000", [False, True])
@pytest.mark.parametrize("blank", [b"", b"   "])
def test_blank_line_before_the_end_is_removed(v3000: bool, blank: bytes) -> None:
    lines = lines_of(v3000=v3000)

    assert repaired([*lines[:-1], blank, lines[-1], *DATA]) == EXPECTED


@pytest.mark.parametrize("place", range(5, 34))
def test_blank_line_anywhere_in_the_block_is_removed(place: int) -> None:
    lines = lines_of()

    assert repaired([*lines[:place], b"", *lines[place:]]) == EXPECTED if place < len(lines) else True


@pytest.mark.parametrize(
    ("header", "title"),
    [
        ([TITLE, PROGRAM, ""], TITLE),
        ([PROGRAM, ""], ""),
        ([PROGRAM], ""),
        ([TITLE, PROGRAM], TITLE),
        ([TITLE, ""], TITLE),
        ([TITLE], TITLE),
        ([], ""),
        (["", "", TITLE, PROGRAM, ""], TITLE),
        (["  -OEChem-01012612342D", ""], ""),
        (["  Mrv2211 0101261234", ""], ""),
    ],
)
def test_header_with_missing_or_extra_lines(header: list[str], title: str) -> None:
    assert repaired([*(line.encode() for line in header), *lines_of()[3:]]) == (title, EXPECTED[1])


def test_every_truncation_is_rejected_or_whole() -> None:
    # The charge stands behind the bonds: a block without it would be another molecule.
    lines = lines_of("CC(=O)[O-]")

    for stop in range(4, len(lines)):
        assert "breaks off" in repaired(lines[:stop], is_ended=False)[0]
    for stop in range(4, len(lines) - 2):
        assert "breaks off" in repaired(lines[:stop], is_ended=True)[0]
    assert repaired(lines[:-1], is_ended=True)[1] == "CC(=O)[O-]"


def test_blank_alias_is_not_removed() -> None:
    lines = lines_of("CC(=O)[O-]")
    alias = [b"A    1", b""]

    block = mol_block([*lines[:-2], *alias, *lines[-2:-1], b"", lines[-1]], is_ended=True)

    assert block.lines[block.stop - 4 : block.stop] == [*alias, *lines[-2:]]


def test_line_that_is_too_long_is_a_fault() -> None:
    lines = lines_of()
    lines[4] = b"x" * (MAX_LINE_BYTES + 1)

    assert "too long" in mol_block(lines, is_ended=True).fault
