"""Likelihood of an observed list of signals under a candidate's predicted lines, for many candidates at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["AlignmentTerms", "align", "alignment_path"]

_NEVER = np.float32(-1e9)


@dataclass(frozen=True)
class AlignmentTerms:
    """Log-probabilities that an alignment adds up, for one nucleus; natural logarithms.

    P is the most lines of a candidate, M the number of observed entries.
    """

    match: NDArray[np.float32]
    """(candidates, P, M): a predicted line shows as this observed entry."""
    missing: NDArray[np.float32]
    """(candidates, P): a predicted line shows nowhere."""
    merged: NDArray[np.float32]
    """(candidates, P): a line shows as the same entry as the line before it, in place of an entry of its own."""
    split: NDArray[np.float32]
    """(candidates, P, M): a line shows as this entry and the one below it."""
    extra: NDArray[np.float32]
    """(M,): an observed entry is nobody's."""
    sizes: NDArray[np.int64]
    """(candidates,) lines of each."""


def align(terms: AlignmentTerms) -> NDArray[np.float64]:
    """Log-likelihood (candidates,) of the best alignment in which neither list is reordered.

    After Needleman and Wunsch, J. Mol. Biol. 1970, 48, 443, with two more steps: a line that coincides with the line
    before it, and a line that shows as two entries. Both lists rise.
    """
    count, most, width = terms.match.shape
    before = np.concatenate(([0.0], np.cumsum(terms.extra))).astype(np.float32)
    best = np.broadcast_to(before, (count, width + 1)).copy()
    total = best[:, -1].astype(np.float64)
    on_entry = np.full((count, width), _NEVER, np.float32)
    for i in range(most):
        match = terms.match[:, i]
        # The line before it ends on the same entry, or on an earlier one.
        now = np.maximum(best[:, :-1], on_entry + terms.merged[:, i, None]) + match
        if width > 1:
            pair = best[:, :-2] + terms.split[:, i, 1:]
            now[:, 1:] = np.maximum(now[:, 1:], pair)
        new = best + terms.missing[:, i, None]
        np.maximum(new[:, 1:], now, out=new[:, 1:])
        # Entries passed over cost the same whichever line stands before them: one running maximum is all.
        best = np.maximum.accumulate(new - before, axis=1) + before
        on_entry = now
        done = terms.sizes == i + 1
        total[done] = best[done, -1]
    return total


def alignment_path(terms: AlignmentTerms, row: int) -> list[tuple[int, int]]:
    """Pairs (line, entry) of the best alignment of one candidate; a line may have two entries, and an entry two lines.

    The plain definition of what :func:`align` computes for all.
    """
    lines, width = int(terms.sizes[row]), len(terms.extra)
    match, missing, merged = terms.match[row], terms.missing[row], terms.merged[row]
    split, extra = terms.split[row], terms.extra
    table: dict[tuple[int, int, bool], tuple[float, tuple[int, int, bool] | None]] = {(0, 0, False): (0.0, None)}

    def offer(state: tuple[int, int, bool], value: float, source: tuple[int, int, bool]) -> None:
        known = table.get(state)
        if known is None or value > known[0]:
            table[state] = value, source

    # A state is: lines done, entries done, and whether the last line ends on the last entry.
    for i in range(lines + 1):
        for j in range(width + 1):
            for ends in (False, True):
                known = table.get((i, j, ends))
                if known is None:
                    continue
                value, here = known[0], (i, j, ends)
                if j < width:
                    offer((i, j + 1, False), value + float(extra[j]), here)
                if i < lines:
                    offer((i + 1, j, False), value + float(missing[i]), here)
                    if ends:
                        offer((i + 1, j, True), value + float(merged[i] + match[i, j - 1]), here)
                    if j < width:
                        offer((i + 1, j + 1, True), value + float(match[i, j]), here)
                    if j + 1 < width:
                        offer((i + 1, j + 2, True), value + float(split[i, j + 1]), here)
    at = max(((lines, width, e) for e in (False, True) if (lines, width, e) in table), key=lambda s: table[s][0])
    pairs: list[tuple[int, int]] = []
    while (source := table[at][1]) is not None:
        if at[0] == source[0] + 1 and at[2]:
            entries = range(source[1], at[1]) if at[1] > source[1] else (at[1] - 1,)
            pairs += [(source[0], j) for j in entries]
        at = source
    return sorted(pairs)
