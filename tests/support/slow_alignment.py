"""The best alignment by its definition: all states and all steps, in a dictionary."""

from __future__ import annotations

from specmol_core.matchnet_x.alignment import AlignmentTerms
from specmol_core.matchnet_x.kernels import LOG_P_IMPOSSIBLE, MAX_OUT_OF_ORDER

_State = tuple[int, int, bool, int]
"""Number of processed lines, number of processed entries, whether the last line is matched with the last entry,
and number of entries waiting for a line out of order minus number of lines waiting for an entry."""


def slow_path(terms: AlignmentTerms) -> tuple[float, list[tuple[int, int]]]:
    """Return the log-likelihood and the pairs (line, entry) of the best alignment."""
    match, missing, merged, split, log_p_unassigned, log_p_out_of_order = terms
    lines, width = match.shape
    max_pending = min(int((log_p_out_of_order > LOG_P_IMPOSSIBLE).sum()), MAX_OUT_OF_ORDER)
    start: _State = (0, 0, False, 0)
    table: dict[_State, tuple[float, _State | None]] = {start: (0.0, None)}

    def offer(state: _State, value: float, source: _State) -> None:
        known = table.get(state)
        if known is None or value > known[0]:
            table[state] = value, source

    balances = range(-max_pending, max_pending + 1)
    for i in range(lines + 1):
        for j in range(width + 1):
            for ends in (False, True):
                for b in balances:
                    known = table.get((i, j, ends, b))
                    if known is None:
                        continue
                    value, here = known[0], (i, j, ends, b)
                    if j < width:
                        offer((i, j + 1, False, b), value + float(log_p_unassigned[j]), here)
                        if b < max_pending:
                            offer((i, j + 1, False, b + 1), value, here)
                    if i < lines:
                        offer((i + 1, j, False, b), value + float(missing[i]), here)
                        if b > -max_pending and log_p_out_of_order[i] > LOG_P_IMPOSSIBLE:
                            offer((i + 1, j, False, b - 1), value + float(log_p_out_of_order[i]), here)
                        if ends:
                            offer((i + 1, j, True, b), value + float(merged[i] + match[i, j - 1]), here)
                        if j < width:
                            offer((i + 1, j + 1, True, b), value + float(match[i, j]), here)
                        if j + 1 < width:
                            offer((i + 1, j + 2, True, b), value + float(split[i, j + 1]), here)
    finals = [state for ends in (False, True) if (state := (lines, width, ends, 0)) in table]
    at = max(finals, key=lambda state: table[state][0])
    total = table[at][0]
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
    return total, sorted([*pairs, *zip(*waiting, strict=True)])
