"""Likelihood of observed signals under the predicted lines of a candidate, by alignment."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from specmol_core.matchnet_x.kernels import LOG_P_IMPOSSIBLE, MAX_OUT_OF_ORDER, best_alignment, scratch_for

__all__ = ["AlignmentTerms", "align", "alignment_path"]


class AlignmentTerms(NamedTuple):
    """Terms of the log-likelihood of one candidate and one nucleus, float32.

    An entry is an observed 13C line or an observed proton. P is the number of predicted lines, M
    that of entries.
    """

    match: NDArray[np.float32]
    """(P, M): log-likelihood ratio that a line matches an entry."""
    missing: NDArray[np.float32]
    """(P,): log-probability that a line is not observed."""
    merged: NDArray[np.float32]
    """(P,): log-probability that a line has the same entry as the line before it."""
    split: NDArray[np.float32]
    """(P, M): log-likelihood ratio that a line matches an entry and the entry before it."""
    log_p_unassigned: NDArray[np.float32]
    """(M,): log-probability that an entry is unassigned."""
    log_p_out_of_order: NDArray[np.float32]
    """(P,): log-probability that a line matches an otherwise unassigned entry out of order. At most
    ``MAX_OUT_OF_ORDER`` lines or entries can be pending at once."""


def align(terms: AlignmentTerms) -> float:
    """Log-likelihood of the best alignment, in natural logarithms.

    Both lists are in rising order and keep it, except lines out of order. The recurrence is that of
    Needleman and Wunsch, J. Mol. Biol. 1970, 48, 443, with three more steps: a line that merges
    with the line before it, a line that is split into two entries, and a line out of order.

    Examples
    --------
    A single line either matches the single entry, or is missing while the entry is unassigned:

    >>> def array(value, shape):
    ...     return np.full(shape, value, np.float32)
    >>> impossible = LOG_P_IMPOSSIBLE
    >>> align(AlignmentTerms(array(2.0, (1, 1)), array(-3.0, 1), array(impossible, 1), array(impossible, (1, 1)),
    ...                      array(-4.0, 1), array(impossible, 1)))
    2.0
    """
    return float(best_alignment(*terms, scratch_for(len(terms.log_p_unassigned))))


def alignment_path(terms: AlignmentTerms) -> list[tuple[int, int]]:
    """Pairs (line, entry) of the best alignment, sorted.

    A line may have two entries, and an entry several lines.
    """
    match, missing, merged, split, log_p_unassigned, log_p_out_of_order = terms
    lines, width = match.shape
    best, ending = scratch = scratch_for(width, lines + 1)
    best_alignment(*terms, scratch)
    max_pending = min(int((log_p_out_of_order > LOG_P_IMPOSSIBLE).sum()), MAX_OUT_OF_ORDER)
    pairs: list[tuple[int, int]] = []
    pending: tuple[list[int], list[int]] = ([], [])
    # Trace back from the end. State: lines and entries done, layer, and whether the last line
    # matches the last entry.
    i, j, b, ends = lines, width, max_pending, False
    while i or j:
        if ends:
            options = [
                best[i - 1, b, j - 1] + match[i - 1, j - 1],
                ending[i - 1, b, j - 1] + merged[i - 1] + match[i - 1, j - 1],
            ]
            options += [best[i - 1, b, j - 2] + split[i - 1, j - 1]] if j > 1 else []
            choice = int(np.argmax(options))
            pairs += [(i - 1, j - 1), *([(i - 1, j - 2)] if choice == 2 else [])]
            i, j, ends = i - 1, j - (1, 0, 2)[choice], choice == 1
            continue
        options = [
            best[i, b, j - 1] + log_p_unassigned[j - 1] if j else -np.inf,
            best[i, b - 1, j - 1] if j and b else -np.inf,
            best[i - 1, b, j] + missing[i - 1] if i else -np.inf,
            best[i - 1, b + 1, j] + log_p_out_of_order[i - 1] if i and b < 2 * max_pending else -np.inf,
            ending[i, b, j - 1] if i and j else -np.inf,
        ]
        choice = int(np.argmax(options))
        if choice == 1:
            pending[1].append(j - 1)
        elif choice == 3:
            pending[0].append(i - 1)
        i, j, b, ends = i - (choice in (2, 3)), j - (choice in (0, 1)), b + (0, -1, 0, 1, 0)[choice], choice == 4
    return sorted([*pairs, *zip(*pending, strict=True)])
