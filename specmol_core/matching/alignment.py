"""Likelihood of an observed list of signals under a candidate's predicted lines."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from specmol_core.compiled import compiled

__all__ = ["NEVER", "AlignmentTerms", "align", "alignment_path", "best_alignment"]

NEVER = np.float32(-1e9)
"""Log-probability of what does not happen."""


class AlignmentTerms(NamedTuple):
    """Log-probabilities that the alignment of one candidate adds up, for one nucleus; natural logarithms, float32.

    P is the number of predicted lines, M that of observed entries.
    """

    match: NDArray[np.float32]
    """(P, M): a predicted line shows as this observed entry."""
    missing: NDArray[np.float32]
    """(P,): a predicted line shows nowhere."""
    merged: NDArray[np.float32]
    """(P,): a line shows as the same entry as the line before it, in place of an entry of its own."""
    split: NDArray[np.float32]
    """(P, M): a line shows as this entry and the one below it."""
    extra: NDArray[np.float32]
    """(M,): an observed entry is nobody's."""


def align(terms: AlignmentTerms) -> float:
    """Log-likelihood of the best alignment in which neither list is reordered.

    After Needleman and Wunsch, J. Mol. Biol. 1970, 48, 443, with two more steps: a line that coincides with the line
    before it, and a line that shows as two entries. Both lists rise.
    """
    return float(best_alignment(*terms, np.empty((3, len(terms.extra) + 1), np.float32)))


@compiled
def best_alignment(
    match: NDArray[np.float32],
    missing: NDArray[np.float32],
    merged: NDArray[np.float32],
    split: NDArray[np.float32],
    extra: NDArray[np.float32],
    scratch: NDArray[np.float32],
) -> float:
    """What :func:`align` computes; ``scratch`` is (3, M + 1) or larger, of any values."""
    lines, width = match.shape
    # Of the entries before each place: what they cost if nobody's, the best so far, and the best that ends on this one.
    before, best, ending = scratch[0], scratch[1], scratch[2]
    before[0] = 0
    for j in range(width):
        before[j + 1] = before[j] + extra[j]
        ending[j] = NEVER
    for j in range(width + 1):
        best[j] = before[j]
    for i in range(lines):
        # The best without this line, at this place and at the one before: what is with it overwrites them.
        here, last = best[0], NEVER
        lead = here + missing[i]
        best[0] = lead
        for j in range(width):
            now = max(here, ending[j] + merged[i]) + match[i, j]
            if j >= 1:
                now = max(now, last + split[i, j])
            last, here = here, best[j + 1]
            ending[j] = now
            # Entries passed over cost the same whichever line stands before them: one running maximum is all.
            lead = max(lead, max(here + missing[i], now) - before[j + 1])
            best[j + 1] = lead + before[j + 1]
    total: float = best[width]
    return total


def alignment_path(terms: AlignmentTerms) -> list[tuple[int, int]]:
    """Pairs (line, entry) of the best alignment; a line may have two entries, and an entry two lines.

    The plain definition of what :func:`align` computes.
    """
    match, missing, merged, split, extra = terms
    lines, width = match.shape
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
