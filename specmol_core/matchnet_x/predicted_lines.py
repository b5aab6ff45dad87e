"""Predicted lines of molecules, and their storage as payloads of a few bytes per line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from specmol_core.shifts.graph import ShiftGraph

__all__ = [
    "CARBON_KINDS",
    "COUNTER_ION_FLAG",
    "FIRST_EXCHANGING_KIND",
    "KIND_COUNTS",
    "LINE_DTYPE",
    "PROTON_KINDS",
    "VICINAL_COUNTS",
    "PredictedLines",
    "atoms_of_lines",
    "in_order",
    "is_exchanging",
    "is_proton",
    "pack_lines",
    "predicted_lines",
    "proton_kinds",
    "unpack_lines",
    "unpack_salt_lines",
]

CARBON_KINDS = ("C", "CH", "CH2", "CH3")
"""Kinds of 13C lines, by the hydrogens on the carbon."""
PROTON_KINDS = ("CH3", "CH2", "CH", "=CH", "CH2 in a ring", "aromatic CH", "NH", "OH or SH")
"""Kinds of 1H lines; each has VICINAL_COUNTS codes, by the number of hydrogens on neighbouring
carbons."""
VICINAL_COUNTS = 8
"""Number of classes of hydrogens on neighbouring carbons: 0 to 6, and more."""
KIND_COUNTS = {"13C": len(CARBON_KINDS), "1H": len(PROTON_KINDS) * VICINAL_COUNTS}
"""Number of codes of kinds, by nucleus."""
FIRST_EXCHANGING_KIND = PROTON_KINDS.index("NH") * VICINAL_COUNTS
"""First 1H code of protons on N, O and S."""

LINE_DTYPE = np.dtype([("shift", "<i2"), ("uncertainty", "<u2"), ("count", "u1"), ("kind", "u1")])
"""One stored line: shift in 0.01 (13C) or 0.001 ppm (1H), uncertainty in 0.001 or 0.0001 ppm,
number of nuclei, and code of its kind, plus 128 for a proton and 64 for a counter-ion."""
_PROTON_KIND_OFFSET = 128
COUNTER_ION_FLAG = 64
"""Part of the stored kind of the lines of a counter-ion."""
_UNITS_PPM = {"13C": (0.01, 0.001), "1H": (0.001, 0.0001)}
_MERGE_DISTANCE_PPM = 0.002
"""Distance below which lines of one kind merge (ppm): their atoms are equivalent in the graph."""
_CARBON, _AROMATIC, _RING = 1, 4, 5
_HYDROGENS = 2
_NITROGEN = 2


class PredictedLines(NamedTuple):
    """Predicted lines of one nucleus of several molecules; shifts rise within each molecule."""

    ppm: NDArray[np.float32]
    """(lines,) shifts (ppm)."""
    uncertainty_ppm: NDArray[np.float32]
    """(lines,) scale of Student's distribution of the shift (ppm)."""
    nuclei: NDArray[np.int64]
    """(lines,) number of nuclei."""
    kind: NDArray[np.int64]
    """(lines,) code of the kind, below KIND_COUNTS of the nucleus."""
    line_starts: NDArray[np.int64]
    """(molecules + 1,) index of the first line of each molecule."""


def predicted_lines(
    graphs: Sequence[ShiftGraph], means: NDArray[np.float32], uncertainties: NDArray[np.float32]
) -> list[NDArray[np.void]]:
    """Lines (lines,) of LINE_DTYPE of each molecule: 13C first, in rising order for each nucleus.

    Atoms of one kind with equal predicted shifts have one line, because the prediction is equal for
    symmetric atoms. The two protons of a CH2 have two lines unless their predictions are equal.

    Parameters
    ----------
    means, uncertainties
        Shifts (atoms, 4) and uncertainties (atoms, 2) of all atoms in turn (ppm), as of
        ``ShiftPredictor.batches``.
    """
    atoms = np.concatenate([g.atoms for g in graphs])
    owner = np.repeat(np.arange(len(graphs)), [len(g.atoms) for g in graphs])
    hydrogens = atoms[:, _HYDROGENS].astype(np.int64)
    carbon = np.flatnonzero(atoms[:, 0] == _CARBON)
    kinds = _proton_codes(atoms, _vicinal(graphs, atoms))
    two, rest = np.flatnonzero(hydrogens == 2), np.flatnonzero((hydrogens > 0) & (hydrogens != 2))
    ones = np.ones(len(atoms), np.int64)
    parts = [
        (carbon, 0, means[carbon, 0], uncertainties[carbon, 0], ones[carbon], hydrogens[carbon].clip(max=3)),
        (rest, 1, means[rest, 1], uncertainties[rest, 1], hydrogens[rest], kinds[rest]),
        (two, 1, means[two, 2], uncertainties[two, 1], ones[two], kinds[two]),
        (two, 1, means[two, 3], uncertainties[two, 1], ones[two], kinds[two]),
    ]
    molecule = np.concatenate([owner[a] for a, *_ in parts])
    nucleus = np.concatenate([np.full(len(a), n) for a, n, *_ in parts])
    ppm = np.concatenate([p for *_, p, _, _, _ in parts]).astype(np.float64)
    uncertainty_ppm = np.concatenate([s for *_, s, _, _ in parts]).astype(np.float64)
    count = np.concatenate([c for *_, c, _ in parts])
    kind = np.concatenate([k for *_, k in parts])
    return _merge_lines(len(graphs), molecule, nucleus, ppm, uncertainty_ppm, count, kind)


