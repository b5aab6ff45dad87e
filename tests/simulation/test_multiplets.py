"""Names of multiplets."""

from __future__ import annotations

import numpy as np
import pytest

from specmol_core.simulation.multiplets import describe_multiplet
from specmol_core.simulation.spin_system import SpinGroup, SpinSystem


def _describe(partners: list[tuple[float, int]], ppm: float = 5.0) -> tuple[str, tuple[float, ...]]:
    groups = [SpinGroup((0, 0), 1, (0,), 1.0)]
    groups += [SpinGroup((i, 0), n, (i,), ppm) for i, (_, n) in enumerate(partners, 1)]
    matrix = np.zeros((len(groups), len(groups)))
    for i, (constant, _) in enumerate(partners, 1):
        matrix[0, i] = matrix[i, 0] = constant
    return describe_multiplet(SpinSystem(tuple(groups), matrix), [0], 400.0)


@pytest.mark.parametrize(
    ("partners", "name", "constants"),
    [
        ([], "s", ()),
        ([(-0.6, 3)], "s", ()),
        ([(7.0, 1)], "d", (7.0,)),
        ([(7.0, 3)], "q", (7.0,)),
        ([(6.8, 6)], "sept", (6.8,)),
        ([(17.4, 1), (10.6, 1)], "dd", (17.4, 10.6)),
        ([(1.5, 1), (-17.4, 1)], "dd", (17.4, 1.5)),
        ([(7.2, 2), (7.0, 3)], "sext", (7.08,)),
        ([(7.9, 1), (7.5, 1), (1.4, 1)], "td", (7.7, 1.4)),
        ([(20.0, 1), (15.0, 1), (10.0, 1), (5.0, 1), (2.0, 1)], "m", ()),
    ],
)
def test_names(partners: list[tuple[float, int]], name: str, constants: tuple[float, ...]) -> None:
    found, values = _describe(partners)

    assert found == name
    assert values == pytest.approx(constants)


def test_strongly_coupled_protons_are_a_multiplet() -> None:
    assert _describe([(7.0, 2)], ppm=1.02) == ("m", ())
