"""Likelihood of an observed list of signals under a candidate's predicted lines."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from specmol_core.matching.kernels import MOST_ELSEWHERE, NEVER, best_alignment, scratch_for

__all__ = ["AlignmentTerms", "align", "alignment_path"]

_State = tuple[int, int, bool, int]
"""Lines done, entries done, whether the last line ends on the last entry, and entries that wait for a line out of order
less lines that wait for an entry."""


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
    elsewhere: NDArray[np.float32]
    """(P,): a line shows as any entry that is nobody else's, out of order. All but ``MOST_ELSEWHERE`` of the lines that
    can must have a place in order, or none."""


def align(terms: AlignmentTerms) -> float:
    """Log-likelihood of the best alignment in which neither list is reordered, but for lines that may be elsewhere.

    After Needleman and Wunsch, J. Mol. Biol. 1970, 48, 443, with three more steps: a line that coincides with the line
    before it, a line that shows as two entries, and a line out of order. Both lists rise.
    """
    return float(best_alignment(*terms, scratch_for(len(terms.extra))))


def alignment_path(terms: AlignmentTerms) -> list[tuple[int, int]]:
    """Pairs (line, entry) of the best alignment; a line may have two entries, and an entry two lines.

    The plain definition of what :func:`align` computes.
    """
    match, missing, merged, split, extra, elsewhere = terms
    lines, width = match.shape
    most = min(int((elsewhere > NEVER).sum()), MOST_ELSEWHERE)
    start: _State = (0, 0, False, 0)
    table: dict[_State, tuple[float, _State | None]] = {start: (0.0, None)}

    def offer(state: _State, value: float, source: _State) -> None:
        known = table.get(state)
        if known is None or value > known[0]:
            table[state] = value, source

    balances = range(-most, most + 1)
    for i in range(lines + 1):
        for j in range(width + 1):
            for ends in (False, True):
                for b in balances:
                    known = table.get((i, j, ends, b))
                    if known is None:
                        continue
                    value, here = known[0], (i, j, ends, b)
                    if j < width:
                        offer((i, j + 1, False, b), value + float(extra[j]), here)
                        if b < most:
                            offer((i, j + 1, False, b + 1), value, here)
                    if i < lines:
                        offer((i + 1, j, False, b), value + float(missing[i]), here)
                        if b > -most and elsewhere[i] > NEVER:
                            offer((i + 1, j, False, b - 1), value + float(elsewhere[i]), here)
                        if ends:
                            offer((i + 1, j, True, b), value + float(merged[i] + match[i, j - 1]), here)
                        if j < width:
                            offer((i + 1, j + 1, True, b), value + float(match[i, j]), here)
                        if j + 1 < width:
                            offer((i + 1, j + 2, True, b), value + float(split[i, j + 1]), here)
    finals = [state for ends in (False, True) if (state := (lines, width, ends, 0)) in table]
    at = max(finals, key=lambda state: table[state][0])
    pairs: list[tuple[int, int]] = []
    waiting: tuple[list[int], list[int]] = ([], [])
    while (source := table[at][1]) is not None:
        if at[0] == source[0] + 1 and at[2]:
            entries = range(source[1], at[1]) if at[1] > source[1] else (at[1] - 1,)
            pairs += [(source[0], j) for j in entries]
        if at[3] < source[3]:
            waiting[0].append(source[0])
        elif at[3] > source[3]:
            waiting[1].append(source[1])
        at = source
    return sorted([*pairs, *zip(*waiting, strict=True)])