def _merge_lines(
    molecules: int,
    molecule: NDArray[np.int64],
    nucleus: NDArray[np.int64],
    ppm: NDArray[np.float64],
    uncertainty_ppm: NDArray[np.float64],
    count: NDArray[np.int64],
    kind: NDArray[np.int64],
) -> list[NDArray[np.void]]:
    order = np.lexsort((ppm, kind, nucleus, molecule))
    keys = np.stack((molecule, nucleus, kind), 1)[order]
    new = np.ones(len(order), dtype=np.bool_)
    new[1:] = (keys[1:] != keys[:-1]).any(1) | (np.diff(ppm[order]) > _MERGE_DISTANCE_PPM)
    line_starts = np.flatnonzero(new)
    if not len(line_starts):
        return [np.zeros(0, LINE_DTYPE) for _ in range(molecules)]
    total = np.add.reduceat(count[order], line_starts)
    line_rows = order[line_starts]
    shift_order = np.lexsort((ppm[line_rows], nucleus[line_rows], molecule[line_rows]))
    line_rows, total = line_rows[shift_order], total[shift_order]
    rows = np.zeros(len(line_rows), LINE_DTYPE)
    proton = nucleus[line_rows] == 1
    shift, scale = (np.where(proton, _UNITS_PPM["1H"][i], _UNITS_PPM["13C"][i]) for i in (0, 1))
    rows["shift"] = np.rint(ppm[line_rows] / shift).clip(-32768, 32767)
    rows["uncertainty"] = np.rint(uncertainty_ppm[line_rows] / scale).clip(1, 65535)
    rows["count"] = total.clip(max=255)
    rows["kind"] = kind[line_rows] + _PROTON_KIND_OFFSET * proton
    ends = np.searchsorted(molecule[line_rows], np.arange(molecules), side="right")
    return np.split(rows, ends[:-1])


