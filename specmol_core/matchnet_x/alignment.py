"""Likelihood of an observed list of signals under a candidate's predicted lines."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from specmol_core.matchnet_x.kernels import LOG_P_IMPOSSIBLE, MAX_OUT_OF_ORDER, best_alignment, scratch_for

__all__ = ["AlignmentTerms", "align", "alignment_path"]


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
    log_p_unassigned: NDArray[np.float32]
    """(M,): an observed entry is nobody's."""
    log_p_out_of_order: NDArray[np.float32]
    """(P,): a line shows as any entry that is nobody else's, out of order; going through the lists, no more than
    ``MAX_OUT_OF_ORDER`` of them wait for their entry at a time, or entries for their line."""


def align(terms: AlignmentTerms) -> float:
    """Log-likelihood of the best alignment in which neither list is reordered, but for lines that may be elsewhere.

    After Needleman and Wunsch, J. Mol. Biol. 1970, 48, 443, with three more steps: a line that coincides with the line
    before it, a line that shows as two entries, and a line out of order. Both lists rise.
    """
    return float(best_alignment(*terms, scratch_for(len(terms.log_p_unassigned))))


def alignment_path(terms: AlignmentTerms) -> list[tuple[int, int]]:
    """Pairs (line, entry) of the best alignment; a line may have two entries, and an entry two lines."""
    match, missing, merged, split, log_p_unassigned, log_p_out_of_order = terms
    lines, width = match.shape
    best, ending = scratch = scratch_for(width, lines + 1)
    best_alignment(*terms, scratch)
    max_pending = min(int((log_p_out_of_order > LOG_P_IMPOSSIBLE).sum()), MAX_OUT_OF_ORDER)
    pairs: list[tuple[int, int]] = []
    waiting: tuple[list[int], list[int]] = ([], [])
    # From the end, each time to where the best came from: lines and entries done, layer, and whether the last line
    # ends on the last entry.
    i, j, b, ends = lines, width, max_pending, False
    while i or j:
        if ends:
            ways = [
                best[i - 1, b, j - 1] + match[i - 1, j - 1],
                ending[i - 1, b, j - 1] + merged[i - 1] + match[i - 1, j - 1],
            ]
            ways += [best[i - 1, b, j - 2] + split[i - 1, j - 1]] if j > 1 else []
            way = int(np.argmax(ways))
            pairs += [(i - 1, j - 1), *([(i - 1, j - 2)] if way == 2 else [])]
            i, j, ends = i - 1, j - (1, 0, 2)[way], way == 1
            continue
        ways = [
            best[i, b, j - 1] + log_p_unassigned[j - 1] if j else -np.inf,
            best[i, b - 1, j - 1] if j and b else -np.inf,
            best[i - 1, b, j] + missing[i - 1] if i else -np.inf,
            best[i - 1, b + 1, j] + log_p_out_of_order[i - 1] if i and b < 2 * max_pending else -np.inf,
            ending[i, b, j - 1] if i and j else -np.inf,
        ]
        way = int(np.argmax(ways))
        if way == 1:
            waiting[1].append(j - 1)
        elif way == 3:
            waiting[0].append(i - 1)
        i, j, b, ends = i - (way in (2, 3)), j - (way in (0, 1)), b + (0, -1, 0, 1, 0)[way], way == 4
    return sorted([*pairs, *zip(*waiting, strict=True)])
