"""The worker process that parses records. It imports only RDKit and numpy.

A record may hang or crash RDKit, so it is parsed in a separate process. The worker writes one ``.``
before each record, so the caller knows which record killed it. Each record has its own limit on
processor time. The kernel enforces it even if RDKit blocks the interpreter or the caller has ended.

The protocol uses two pipes. A request is a length (8 bytes) and JSON ``[[text, kind], ...]``. The
answer is one ``.`` per record, then ``!``, three lengths and two widths (8 bytes each, little-endian),
and three blocks of these lengths: JSON (for each record a reason, or ``[smiles, formula, key, atoms,
bonds]``), the atom codes of all graphs (uint8, rows of the first width), and their bonds (int32, rows
of the second width).
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
    """Answer requests on standard input until the stream ends.

    Parameters
    ----------
    parser
        ``module:function`` of the parser of a record: ``(text, kind, max_atoms) -> Molecule | reason``.
    max_atoms
        Last argument of the parser.
    seconds
        Limit on the processor time of one record (s); 0 for none.
    """
    parse: Parser = resolve(parser)
    requests, answers = private_pipes()
    while len(size := requests.read(LENGTH.size)) == LENGTH.size:
        records = json.loads(requests.read(LENGTH.unpack(size)[0]))
        results: list[Molecule | str] = []
        for text, kind in records:
            answers.write(b".")
            answers.flush()
            if seconds:
                signal.setitimer(signal.ITIMER_PROF, seconds)
            results.append(parse(text, kind, max_atoms))
        if seconds:
            signal.setitimer(signal.ITIMER_PROF, 0)
        answers.write(b"!" + pack(results))
        answers.flush()


def pack(results: Sequence[Molecule | str]) -> bytes:
    """Return an answer from its header on. All graphs must have the same number of columns."""
    molecules = [item for item in results if not isinstance(item, str)]
    rows = [
        item
        if isinstance(item, str)
        else (item.smiles, item.formula, item.key, len(item.graph.codes), len(item.graph.bonds))
        for item in results
    ]
    text = json.dumps(rows).encode()
    codes = b"".join(m.graph.codes.tobytes() for m in molecules)
    bonds = b"".join(m.graph.bonds.tobytes() for m in molecules)
    widths = [array.shape[1] for array in molecules[0].graph] if molecules else (0, 0)
    return HEADER.pack(len(text), len(codes), len(bonds), *widths) + text + codes + bonds


def unpack(stream: BinaryIO) -> list[Molecule | str]:
    """Read an answer that ``pack`` made.

    Raises
    ------
    EOFError
        If the stream ends before the answer.
    ValueError
        If the arrays do not have the length of all graphs, because the graphs' columns differ.
    """
    *sizes, code_width, bond_width = HEADER.unpack(_read_exactly(stream, HEADER.size))
    text, codes, bonds = (_read_exactly(stream, size) for size in sizes)
    rows = json.loads(text)
    atoms_bonds = [row[3:] for row in rows if not isinstance(row, str)]
    all_codes = np.frombuffer(codes, np.uint8).reshape(sum(atoms for atoms, _ in atoms_bonds), code_width)
    all_bonds = np.frombuffer(bonds, np.int32).reshape(sum(count for _, count in atoms_bonds), bond_width)
    results: list[Molecule | str] = []
    atom = bond = 0
    for row in rows:
        if isinstance(row, str):
            results.append(row)
            continue
        smiles, formula, key, atoms, count = row
        graph = MoleculeGraph(all_codes[atom : atom + atoms], all_bonds[bond : bond + count])
        results.append(Molecule(smiles, formula, key, graph))
        atom, bond = atom + atoms, bond + count
    return results


def _read_exactly(stream: BinaryIO, size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise EOFError("the answer of a worker breaks off")
    return data
