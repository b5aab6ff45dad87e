"""The plain definition of the best alignment: every state and every step, in a dictionary."""

from __future__ import annotations

from specmol_core.matchnet_x.alignment import AlignmentTerms
from specmol_core.matchnet_x.kernels import MOST_ELSEWHERE, NEVER

_State = tuple[int, int, bool, int]
"""Lines done, entries done, whether the last line ends on the last entry, and entries that wait for a line out of order
less lines that wait for an entry."""


def slow_path(terms: AlignmentTerms) -> tuple[float, list[tuple[int, int]]]:
    """Log-likelihood and pairs (line, entry) of the best alignment."""
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
