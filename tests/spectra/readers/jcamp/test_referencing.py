from __future__ import annotations

import pytest

VALUES = [int(1e6 / (1 + ((k - 60) / 3) ** 2)) for k in range(201)]
HZ = {"XUNITS": "HZ", "FIRSTX": "4000", "LASTX": "0", "XFACTOR": "20"}


def edges(spectrum) -> list[float]:
    return list(spectrum.axis.grid()[[0, -1]])


@pytest.mark.parametrize(
    ("changes", "expected", "how"),
    [
        # Bruker: $OFFSET is the shift of the first point, $SF the frequency of 0 ppm.
        ({"$OFFSET": "11.0", "$SF": "399.999", "$BF1": "400.0"}, [11.0, 11.0 - 4000 / 399.999], "$OFFSET"),
        ({"$OFFSET": "11.0"}, [11.0, 1.0], "$OFFSET"),
        # The standard: the shift of one point, counted from 1.
        ({"__SHIFT_REFERENCE": "INTERNAL, TMS, 201, 0.5"}, [10.5, 0.5], ".SHIFT REFERENCE"),
        ({"__SHIFT_REFERENCE": "INTERNAL,  ,1, 12.5"}, [12.5, 2.5], ".SHIFT REFERENCE"),
        ({"__SHIFT_REFERENCE": "INTERNAL, TMS, 101, 5"}, [10.0, 0.0], ".SHIFT REFERENCE"),
        # Varian: Hz from the right edge to 0 ppm.
        ({"$REFERENCE_POINT": "400"}, [9.0, -1.0], "$REFERENCE POINT"),
        # The zero of an axis is only its edge, so the carrier in its middle counts.
        ({"$BF1": "400.0", "$SFO1": "400.0024"}, [11.0, 1.0], "carrier frequency"),
        ({"FIRSTX": "4400", "LASTX": "400"}, [11.0, 1.0], "none: 0 Hz taken as 0 ppm"),
        ({"XUNITS": "KHZ", "FIRSTX": "4", "XFACTOR": "0.02", "$OFFSET": "11"}, [11.0, 1.0], "$OFFSET"),
    ],
)
def test_an_axis_in_hz_is_referenced(read, block, changes: dict[str, str], expected: list[float], how: str) -> None:
    spectrum = read(block(VALUES, __SOLVENT_NAME=None, **(HZ | changes)))

    assert edges(spectrum) == pytest.approx(expected, abs=1e-6)
    assert spectrum.referencing == how
    assert spectrum.warnings == ()


def test_an_axis_without_reference_gives_a_warning(read, block) -> None:
    spectrum = read(block(VALUES, __SOLVENT_NAME=None, **HZ))

    assert edges(spectrum) == pytest.approx([10.0, 0.0])
    assert "states no reference" in spectrum.warnings[0]


@pytest.mark.parametrize("wrong", ["INTERNAL, TMS, 900, 5", "INTERNAL", "INTERNAL, TMS, x, y", "a, b, 1, 1e99"])
def test_an_invalid_shift_reference_is_ignored(read, block, wrong: str) -> None:
    assert (
        read(block(VALUES, __SOLVENT_NAME=None, __SHIFT_REFERENCE=wrong, **HZ)).referencing
        == "none: 0 Hz taken as 0 ppm"
    )


def test_references_that_disagree_give_a_warning(read, block) -> None:
    changes = {"$OFFSET": "11.0", "__SHIFT_REFERENCE": "INTERNAL, TMS, 1, 11.4"}

    spectrum = read(block(VALUES, **(HZ | changes)))

    assert edges(spectrum) == pytest.approx([11.0, 1.0])
    assert "references disagree by 0.4 ppm: $OFFSET was used" in spectrum.warnings[0]


@pytest.mark.parametrize(("first", "unit"), [("10", "ppm"), ("4000", "Hz")])
def test_a_missing_unit_is_guessed_from_the_width_with_a_warning(read, block, first: str, unit: str) -> None:
    text = block(VALUES, __SOLVENT_NAME=None, XUNITS=None, FIRSTX=first, XFACTOR=str(float(first) / 200))

    spectrum = read(text)

    assert edges(spectrum) == pytest.approx([10.0, 0.0])
    assert f"its axis has no unit; {unit} was guessed" in spectrum.warnings[0]


def test_a_frequency_in_hz_is_converted(read, block) -> None:
    assert read(block(VALUES, __OBSERVE_FREQUENCY="400000000")).frequency_mhz == pytest.approx(400.0)


def test_the_lines_give_the_range_if_nothing_else_does(read, block) -> None:
    assert edges(read(block(VALUES, FIRSTX=None, LASTX=None))) == pytest.approx([10.0, 0.0])


def test_lines_that_contradict_the_stated_range_are_refused(read, block) -> None:
    from specmol_core.errors import SpectrumError

    with pytest.raises(SpectrumError, match="span 10, but 14 to 0 are stated"):
        read(block(VALUES, FIRSTX="14"))
