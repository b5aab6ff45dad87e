"""Libraries of generated molecules without duplicates, the same on every machine.

A molecule is a chain of a head, blocks with two ends, and a tail. A seeded generator draws them
from the tables below. Two heteroatoms are never joined, so that the molecules are ethers, amides
and amines rather than peroxides.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from functools import cache
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from rdkit import Chem, RDLogger
from rdkit.Chem import rdDepictor

from specmol_core.storage.atomic import atomic_write

__all__ = ["DRUG_LIKE", "LARGE", "MEDIUM", "SMALL", "MoleculeKind", "sd_library", "smiles_library"]


class MoleculeKind(NamedTuple):
    """A range of sizes of molecules."""

    name: str
    min_atoms: int
    """Fewest heavy atoms."""
    max_atoms: int
    """Most heavy atoms."""
    is_uniform: bool
    """Whether all chains are equally likely, which gives many short blocks; otherwise all blocks
    are, which gives rings."""


SMALL = MoleculeKind("small", 9, 9, True)
MEDIUM = MoleculeKind("medium", 12, 14, True)
"""Molecules of this size are small, but there are more than a million."""
DRUG_LIKE = MoleculeKind("drug-like", 22, 28, False)
LARGE = MoleculeKind("large", 61, 100, False)


class _Block(NamedTuple):
    """A piece of SMILES; its first atom binds to the left, its last atom outside brackets to the
    right."""

    text: str
    left: str
    """Element of the atom that binds to the left; empty for a head."""
    right: str
    """Element of the atom that binds to the right; empty for a tail."""

    @property
    def atoms(self) -> int:
        """Number of heavy atoms; each is one letter."""
        return sum(letter.isalpha() for letter in self.text)


def _blocks(table: dict[tuple[str, str], str]) -> list[_Block]:
    return [_Block(text, *ends) for ends, texts in table.items() for text in texts.split()]


_HEADS = _blocks(
    {
        ("", "C"): "C CC CC(C) CC(C)(C) C=C C#C N#C CC(=O) OC(=O) NC(=O) OC COC CC(O) CN(C)C C1CC1 C1CCC1 C1CCCC1 "
        "C1COCCC1 c1ccccc1 n1ccccc1 c1cnccc1 o1cccc1 n1(C)cccc1 Cc1ccccc1 Oc1ccccc1",
        ("", "N"): "CN CCN CN(C) CC(C)N C1CCCN1 O1CCN(CC1)",
        ("", "O"): "CO CCO CC(C)O",
    }
)
_MIDDLES = _blocks(
    {
        (
            "C",
            "C",
        ): "C C C(C) C(C)(C) C(O) C(N) C(=O) C=C C#C C(CC) C(C#N) C(CO) C(OC) C(NC) C(C)(O) C(C)(N) C(C=C) C(C#C) "
        "C(C(C)C) C(C=O) C(=C) C(C)=C C=C(C) C(CN) C1(C)CC1 C1OC1 C1NC1 C1(O)CC1 C1CC1 C1CCC(CC1) C1CC(CC1) "
        "C1COC(CC1) c1ccc(cc1) c1cccc(c1) c1ccccc1 c1ccc(nc1) c1cnc(nc1) c1ccc(o1) c1cnc(o1) c1ccc(n1C) c1cc(on1)",
        ("C", "N"): "C(=O)N C(=O)N(C) C=N C(C)=N C1CCN(CC1) C1CN(C1)",
        ("N", "C"): "N=C N=C(C) NC(=O) N(C)C(=O) N1CCC(CC1) N1CC(C1)",
        ("C", "O"): "C(=O)O",
        ("O", "C"): "OC(=O)",
        ("N", "N"): "N N(C) NC(=O)N N1CCN(CC1)",
        ("O", "O"): "O",
    }
)
_TAILS = _blocks(
    {
        ("C", ""): "C CC C(C)C C(C)(C)C C=C C#C C#N C(C)=O C(=O)O C(N)=O C(=O)OC CO CN CN(C)C C1CC1 C1CCCC1 C1CCOC1 "
        "c1ccccc1 c1ccncc1 c1ccco1 c1ccc(C)cc1 c1ccc(O)cc1 c1ccc(N)cc1",
        ("N", ""): "N NC N(C)C N1CCCC1 N1CCOCC1",
        ("O", ""): "O OC OCC",
    }
)


def smiles_library(folder: Path, kind: MoleculeKind, count: int) -> Path:
    """Write a file of this many SMILES with names, unless it exists; return its path.

    Raises
    ------
    ValueError
        If there are fewer different molecules of this kind.
    """
    path = folder / f"{kind.name}-{count}.smi"
    if not path.exists():
        with atomic_write(path) as file:
            file.writelines(f"{smiles} {kind.name}-{n}\n" for n, smiles in enumerate(_molecules(kind, count)))
    return path


def sd_library(folder: Path, kind: MoleculeKind, count: int) -> Path:
    """Write the molecules of ``smiles_library`` to an SD file with 2D coordinates."""
    path = folder / f"{kind.name}-{count}.sdf"
    if not path.exists():
        with atomic_write(path) as file:
            for number, smiles in enumerate(_molecules(kind, count)):
                molecule = Chem.MolFromSmiles(smiles)
                rdDepictor.Compute2DCoords(molecule)
                molecule.SetProp("_Name", f"{kind.name}-{number}")
                file.write(f"{Chem.MolToMolBlock(molecule)}$$$$\n")
    return path


def _molecules(kind: MoleculeKind, count: int) -> list[str]:
    molecules = list(islice(_distinct(kind), count))
    if len(molecules) < count:
        raise ValueError(f"only {len(molecules)} different {kind.name} molecules exist, not {count}")
    return molecules


def _distinct(kind: MoleculeKind) -> Iterator[str]:
    """Different canonical SMILES, until 20,000 draws in a row give no new one."""
    generator = random.Random(f"specmol {kind.name}")
    seen: set[bytes] = set()
    idle = 0
    RDLogger.DisableLog("rdApp.*")
    while idle < 20_000:
        idle += 1
        molecule = Chem.MolFromSmiles(
            _chain(generator, generator.randint(kind.min_atoms, kind.max_atoms), is_uniform=kind.is_uniform)
        )
        if molecule is None or molecule.GetNumAtoms() < kind.min_atoms:
            continue
        smiles = Chem.MolToSmiles(molecule)
        # Hashes take a tenth of the memory of a million texts.
        key = hashlib.blake2b(smiles.encode(), digest_size=8).digest()
        if key not in seen:
            seen.add(key)
            idle = 0
            yield smiles


def _chain(generator: random.Random, atoms: int, *, is_uniform: bool) -> str:
    """SMILES of a random chain with this many heavy atoms; empty if the drawn blocks do not add up
    to it."""
    text, end, left = "", "", atoms
    while True:
        blocks, weights = _choices(end, left, is_uniform)
        if not blocks:
            return ""
        (block,) = generator.choices(blocks, weights)
        text, end, left = text + block.text, block.right, left - block.atoms
        if not end:
            return text


@cache
def _choices(end: str, left: int, is_uniform: bool) -> tuple[list[_Block], list[float]]:
    """Blocks that may follow an element with ``left`` atoms to go, and their weights; "" begins a
    chain."""
    if not end:
        middles, tails = [block for block in _HEADS if block.atoms < left], []
    else:
        middles = [block for block in _MIDDLES if block.atoms < left and "C" in (block.left, end)]
        tails = [block for block in _TAILS if block.atoms == left and "C" in (block.left, end)]
    if is_uniform:
        weights = [float(_chains(block.right, left - block.atoms)) for block in middles] + [1.0] * len(tails)
        return (middles + tails, weights) if any(weights) else ([], [])
    return middles + tails, [0.7 / len(middles) for _ in middles] + [0.3 / len(tails) for _ in tails]


@cache
def _chains(end: str, left: int) -> int:
    """Number of ways to complete a chain with ``left`` more atoms."""
    tails = sum(block.atoms == left and "C" in (block.left, end) for block in _TAILS)
    middles = (block for block in _MIDDLES if block.atoms < left and "C" in (block.left, end))
    return tails + sum(_chains(block.right, left - block.atoms) for block in middles)
