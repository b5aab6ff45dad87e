"""The content of the image that explains a candidate, in both formats."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from PIL import Image

from specmol_core.drawing.canvas import text_width, truncate_text
from specmol_core.errors import OutputError, UsageError
from specmol_core.matcher.assignment import AssignedSignal, Assignment
from specmol_core.report.explain.colours import DEVIATION_CLASSES, RED
from specmol_core.report.explain.sheet import ExplainedCandidate, write_candidate_image
from specmol_core.spectra.axis import PpmAxis
from specmol_core.spectra.spectrum import Nucleus, Spectrum, SpectrumPair

NAMESPACE = "{http://www.w3.org/2000/svg}"
AXES = {"1H": PpmAxis(12.0, -1.0, 20_000), "13C": PpmAxis(220.0, -10.0, 20_000)}
WIDTHS = {"1H": 0.003, "13C": 0.05}
RED_HEX = "#{:02x}{:02x}{:02x}".format(*RED)
ANISALDEHYDE = Assignment(
    (
        AssignedSignal("13C", 190.8, 190.5, 1.0, (5,)),
        AssignedSignal("13C", 164.6, 162.1, 1.0, (2,)),
        AssignedSignal("13C", 132.0, 131.5, 1.0, (4, 6)),
        AssignedSignal("13C", None, 129.0, 1.0, (3,)),
        AssignedSignal("13C", 77.2, None, None, ()),
        AssignedSignal("13C", 55.6, 60.1, 1.0, (0,)),
        AssignedSignal("1H", 9.88, 9.85, 0.1, (5,), 1.0, "s"),
        AssignedSignal("1H", 7.84, 7.5, 0.1, (4, 6), 2.0, "d"),
    )
)


class Box(NamedTuple):
    """A text and the part of the sheet that it covers."""

    text: str
    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Box) -> bool:
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom


def spectrum(nucleus: Nucleus, lines: list[float], *, signed: bool = False) -> Spectrum:
    """Return a spectrum of sharp lines; in a signed one, every second line is negative."""
    grid = AXES[nucleus].grid()
    heights = [-1.0 if signed and number % 2 else 1.0 for number in range(len(lines))]
    trace = sum(h / (1 + ((grid - p) / WIDTHS[nucleus]) ** 2) for p, h in zip(lines, heights, strict=True))
    return Spectrum(nucleus, AXES[nucleus], np.asarray(trace, dtype=np.float32), signed=signed)


def pair_of(
    assignment: Assignment, nuclei: tuple[Nucleus, ...] = ("1H", "13C"), *, signed: bool = False
) -> SpectrumPair:
    drawn = {
        nucleus: spectrum(nucleus, [s.ppm for s in assignment.signals if s.nucleus == nucleus and s.ppm], signed=signed)
        for nucleus in nuclei
    }
    return SpectrumPair(drawn.get("1H"), drawn.get("13C"))


def explained(
    assignment: Assignment = ANISALDEHYDE, smiles: str = "COc1ccc(C=O)cc1", **changes: object
) -> ExplainedCandidate:
    values: dict[str, object] = {"rank": 2, "name": "anisaldehyde", "formula": "C8H8O2", "probability": 0.8765}
    return ExplainedCandidate(smiles=smiles, assignment=assignment, **{**values, **changes})  # type: ignore[arg-type]


def svg(path: Path, what: ExplainedCandidate, pair: SpectrumPair, note: str = "") -> ElementTree.Element:
    write_candidate_image(path / "e.svg", what, pair, note)
    return ElementTree.parse(path / "e.svg").getroot()


def texts(root: ElementTree.Element) -> list[str]:
    return [element.text or "" for element in root.iter(f"{NAMESPACE}text")]


def boxes(root: ElementTree.Element) -> list[Box]:
    """Return the area of each text; bold letters are wider than the measured regular ones."""
    found = []
    for element in root.iter(f"{NAMESPACE}text"):
        x, y, size = (float(element.attrib[name]) for name in ("x", "y", "font-size"))
        length = text_width(element.text or "", size) * (1.05 if "font-weight" in element.attrib else 1.0)
        start = {"start": 0.0, "middle": -length / 2, "end": -length}[element.attrib["text-anchor"]]
        tall = 0.72 * size
        if "transform" in element.attrib:
            found.append(Box(element.text or "", x - tall, y - start - length, x, y - start))
        else:
            found.append(Box(element.text or "", x + start, y - tall, x + start + length, y))
    return found


def crowd(count: int, signed: bool = False) -> tuple[ExplainedCandidate, SpectrumPair]:
    """Return a candidate with many signals of both nuclei, most of them within a few ppm."""
    rng = np.random.default_rng(7)
    carbons = np.sort(np.concatenate([rng.uniform(120, 135, count - 8), rng.uniform(10, 200, 8)]))[::-1].round(2)
    protons = np.sort(np.concatenate([rng.uniform(7, 7.6, count - 5), rng.uniform(0, 10, 5)]))[::-1].round(3)
    signals = [AssignedSignal("13C", p, p + rng.normal(), 1.0, (k,)) for k, p in enumerate(carbons.tolist())]
    signals += [
        AssignedSignal("1H", p, p + 0.1 * rng.normal(), 0.1, (k, count - 1), 2.0, "ddd")
        for k, p in enumerate(protons.tolist())
    ]
    assignment = Assignment(tuple(signals))
    return explained(assignment, "C" * count), pair_of(assignment, signed=signed)


def test_title_has_the_name_of_the_candidate(tmp_path: Path) -> None:
    found = texts(svg(tmp_path, explained(), pair_of(ANISALDEHYDE), "13C speaks against it."))

    assert found[:3] == ["2. anisaldehyde", "C8H8O2, probability 0.8765", "13C speaks against it."]


@pytest.mark.parametrize(
    ("probability", "written"),
    [(1.0, "C8H8O2, probability 1.0000"), (1e-9, "C8H8O2, probability below 0.0001"), (float("nan"), "C8H8O2")],
)
def test_small_probability_is_an_upper_bound(tmp_path: Path, probability: float, written: str) -> None:
    assert written in texts(svg(tmp_path, explained(probability=probability), pair_of(ANISALDEHYDE)))


def test_signals_are_labelled_with_atoms_and_shift(tmp_path: Path) -> None:
    found = texts(svg(tmp_path, explained(), pair_of(ANISALDEHYDE)))

    for label in ("6", "5,7", "190.8", "132.0", "9.88 s 1H", "7.84 d 2H"):
        assert label in found
    # Predicted lines, including the one that is not observed.
    for label in ("190.5", "129.0", "7.50"):
        assert label in found


def test_unassigned_signal_is_red_with_a_question_mark(tmp_path: Path) -> None:
    root = svg(tmp_path, explained(), pair_of(ANISALDEHYDE))
    red = [element.text for element in root.iter(f"{NAMESPACE}text") if element.attrib["fill"] == RED_HEX]

    assert red == ["?", "observed, but no atom explains it", "?", "77.2"]
    assert sum(element.attrib["stroke"] == RED_HEX for element in root.iter(f"{NAMESPACE}polyline")) == 1


def test_missing_line_is_a_dashed_stick_and_its_atom_has_a_ring(tmp_path: Path) -> None:
    root = svg(tmp_path, explained(), pair_of(ANISALDEHYDE))
    sticks = [e for e in root.iter(f"{NAMESPACE}rect") if "stroke-dasharray" in e.attrib]
    rings = [e for e in root.iter(f"{NAMESPACE}circle") if "stroke-dasharray" in e.attrib]

    # The legend has one of each.
    assert len(sticks) == len(rings) == 2
    assert {stick.attrib["fill"] for stick in sticks} == {"#ffffff"}
    assert {ring.attrib["fill"] for ring in rings} == {"none"}


def test_legend_explains_the_colours(tmp_path: Path) -> None:
    root = svg(tmp_path, explained(), pair_of(ANISALDEHYDE))
    fills = [element.attrib["fill"] for element in root.iter(f"{NAMESPACE}rect")]

    for name, colour in DEVIATION_CLASSES:
        assert name in texts(root)
        assert "#{:02x}{:02x}{:02x}".format(*colour) in fills


def test_atoms_have_the_colour_of_their_larger_deviation(tmp_path: Path) -> None:
    root = svg(tmp_path, explained(), pair_of(ANISALDEHYDE))
    discs = [element.attrib["fill"] for element in root.iter(f"{NAMESPACE}circle") if element.attrib["fill"] != "none"]
    colour = {name: "#{:02x}{:02x}{:02x}".format(*rgb) for name, rgb in DEVIATION_CLASSES}

    assert discs[0] == colour["≥ 4"]
    assert discs[2] == colour["2–3"]
    # The carbons deviate by half an uncertainty, their protons by 3.4.
    assert discs[4] == discs[6] == colour["3–4"]
    assert discs[5] == colour["≤ 1"]
    assert discs[1] == discs[3] == "#bababa"


@pytest.mark.parametrize("signed", [False, True])
def test_labels_of_thirty_signals_do_not_overlap(tmp_path: Path, signed: bool) -> None:
    found = boxes(svg(tmp_path, *crowd(30, signed)))

    assert sum(box.text == "30" or box.text.endswith(",30") for box in found) >= 30
    clashes = [(a, b) for i, a in enumerate(found) for b in found[:i] if a.meets(b)]
    assert not clashes


@pytest.mark.parametrize("count", [30, 120])
def test_everything_is_inside_the_sheet(tmp_path: Path, count: int) -> None:
    root = svg(tmp_path, *crowd(count))
    left, top, width, height = (float(part) for part in root.attrib["viewBox"].split())

    assert (left, top, width) == (0, 0, 1000)
    for box in boxes(root):
        assert box.left >= 0
        assert box.top >= 0
        assert box.right <= width
        assert box.bottom <= height


@pytest.mark.parametrize(("nucleus", "other"), [("1H", "¹³C"), ("13C", "¹H")])
def test_missing_spectrum_has_no_panel(tmp_path: Path, nucleus: Nucleus, other: str) -> None:
    both = svg(tmp_path, explained(), pair_of(ANISALDEHYDE))
    one = svg(tmp_path, explained(), pair_of(ANISALDEHYDE, (nucleus,)))

    assert f"{other} chemical shift (ppm)" in texts(both)
    assert f"{other} chemical shift (ppm)" not in texts(one)
    assert float(one.attrib["height"]) < float(both.attrib["height"])


def test_signed_spectrum_has_negative_lines(tmp_path: Path) -> None:
    def trace(signed: bool) -> np.ndarray:
        root = svg(tmp_path, explained(), pair_of(ANISALDEHYDE, ("13C",), signed=signed))
        longest = max((e.attrib["points"] for e in root.iter(f"{NAMESPACE}polyline")), key=len)
        return np.array([[float(part) for part in point.split(",")] for point in longest.split()])[:, 1]

    plain, signed = trace(False), trace(True)

    # Most of the trace is at the baseline: near the lower edge, or halfway.
    for heights, share in ((plain, 0.97), (signed, 0.5)):
        place = (np.median(heights) - heights.min()) / np.ptp(heights)
        assert place == pytest.approx(share, abs=0.06)


def test_trace_is_drawn_without_signals(tmp_path: Path) -> None:
    found = texts(svg(tmp_path, explained(Assignment(())), pair_of(ANISALDEHYDE)))

    assert "No signal was compared." in found
    assert found.count("nothing observed, nothing predicted") == 2


@pytest.mark.filterwarnings("error")
def test_signals_beyond_the_axis_are_drawn_without_a_trace(tmp_path: Path) -> None:
    beyond = Assignment((AssignedSignal("13C", 310.0, 309.0, 1.0, (0,)),))

    root = svg(tmp_path, explained(beyond), pair_of(ANISALDEHYDE, ("13C",)))

    assert "310.0" in texts(root)
    assert max(len(element.attrib["points"]) for element in root.iter(f"{NAMESPACE}polyline")) < 100


def test_name_is_escaped_in_svg(tmp_path: Path) -> None:
    hostile = '</text><script>alert("&amp;")</script>\x00\x1b[31m\u202e\ud800]]>'
    plain = svg(tmp_path, explained(), pair_of(ANISALDEHYDE))
    root = svg(tmp_path, explained(name=hostile, formula="<b>"), pair_of(ANISALDEHYDE), "<i>&")

    tags = [element.tag for element in root.iter()]
    assert set(tags) == {element.tag for element in plain.iter()}
    # One more for the note.
    assert len(tags) == len(list(plain.iter())) + 1
    assert texts(root)[0] == '2. </text><script>alert("&amp;")</script> [31m ]]>'


def test_long_name_is_cut_without_overlap(tmp_path: Path) -> None:
    root = svg(tmp_path, explained(name="methyl" * 200_000), pair_of(ANISALDEHYDE), "word " * 100_000)
    title, facts, note = boxes(root)[:3]

    assert title.text.startswith("2. methylmethyl")
    assert title.text.endswith("…")
    assert note.text.endswith("…")
    assert title.right < facts.left
    assert note.right <= 1000


@pytest.mark.slow
@pytest.mark.parametrize("ending", ["svg", "png"])
def test_the_same_input_gives_the_same_bytes(tmp_path: Path, ending: str) -> None:
    for name in ("a", "b"):
        write_candidate_image(tmp_path / f"{name}.{ending}", explained(), pair_of(ANISALDEHYDE))

    assert (tmp_path / f"a.{ending}").read_bytes() == (tmp_path / f"b.{ending}").read_bytes()


@pytest.mark.slow
def test_png_has_the_aspect_ratio_of_the_svg(tmp_path: Path) -> None:
    root = svg(tmp_path, explained(), pair_of(ANISALDEHYDE))
    write_candidate_image(tmp_path / "e.PNG", explained(), pair_of(ANISALDEHYDE))

    with Image.open(tmp_path / "e.PNG") as image:
        assert image.format == "PNG"
        assert image.size == (1600, round(1.6 * float(root.attrib["height"])))
        pixels = np.asarray(image.convert("RGB"))
    assert (pixels == 255).all(axis=2).mean() > 0.8
    for colour in (RED, DEVIATION_CLASSES[0][1], DEVIATION_CLASSES[-1][1], (28, 54, 94)):
        assert (pixels == colour).all(axis=2).sum() > 20


@pytest.mark.slow
def test_discs_have_the_same_positions_in_png_and_svg(tmp_path: Path) -> None:
    root = svg(tmp_path, explained(), pair_of(ANISALDEHYDE))
    write_candidate_image(tmp_path / "e.png", explained(), pair_of(ANISALDEHYDE))
    discs = [element.attrib for element in root.iter(f"{NAMESPACE}circle") if element.attrib["fill"] != "none"][:9]

    with Image.open(tmp_path / "e.png") as image:
        for disc in discs:
            x, y, radius = (float(disc[name]) for name in ("cx", "cy", "r"))
            around = [(x + 0.55 * radius * a, y + 0.55 * radius * b) for a in (-1, 1) for b in (-1, 1)]
            seen = ["#{:02x}{:02x}{:02x}".format(*image.getpixel((1.6 * a, 1.6 * b))) for a, b in around]
            assert disc["fill"] in seen


@pytest.mark.parametrize("name", ["e.pdf", "e", "svg"])
def test_unknown_image_format_is_an_error(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match=r"\.svg or \.png"):
        write_candidate_image(tmp_path / name, explained(), pair_of(ANISALDEHYDE))


@pytest.mark.parametrize("ending", ["svg", "png"])
def test_missing_folder_is_an_error(tmp_path: Path, ending: str) -> None:
    with pytest.raises(OutputError, match="no such folder"):
        write_candidate_image(tmp_path / "none" / f"e.{ending}", explained(), pair_of(ANISALDEHYDE))


def test_failed_drawing_keeps_the_old_file(tmp_path: Path) -> None:
    old = tmp_path / "e.svg"
    old.write_text("old")

    with pytest.raises(ValueError, match="SMILES"):
        write_candidate_image(old, explained(smiles="C1CC"), pair_of(ANISALDEHYDE))

    assert old.read_text() == "old"
    assert list(tmp_path.iterdir()) == [old]


def test_text_is_cut_to_the_available_width() -> None:
    assert truncate_text("anisole", 12, 100) == "anisole"
    assert truncate_text("two\nlines\x07", 12, 100) == "two lines"
    short = truncate_text("abcdefghij" * 10, 12, 60)
    assert short.endswith("…")
    assert text_width(short, 12) <= 60 < text_width(short[:-1] + "kl…", 12)
