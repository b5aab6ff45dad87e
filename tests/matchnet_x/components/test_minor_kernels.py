from __future__ import annotations

from itertools import product
from math import erf, exp, inf, log, pi, sqrt

import numpy as np
import pytest
from numpy.typing import NDArray

from specmol_core.matchnet_x.components.minor_kernels import MinorSignals, minor_scores

DOF, SPREAD, CONSTANT, WINDOW = 3.0, 1.2, 4.0, 200.0


def drawn_signals(rng: np.random.Generator, count: int, *, with_amounts: bool) -> MinorSignals:
    return MinorSignals(
        np.sort(rng.uniform(0.0, 20.0, count)),
        rng.normal(0.0, 0.8, count) if with_amounts else np.zeros(0),
        rng.normal(0.0, 0.3, (3, count)),
        -0.5,
        np.array([[5.0, log(1.0 / WINDOW)], [12.0, log(3.0 / WINDOW)]]),
        0.1,
        DOF,
        SPREAD,
        CONSTANT,
        -2.0,
        -1.5,
        np.array([-1.0, 0.0, 0.0]),
        np.array([0.5, 0.3, 0.3]),
        0.02,
        4.0,
        2,
        1.0,
    )


def shift_llr(distance: float, scale: float) -> float:
    return max(CONSTANT - log(scale) - 0.5 * (DOF + 1) * log(1 + (distance / scale) ** 2 / DOF), -12.0)


def amount_llr(s: MinorSignals, difference: float, sd: float) -> float:
    density = exp(-0.5 * (difference / sd) ** 2) / (sd * sqrt(2 * pi))
    return log((1 - s.outlier) * density * s.log_range + s.outlier)


def slow_score(
    s: MinorSignals, lines: list[tuple[float, float, int, int]], absent: list[float], amounts: NDArray[np.float64]
) -> float:
    """Return the best value over all amounts and all ways to give the lines signals in their order."""
    best = -inf
    for amount in amounts:
        for chosen in product(range(-1, len(s.ppm)), repeat=len(lines)):
            used = [j for j in chosen if j >= 0]
            if used != sorted(used) or any(
                chosen[a] == chosen[b] >= 0 and any(chosen[k] != chosen[a] for k in range(a, b))
                for a in range(len(lines))
                for b in range(a + 1, len(lines))
            ):
                continue
            best = max(best, value_of(s, lines, absent, float(amount), chosen))
    return best


def value_of(
    s: MinorSignals,
    lines: list[tuple[float, float, int, int]],
    absent: list[float],
    amount: float,
    chosen: tuple[int, ...],
) -> float:
    value = s.unassigned * (len(s.ppm) - len(set(chosen) - {-1}))
    expected: dict[int, float] = {}
    for (ppm, uncertainty, nuclei, kind), gone, j in zip(lines, absent, chosen, strict=True):
        scale, exchanges = sqrt((uncertainty * SPREAD) ** 2 + s.error**2), kind >= s.exchanging
        own = amount + log(nuclei) + s.log_unit[kind]
        if j < 0:
            p = exp(gone) + sum(exp(shift_llr(ppm - at, scale) + share) for at, share in s.hidden)
            if len(s.log_amount) and not exchanges:
                p += 0.5 * (1 + erf((s.log_least - own) / s.spread_of_amount[kind] / sqrt(2)))
            value += min(log(p), 0.0)
            continue
        llr = shift_llr(ppm - s.ppm[j], scale) + s.of_kind[kind, j]
        llr = min(llr, s.max_exchange) if exchanges else llr
        value += llr if j not in expected else min(s.merged + llr, 0.0)
        expected[j] = expected.get(j, 0.0) + (0.0 if exchanges else exp(own))
    if len(s.log_amount):
        # The spread is that of the last line with the signal.
        last = {j: line[3] for line, j in zip(lines, chosen, strict=True) if j >= 0}
        for j, total in expected.items():
            if total > 0:
                value += amount_llr(s, s.log_amount[j] - log(total), s.spread_of_amount[last[j]])
    return value


def fast_score(
    s: MinorSignals, lines: list[tuple[float, float, int, int]], absent: list[float], amounts: NDArray[np.float64]
) -> float:
    ppm, uncertainty, nuclei, kind = (np.array(column) for column in zip(*lines, strict=True))
    out = np.zeros(1)
    minor_scores(s, ppm, uncertainty, nuclei, kind, np.array([0, len(lines)]), np.array(absent), amounts, out)
    return float(out[0])


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("with_amounts", [True, False])
def test_the_best_alignment_is_that_of_all_alignments(seed: int, with_amounts: bool) -> None:
    rng = np.random.default_rng(seed)
    s = drawn_signals(rng, 3, with_amounts=with_amounts)
    count = 2 if with_amounts else 3
    lines = sorted(
        (float(rng.uniform(0, 20)), float(rng.uniform(0.3, 3)), int(rng.integers(1, 4)), int(rng.integers(0, 3)))
        for _ in range(count)
    )
    absent = rng.uniform(-6, -1, count).tolist()
    amounts = np.array([-1.0, -0.4, 0.3])

    assert fast_score(s, lines, absent, amounts) == pytest.approx(slow_score(s, lines, absent, amounts), abs=1e-9)


def test_without_signals_only_missing_lines_count() -> None:
    s = drawn_signals(np.random.default_rng(0), 0, with_amounts=True)

    assert fast_score(s, [(50.0, 1.0, 1, 1)], [-6.0], np.zeros(1)) == pytest.approx(
        slow_score(s, [(50.0, 1.0, 1, 1)], [-6.0], np.zeros(1))
    )


def test_far_below_the_least_amount_a_line_is_missing_for_certain() -> None:
    s = drawn_signals(np.random.default_rng(0), 0, with_amounts=True)._replace(log_amount=np.zeros(1), log_least=9.0)

    assert fast_score(s, [(50.0, 1.0, 1, 1)], [-6.0], np.zeros(1)) == pytest.approx(0.0, abs=1e-3)
