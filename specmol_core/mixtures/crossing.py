"""What one search has found better than another is put together."""

from __future__ import annotations

from collections.abc import Sequence

from specmol_core.mixtures.chain import Problem, State

__all__ = ["crossed_states"]


def crossed_states(problem: Problem, states: Sequence[State]) -> list[State]:
    """Return each state with the places of single species or forms from the others, where they fit better."""
    return [_crossed(problem, state, [other for other in states if other is not state]) for state in states]


def _crossed(problem: Problem, state: State, others: Sequence[State]) -> State:
    best = state.copy()
    problem.solve(best)
    for column in range(problem.templates.columns):
        own = problem.templates.owner == column
        for other in others:
            if (other.position[own] == best.position[own]).all():
                continue
            tried = best.copy()
            tried.take_column(other, column, own)
            problem.solve(tried)
            if tried.energy < best.energy:
                best = tried
    return best
