"""Lines of solvent, water, tetramethylsilane, impurities and compound are distinguished."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from support.drawn_spectra import Draw, Line

from specmol_core.spectra.analysis.recognise import LineRecognition, recognise
from specmol_core.spectra.analysis.solvent_lines import deuterium_pattern
from specmol_core.spectra.peaks import Peak
from specmol_core.spectra.reference.solvents import SOLVENTS
from specmol_core.spectra.spectrum import Nucleus, Spectrum

COMPOUND: list[Line] = [(171.1, 0.3), (144.2, 0.9), (115.3, 1.0), (60.4, 0.9), (18.2, 0.8)]


def solvent_lines(name: str, height: float = 1.0, offset: float = 0.0, frequency: float = 125.0) -> list[Line]:
    solvent = next(s for s in SOLVENTS if s.name == name)
    return [
        (signal.ppm + offset + (k - signal.lines // 2) * signal.coupling_hz / frequency, height * float(share))
        for signal in solvent.c13
        for k, share in enumerate(deuterium_pattern(signal.lines))
    ]


def shifts(recognition: LineRecognition, *kinds: str) -> list[float]:
    return [round(line.peak.ppm, 1) for line in recognition.of_kind(*kinds)]  # type: ignore[arg-type]


@pytest.mark.parametrize("name", [s.name for s in SOLVENTS if any(x.lines > 1 for x in s.c13)])
@pytest.mark.parametrize("stated", ["right", "wrong", None])
@pytest.mark.parametrize("offset", [0.0, 0.4])
def test_the_solvent_is_recognised_by_its_multiplet(draw: Draw, name: str, stated: str | None, offset: float) -> None:
    said = {"right": name, "wrong": "D2O", None: None}[stated]
    lines = [*COMPOUND, *solvent_lines(name, 1.5, offset)]

    recognition = recognise(draw("13C", lines, noise=0.004, solvent=said))

    assert (recognition.solvent, recognition.has_solvent_lines) == (name, True)
    assert recognition.offset_ppm == pytest.approx(offset, abs=0.05)
    assert shifts(recognition, "compound") == [ppm for ppm, _ in COMPOUND]


def test_without_its_multiplet_no_solvent_is_recognised(draw: Draw) -> None:
    recognition = recognise(draw("13C", [*COMPOUND, (77.2, 0.8)], solvent="CDCl3"))

    assert (recognition.solvent, recognition.has_solvent_lines) == ("CDCl3", False)
    assert 77.2 in shifts(recognition, "compound")


def test_a_line_of_the_compound_in_the_triplet_is_kept(draw: Draw) -> None:
    lines = [(ppm, height * (3.0 if abs(ppm - 77.416) < 0.01 else 1.0)) for ppm, height in solvent_lines("CDCl3")]

    recognition = recognise(draw("13C", [*COMPOUND, *lines]))

    assert recognition.solvent == "CDCl3"
    assert recognition.shared_with_solvent == pytest.approx([77.416], abs=0.01)
    assert 77.4 in shifts(recognition, "compound")


def test_residual_protons_water_and_tms(draw: Draw, multiplet: Callable[..., list[Line]]) -> None:
    lines = [(7.26, 0.05), (1.56, 0.06), (0.0, 0.1), *multiplet(4.12, (7.1,) * 3, height=2.0), (2.05, 3.0)]

    recognition = recognise(draw("1H", [*lines, *multiplet(1.26, (7.1,) * 2, height=3.0)], solvent="chloroform-d"))

    assert {round(x.peak.ppm, 2): x.reason for x in recognition.of_kind("solvent")} == {
        7.26: "CDCl3",
        1.56: "water in CDCl3",
        0.0: "tetramethylsilane",
    }
    assert [s.multiplicity for s in recognition.signals] == ["q", "s", "t"]


def test_a_compound_with_a_single_line_at_the_shift_of_the_solvent_is_kept(draw: Draw) -> None:
    """1,3,5-Trichlorobenzene: one singlet, at 7.24 ppm, with the satellites of an aromatic C-H."""
    lines = [(7.24, 1.0), (7.24 + 0.17, 0.0055), (7.24 - 0.17, 0.0055), (0.0, 0.1)]

    recognition = recognise(draw("1H", lines, noise=0.0002, solvent="CDCl3"))

    assert 7.2 in shifts(recognition, "compound")
    assert not any(line.reason == "CDCl3" for line in recognition.lines)


def test_a_solvent_line_inside_a_multiplet_is_not_masked(draw: Draw, multiplet: Callable[..., list[Line]]) -> None:
    spectrum = draw("1H", [*multiplet(7.26, (7.6, 7.6)), (2.3, 3.0)], solvent="CDCl3")

    recognition = recognise(spectrum)

    assert recognition.solvent_is_crowded
    assert len(recognition.of_kind("compound")) == 4


@pytest.mark.parametrize(("stated", "seen"), [("CDCl3", "DMSO-d6"), (None, "DMSO-d6"), ("DMSO", "DMSO-d6")])
def test_the_quintet_of_dmso_overrules_the_file(draw: Draw, stated: str | None, seen: str) -> None:
    quintet = [(2.5 + k * 1.9 / 500, 0.03 * h) for k, h in zip(range(-2, 3), (1, 2, 3, 2, 1), strict=True)]
    spectrum = draw("1H", [*quintet, (8.1, 1.0), (3.7, 3.0)], width_hz=0.7, noise=0.0003, solvent=stated)

    recognition = recognise(spectrum)

    assert (recognition.solvent, recognition.has_solvent_lines) == (seen, True)
    assert shifts(recognition, "compound") == [8.1, 3.7]


def test_the_whole_multiplet_of_the_stated_solvent_is_recognised_beside_a_taller_line(draw: Draw) -> None:
    # Methanol in CD3OD, 16 Hz from its residual quintet.
    quintet = [(3.31 + k * 1.7 / 500, 0.05 * h) for k, h in zip(range(-2, 3), (1, 2, 3, 2, 1), strict=True)]
    lines = [*quintet, (3.342, 0.8), (7.1, 1.0)]

    recognition = recognise(draw("1H", lines, width_hz=0.7, noise=0.0003, solvent="CD3OD"))

    assert recognition.has_solvent_lines
    assert shifts(recognition, "compound") == [7.1, 3.3]


def test_an_impurity_needs_all_its_lines_and_a_small_amount(draw: Draw, multiplet: Callable[..., list[Line]]) -> None:
    compound = [(7.9, 2.0), (7.1, 2.0), (3.9, 3.0), (7.26, 0.1)]
    quartet, triplet = multiplet(3.48, (7.0,) * 3, height=0.2), multiplet(1.21, (7.0,) * 2, height=0.3)

    def impurities(*parts: list[Line]) -> set[str]:
        recognition = recognise(
            draw("1H", [x for part in (compound, *parts) for x in part], solvent="CDCl3", noise=0.0005)
        )
        return {line.reason for line in recognition.of_kind("impurity")}

    assert impurities(quartet, triplet) == {"diethyl ether"}
    assert impurities(quartet) == set()
    much = [(ppm, 10 * height) for ppm, height in (*quartet, *triplet)]
    assert impurities(much) == set()


def test_ethyl_acetate_in_carbon(draw: Draw) -> None:
    ester = [(171.36, 0.06), (60.49, 0.15), (21.04, 0.15), (14.19, 0.15)]
    lines = [(136.4, 0.4), (128.0, 1.0), (126.1, 1.0), (40.2, 1.0), (33.3, 1.0), *solvent_lines("CDCl3")]

    recognition = recognise(draw("13C", [*lines, *ester]))

    assert {line.reason for line in recognition.of_kind("impurity")} == {"ethyl acetate"}
    assert shifts(recognition, "impurity") == [171.4, 60.5, 21.0, 14.2]


def test_the_compound_is_not_an_impurity(draw: Draw) -> None:
    ester = [(171.36, 0.3), (60.49, 1.0), (21.04, 1.0), (14.19, 1.0), *solvent_lines("CDCl3")]

    assert recognise(draw("13C", ester)).of_kind("impurity") == ()


def test_all_lines_of_printed_lists_are_of_the_compound(draw: Draw) -> None:
    coarse = draw("13C", [*COMPOUND, (77.16, 1.0)], points=600, width_hz=60.0, solvent="CDCl3")
    printed = Spectrum(
        "1H", coarse.axis, coarse.intensities, solvent="CDCl3", peaks=(Peak(7.26, 1.0, None, "s", (), 1.0),)
    )

    assert {line.kind for line in recognise(printed).lines} == {"compound"}


@pytest.mark.parametrize(("nucleus", "speck"), [("13C", 0.02), ("1H", 0.005)])
def test_specks_beside_the_lines_of_a_coarse_image_are_no_lines(draw: Draw, nucleus: str, speck: float) -> None:
    shift = 1.0 if nucleus == "1H" else 20.0
    lines = [(8 * shift, 0.9), (6 * shift, 1.0), (4 * shift, 0.2)]
    width = 4 * 500.0 / 60 if nucleus == "1H" else 120.0
    image = replace(
        draw(nucleus, [*lines, (5 * shift, speck), (2 * shift, speck)], points=800, width_hz=width, noise=0.0),
        height_step=1e-4,
        solvent=None,
    )

    assert len(recognise(image).lines) == 3


def test_strong_solvent_of_a_coarse_image_hides_no_line_of_the_compound(draw: Draw) -> None:
    lines = [(97.0, 0.04), (76.0, 0.04), (73.0, 0.04), (70.0, 0.04), (61.0, 0.04), (39.3, 1.0)]
    image = replace(draw("13C", lines, points=800, width_hz=120.0, noise=0.0), height_step=0.002)

    assert [round(line.peak.ppm) for line in recognise(image).lines] == [97, 76, 73, 70, 61, 39]


@pytest.mark.parametrize(("height", "found"), [(0.05, True), (0.0005, False)])
def test_a_trace_of_another_solvent_does_not_overrule_the_stated_one(
    draw: Draw, multiplet: Callable[..., list[Line]], height: float, found: bool
) -> None:
    quintet = [(1.94 + k * 2.5 / 500, height * share) for k, share in zip(range(-2, 3), (1, 2, 3, 2, 1), strict=True)]
    spectrum = draw("1H", [(8.3, 1.0), (7.6, 1.0), *quintet], noise=0.00002, width_hz=0.8, solvent="acetone")

    recognition = recognise(spectrum)

    assert (recognition.solvent, recognition.has_solvent_lines) == (("CD3CN", True) if found else ("acetone-d6", False))


def test_a_broad_line_of_the_stated_solvent_is_recognised_a_little_off_its_position(draw: Draw) -> None:
    """A poorly shimmed sample: the residual quintet of acetone is one broad line at 2.09 ppm."""
    sharp = draw("1H", [(9.05, 0.3), (8.30, 0.3), (8.00, 0.3)], width_hz=1.2, solvent="acetone")
    broad = draw("1H", [(2.09, 1.0)], width_hz=12.0, noise=0.0)
    spectrum = replace(sharp, intensities=sharp.intensities + broad.intensities)

    recognition = recognise(spectrum)

    assert {round(x.peak.ppm, 2): x.reason for x in recognition.of_kind("solvent")} == {2.09: "acetone-d6"}
    acetyl = draw("1H", [(9.05, 0.3), (8.30, 0.3), (8.00, 0.3), (2.09, 1.0)], width_hz=1.2, solvent="acetone")
    assert not recognise(acetyl).has_solvent_lines


def test_satellites_of_a_triplet_are_not_water(draw: Draw, multiplet: Callable[..., list[Line]]) -> None:
    """Beside tall singlets only the middle line of each satellite is picked.

    The upper one stands where water stands in CDCl3; the lower one may be hidden by a CH2.
    """
    lines = [*multiplet(1.40, (7.0, 7.0), height=3.0), *((ppm, 4.0) for ppm in (7.5, 6.9, 6.3, 3.83, 2.3))]
    satellites = [*multiplet(1.539, (7.0, 7.0), height=0.018), *multiplet(1.261, (7.0, 7.0), height=0.018)]
    hiding = multiplet(1.261, (7.0,) * 5, height=2.0)

    for others in (satellites, [*satellites, *hiding]):
        recognition = recognise(draw("1H", [*lines, *others], noise=0.0002, solvent="CDCl3"))
        assert {line.reason for line in recognition.lines} == {"", "13C satellite of 1.40 ppm"}
    water = recognise(draw("1H", [*lines, *satellites, (1.56, 0.1)], noise=0.0002, solvent="CDCl3"))
    assert [round(x.peak.ppm, 2) for x in water.lines if "water" in x.reason] == [1.56]


@pytest.mark.parametrize(("height", "name"), [(0.3, "CD3OD"), (0.012, "CDCl3")])
def test_traces_of_another_solvent_in_13c_do_not_overrule_the_stated_one(draw: Draw, height: float, name: str) -> None:
    lines = [*COMPOUND, *solvent_lines("CD3OD", height, 0.3)]

    recognition = recognise(draw("13C", lines, noise=0.0005, solvent="CDCl3"))

    assert recognition.solvent == name
    assert recognition.has_solvent_lines == (name == "CD3OD")
    assert recognition.offset_ppm == (pytest.approx(0.3, abs=0.05) if name == "CD3OD" else None)


@pytest.mark.parametrize("nucleus", ["13C", "1H"])
def test_weak_lines_are_of_the_compound_if_asked_for(draw: Draw, nucleus: Nucleus) -> None:
    lines = [(10.1, 1.0), (8.3, 0.9), (7.2, 0.8), (5.5, 0.9), (3.4, 1.0), (9.4, 0.007 if nucleus == "1H" else 0.03)]
    spectrum = draw(nucleus, lines, noise=0.0005)

    usual, weak = recognise(spectrum), recognise(spectrum, weak_lines=True)

    assert len(usual.of_kind("compound")) == 5
    assert [round(line.peak.ppm, 1) for line in weak.of_kind("compound")] == [10.1, 9.4, 8.3, 7.2, 5.5, 3.4]
    assert len(weak.signals) == (6 if nucleus == "1H" else 0)


def test_solvent_and_impurities_are_no_weak_lines_of_the_compound(
    draw: Draw, multiplet: Callable[..., list[Line]]
) -> None:
    spectrum = draw("1H", [(7.26, 0.5), (3.3, 1.0), (5.1, 1.0), (2.17, 0.05)], solvent="CDCl3")

    usual, weak = recognise(spectrum), recognise(spectrum, weak_lines=True)

    assert weak.of_kind("solvent", "impurity") == usual.of_kind("solvent", "impurity")
    assert weak.of_kind("solvent")
