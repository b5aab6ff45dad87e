"""The process that parses records: plain frames over two pipes, nothing imported but RDKit and numpy.

It runs apart from the caller because a record may hang or crash RDKit. Before each record it writes one ``.``; so the
caller knows which record killed it. A processor-time limit, set anew for each record, lets the kernel end a hung
process even where RDKit holds the interpreter, and even where the caller is gone.

A request is a length (8 bytes) and JSON ``[[text, kind], ...]``. The answer to it is one ``.`` a record, then ``!``,
three lengths and two widths (8 bytes each, little-endian) and as many bytes as the lengths say: JSON (a reason, or
``[smiles, formula, key, atoms, bonds]``, a record), the atom codes of all graphs (uint8, rows of the first width) and
their bonds (int32, rows of the second).
"""

from __future__ import annotations

import json
import signal
import struct
from collections.abc import Callable, Sequence
from typing import BinaryIO

import numpy as np

from specmol_core.molecules.graph import MoleculeGraph
from specmol_core.molecules.records import Molecule
from specmol_core.runtime.child_processes import private_pipes, resolve

__all__ = ["HEADER", "LENGTH", "Parser", "pack", "serve", "unpack"]

LENGTH = struct.Struct("<Q")
HEADER = struct.Struct("<QQQQQ")

Parser = Callable[[str, str, int], Molecule | str]


def serve(parser: str, max_atoms: int, seconds: float) -> None:
    """Answer requests on standard input until it ends.

    Parameters
    ----------
    parser
        ``module:function`` of the function that reads one record: ``(text, kind, max_atoms) -> Molecule | reason``.
    max_atoms
        Its last argument.
    seconds
        Processor time that one record may take.
    """
    parse: Parser = resolve(parser)
    requests, answers = private_pipes()
    while len(size := requests.read(LENGTH.size)) == LENGTH.size:
        records = json.loads(requests.read(LENGTH.unpack(size)[0]))
        found: list[Molecule | str] = []
        for text, kind in records:
            answers.write(b".")
            answers.flush()
            signal.setitimer(signal.ITIMER_PROF, seconds)
            found.append(parse(text, kind, max_atoms))
        signal.setitimer(signal.ITIMER_PROF, 0)
        answers.write(b"!" + pack(found))
        answers.flush()


def pack(found: Sequence[Molecule | str]) -> bytes:
    """An answer, from its header on. The graphs have columns alike."""
    molecules = [item for item in found if not isinstance(item, str)]
    rows = [
        item
        if isinstance(item, str)
        else (item.smiles, item.formula, item.key, len(item.graph.codes), len(item.graph.bonds))
        for item in found
    ]
    text = json.dumps(rows).encode()
    codes = b"".join(m.graph.codes.tobytes() for m in molecules)
    bonds = b"".join(m.graph.bonds.tobytes() for m in molecules)
    widths = [array.shape[1] for array in molecules[0].graph] if molecules else (0, 0)
    return HEADER.pack(len(text), len(codes), len(bonds), *widths) + text + codes + bonds


def unpack(stream: BinaryIO) -> list[Molecule | str]:
    """What ``pack`` packed.

    Raises
    ------
    EOFError
        If the stream ends before the answer does.
    ValueError
        If the arrays are not as long as their graphs together: the columns of the graphs differ.
    """
    *sizes, code_width, bond_width = HEADER.unpack(_read_exactly(stream, HEADER.size))
    text, codes, bonds = (_read_exactly(stream, size) for size in sizes)
    rows = json.loads(text)
    atoms_bonds = [row[3:] for row in rows if not isinstance(row, str)]
    all_codes = np.frombuffer(codes, np.uint8).reshape(sum(atoms for atoms, _ in atoms_bonds), code_width)
    all_bonds = np.frombuffer(bonds, np.int32).reshape(sum(count for _, count in atoms_bonds), bond_width)
    found: list[Molecule | str] = []
    atom = bond = 0
    for row in rows:
        if isinstance(row, str):
            found.append(row)
            continue
        smiles, formula, key, atoms, count = row
        graph = MoleculeGraph(all_codes[atom : atom + atoms], all_bonds[bond : bond + count])
        found.append(Molecule(smiles, formula, key, graph))
        atom, bond = atom + atoms, bond + count
    return found


def _read_exactly(stream: BinaryIO, size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise EOFError("the answer of a worker breaks off")
    return data
