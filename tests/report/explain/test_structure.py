"""The structure of an explanation, its colours, and the objections."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from specmol_core.drawing.svg_canvas import SvgCanvas
from specmol_core.matcher.assignment import AssignedSignal
from specmol_core.report.explain.colours import DEVIATION_CLASSES, NO_SIGNAL, deviation_colour
from specmol_core.report.explain.legend import objections
from specmol_core.report.explain.structure import atom_deviations, draw_structure

CORNER, SIZE = (20.0, 50.0), (400.0, 200.0)


def drawn(smiles: str, *signals: AssignedSignal) -> ElementTree.Element:
    canvas = SvgCanvas(500, 300, "")
    draw_structure(canvas, smiles, signals, CORNER, SIZE)
    return ElementTree.fromstring(canvas.encode())


@pytest.mark.parametrize(
    ("deviations", "number"),
    [(0.0, 0), (1.0, 0), (-1.01, 1), (2.0, 1), (2.5, 2), (-3.0, 2), (3.99, 3), (4.0, 4), (-90.0, 4)],
)
def test_colour_depends_on_the_class_of_the_deviation(deviations: float, number: int) -> None:
    assert deviation_colour(deviations) == DEVIATION_CLASSES[number][1]


def test_no_deviation_is_grey() -> None:
    assert deviation_colour(None) == NO_SIGNAL


def test_larger_deviation_of_carbon_and_protons_is_used() -> None:
    signals = (
        AssignedSignal("13C", 21.0, 20.0, 1.0, (0,)),
        AssignedSignal("13C", 31.0, 30.0, 1.0, (1, 2)),
        AssignedSignal("1H", 1.0, 1.3, 0.1, (0, 2)),
        AssignedSignal("1H", None, 1.3, 0.1, (3,)),
        AssignedSignal("1H", 5.0, None, None, ()),
        AssignedSignal("1H", 5.0, 5.0, None, (4,)),
    )

    assert atom_deviations(signals) == {0: pytest.approx(-3.0), 1: pytest.approx(1.0), 2: pytest.approx(-3.0)}


@pytest.mark.parametrize(
    ("smiles", "atoms"),
    [
        ("C", 1),
        ("C#C", 2),
        ("[2H]C([2H])([2H])O", 2),
        ("[Na+].CC(=O)[O-]", 5),
        ("C[C@H]1CC[C@@H]2CCCC[C@@H]2C1", 11),
        ("CC(C)" * 20 + "C", 61),
    ],
)
def test_each_heavy_atom_has_a_disc_within_the_frame(smiles: str, atoms: int) -> None:
    root = drawn(smiles)
    discs = [element.attrib for element in root.iter("{http://www.w3.org/2000/svg}circle")]

    assert len(discs) == atoms
    for disc in discs:
        assert CORNER[0] <= float(disc["cx"]) <= CORNER[0] + SIZE[0]
        assert CORNER[1] <= float(disc["cy"]) <= CORNER[1] + SIZE[1]


def test_invalid_smiles_cannot_be_drawn() -> None:
    for smiles in ("C1CC", ""):
        with pytest.raises(ValueError, match="SMILES"):
            drawn(smiles)


def test_signals_of_another_molecule_are_an_error() -> None:
    with pytest.raises(ValueError, match="atom 4, but CCO has 3 heavy atoms"):
        drawn("CCO", AssignedSignal("13C", 20.0, 20.0, 1.0, (3,)))


def test_objections_are_sorted() -> None:
    signals = (
        AssignedSignal("13C", 52.0, 50.0, 1.0, (1,)),
        AssignedSignal("13C", 77.16, None, None, ()),
        AssignedSignal("13C", None, 20.0, 1.0, (0, 2)),
        AssignedSignal("13C", None, 77.0, 1.0, (3,), may_be_masked=True),
        AssignedSignal("1H", 7.0, 7.5, 0.1, (3, 4)),
        AssignedSignal("1H", 1.0, 1.19, 0.1, (5,)),
    )

    assert objections(signals) == [
        "¹H of atoms 4,5: −0.50 ppm (5.0 uncertainties)",
        "¹³C of atom 2: +2.0 ppm (2.0 uncertainties)",
        "¹³C 77.2 ppm: no atom explains it",
        "¹³C of atoms 1,3: not observed",
        "¹³C of atom 4: not observed, the solvent may hide it",
    ]
    assert not objections(signals[5:])
