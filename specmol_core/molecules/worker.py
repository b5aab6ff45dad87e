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

import contextlib
import importlib
import json
import os
import resource
import signal
import struct
import sys
from collections.abc import Callable, Sequence
from typing import BinaryIO

import numpy as np

from specmol_core.molecules.graph import MoleculeGraph
from specmol_core.molecules.records import Molecule

__all__ = ["HEADER", "LENGTH", "Parser", "pack", "resolve", "serve", "unpack"]

LENGTH = struct.Struct("<Q")
HEADER = struct.Struct("<QQQQQ")
_MAX_MEMORY_BYTES = 4 << 30
"""Address space of a worker (bytes): a record that asks for more ends the worker, not the machine."""

Parser = Callable[[str, str, int], Molecule | str]


def resolve(parser: str) -> Parser:
    """The function that ``module:function`` names."""
    module, _, function = parser.partition(":")
    found: Parser = getattr(importlib.import_module(module), function)
    return found


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
    parse = resolve(parser)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the caller decides what an interrupt ends
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (_MAX_MEMORY_BYTES, resource.getrlimit(resource.RLIMIT_AS)[1]))
    requests, answers = sys.stdin.buffer, _private_stdout()
    while len(size := requests.read(LENGTH.size)) == LENGTH.size:
        records = json.loads(requests.read(LENGTH.unpack(size)[0]))
        found: list[Molecule | str] = []
        for text, kind in records:
            os.write(answers, b".")
            signal.setitimer(signal.ITIMER_PROF, seconds)
            found.append(parse(text, kind, max_atoms))
        signal.setitimer(signal.ITIMER_PROF, 0)
        with open(answers, "wb", closefd=False) as stream:
            stream.write(b"!" + pack(found))


def _private_stdout() -> int:
    """A copy of standard output that only the protocol uses; whatever a library prints goes nowhere."""
    answers = os.dup(1)
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, 1)
    os.dup2(devnull, 2)
    return answers


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