def _vicinal(graphs: Sequence[ShiftGraph], atoms: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Number (atoms,) of hydrogens on the carbons bound to each atom."""
    starts = np.cumsum([0, *(len(g.atoms) for g in graphs)])[:-1]
    source = np.concatenate([g.source.astype(np.int64) + s for g, s in zip(graphs, starts, strict=True)])
    target = np.concatenate([g.target.astype(np.int64) + s for g, s in zip(graphs, starts, strict=True)])
    bond = np.concatenate([g.code for g in graphs]) < 8  # the codes above are relations, not bonds
    weight = np.where(bond & (atoms[source, 0] == _CARBON), atoms[source, _HYDROGENS], 0)
    return np.bincount(target, weight, len(atoms)).astype(np.int64)


def proton_kinds(graph: ShiftGraph) -> NDArray[np.int64]:
    """Code (atoms,) of the protons on each atom of one molecule; undefined without protons."""
    return _proton_codes(graph.atoms, _vicinal([graph], graph.atoms))


def _proton_codes(atoms: NDArray[np.uint8], vicinal: NDArray[np.int64]) -> NDArray[np.int64]:
    element, hydrogens = atoms[:, 0], atoms[:, _HYDROGENS]
    unsaturated = atoms[:, 1].astype(np.int64) + hydrogens < 4
    kind = np.select(
        [
            element == _NITROGEN, element != _CARBON, atoms[:, _AROMATIC] == 1, unsaturated,
            hydrogens == 3, (hydrogens == 2) & (atoms[:, _RING] > 0), hydrogens == 2,
        ],
        [6, 7, 5, 3, 0, 4, 1],
        default=2,
    )  # fmt: skip
    codes: NDArray[np.int64] = kind * VICINAL_COUNTS + vicinal.clip(max=VICINAL_COUNTS - 1)
    return codes


def atoms_of_lines(
    graph: ShiftGraph, means: NDArray[np.float32], lines: PredictedLines, nucleus: str
) -> list[tuple[int, ...]]:
    """Heavy atoms of each line of one molecule with the predicted shifts ``means`` (atoms, 4)."""
    hydrogens = graph.atoms[:, _HYDROGENS].astype(np.int64)
    if nucleus == "13C":
        kinds, slots = hydrogens.clip(max=3), [(a, 0) for a in np.flatnonzero(graph.atoms[:, 0] == _CARBON).tolist()]
    else:
        kinds = proton_kinds(graph)
        slots = [(a, s) for a, h in enumerate(hydrogens.tolist()) if h for s in ((2, 3) if h == 2 else (1,))]
    result: list[set[int]] = [set() for _ in lines.ppm]
    for atom, slot in slots:
        same_kind = np.flatnonzero(lines.kind == kinds[atom])
        result[int(same_kind[np.abs(lines.ppm[same_kind] - means[atom, slot]).argmin()])].add(atom)
    return [tuple(sorted(atoms)) for atoms in result]


def is_exchanging(lines: NDArray[np.void]) -> NDArray[np.bool_]:
    """Which lines (lines,) of LINE_DTYPE are of protons on N, O or S."""
    kind = lines["kind"].astype(np.int64) & ~COUNTER_ION_FLAG
    result: NDArray[np.bool_] = kind >= _PROTON_KIND_OFFSET + FIRST_EXCHANGING_KIND
    return result


def is_proton(lines: NDArray[np.void]) -> NDArray[np.bool_]:
    """Which lines (lines,) of LINE_DTYPE are of protons."""
    result: NDArray[np.bool_] = lines["kind"] >= _PROTON_KIND_OFFSET
    return result


def in_order(lines: NDArray[np.void]) -> NDArray[np.int64]:
    """Order (lines,) of the lines of one molecule: 13C first, in rising order for each nucleus."""
    return np.lexsort((lines["shift"], is_proton(lines)))


def pack_lines(lines: NDArray[np.void]) -> bytes:
    """The payload of a molecule: its lines as bytes."""
    return lines.tobytes()


def unpack_lines(payloads: Sequence[bytes | memoryview], nucleus: str) -> PredictedLines:
    """Lines of one nucleus of molecules from their payloads, those of counter-ions included.

    Raises
    ------
    ValueError
        If a payload does not hold whole lines, or a kind is unknown.

    Examples
    --------
    >>> stored = np.array([(2105, 800, 2, 3), (2040, 150, 3, 128)], LINE_DTYPE)
    >>> lines = unpack_lines([pack_lines(stored)], "13C")
    >>> lines.ppm.round(2).tolist(), lines.nuclei.tolist()
    ([21.049999237060547], [2])
    """
    return unpack_salt_lines(payloads, nucleus)[0]


def unpack_salt_lines(payloads: Sequence[bytes | memoryview], nucleus: str) -> tuple[PredictedLines, NDArray[np.bool_]]:
    """Return the lines of ``unpack_lines``, and which (lines,) are of counter-ions.

    Raises
    ------
    ValueError
        As ``unpack_lines``.
    """
    sizes = np.array([len(c) for c in payloads], dtype=np.int64)
    if (sizes % LINE_DTYPE.itemsize).any():
        raise ValueError("stored lines are incomplete")
    rows = np.frombuffer(b"".join(payloads), LINE_DTYPE)
    proton = rows["kind"] >= _PROTON_KIND_OFFSET
    is_kept = proton if nucleus == "1H" else ~proton
    cumulative = np.concatenate(([0], np.cumsum(is_kept)))
    line_starts = cumulative[np.concatenate(([0], np.cumsum(sizes // LINE_DTYPE.itemsize)))]
    rows = rows[is_kept]
    stored_kind = rows["kind"].astype(np.int64)
    of_counter_ion = (stored_kind & COUNTER_ION_FLAG) > 0
    kind = (stored_kind & ~COUNTER_ION_FLAG) - (_PROTON_KIND_OFFSET if nucleus == "1H" else 0)
    if (kind >= KIND_COUNTS[nucleus]).any():
        raise ValueError("stored lines have an unknown kind")
    shift, scale = _UNITS_PPM[nucleus]
    ppm, uncertainty_ppm = rows["shift"] * np.float32(shift), rows["uncertainty"] * np.float32(scale)
    lines = PredictedLines(ppm, uncertainty_ppm, rows["count"].astype(np.int64), kind, line_starts)
    return lines, of_counter_ion
