"""Every format in the table of docs/guide/reading-spectra.md is read as the table says."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from specmol_cli.main import run
from specmol_core.spectra.reference.solvents import SOLVENTS

from .spectra.readers.conftest import Decay, Spectrometers
from .spectra.readers.instruments.test_nmrml import document
from .spectra.readers.instruments.test_nmrml import spectrum as nmrml_spectrum
from .spectra.readers.jcamp.conftest import write_block
from .spectra.readers.lists.test_nmredata import FULL

PAGE = Path(__file__).parents[1] / "docs" / "guide" / "reading-spectra.md"
ARGUMENTS = re.findall(r"^\|[^|]*\| `(measured/[^`]+)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
"""What the table says to write after ``specmol inspect``."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, spectra: tuple[Path, Path]) -> Path:
    """A folder with the files that the page names."""
    folder = tmp_path_factory.mktemp("docs")
    measured = folder / "measured"
    h1, c13 = Decay("1H"), Decay("13C")
    Spectrometers.bruker(measured / "bruker_h1", h1)
    Spectrometers.bruker(measured / "sample" / "1", h1)
    Spectrometers.bruker(measured / "sample" / "2", c13)
    Spectrometers.varian(measured / "varian_c13", c13)
    Spectrometers.magritek(measured / "magritek_h1", h1)
    (measured / "bruker_h1.zip").write_bytes(Spectrometers.zipped(Spectrometers.files_of(measured / "bruker_h1")))
    (measured / "h1.jdf").write_bytes(Spectrometers.jdf(h1))
    (measured / "h1.nmrML").write_text(document(nmrml_spectrum()))
    (measured / "assigned.sdf").write_text(FULL)
    (measured / "entry.sdf").write_text("> <Spectrum 13C 0>\n17.6;0.0Q;9|18.3;0.0Q;8|\n\n$$$$\n")
    grid = np.linspace(200, 0, 4001)
    trace = sum(1.0 / (1 + ((grid - ppm) / 0.05) ** 2) for ppm in (171.0, 128.5, 60.0, 14.2))
    (measured / "c13.dx").write_text(write_block([round(1000 * y) for y in trace], **{".OBSERVE NUCLEUS": "^13C"}))
    rows = "\n".join(f"{x:.3f},{y:.5f}" for x, y in zip(grid, trace, strict=True))
    (measured / "c13.csv").write_text(f"ppm,intensity\n{rows}\n")
    (measured / "peaks.csv").write_text("ppm,nH,multiplicity,J\n7.26,2,d,8.0\n3.71,3,s,\n")
    (measured / "experimental.txt").write_text("13C NMR (101 MHz, CDCl3) δ 170.1, 60.3 (2C), 14.2.\n")
    (measured / "canonical.png").write_bytes(spectra[1].read_bytes())
    with Image.open(spectra[1]) as image:
        image.save(measured / "bare.png", pnginfo=None)
    return folder


def test_the_table_has_every_kind_of_file() -> None:
    assert len(ARGUMENTS) >= 15


@pytest.mark.slow
@pytest.mark.parametrize("arguments", ARGUMENTS)
def test_format_is_read(
    arguments: str, place: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(place)

    code = run(["inspect", *shlex.split(arguments), "--plot", "lines.png"])

    out, err = capfd.readouterr()
    assert (code, err) == (0, "")
    assert out
    assert (place / "lines.png").is_file()


def test_the_page_names_every_key_of_the_json(
    place: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(place)

    assert run(["inspect", "measured/c13.dx", "--format", "json"]) == 0

    page = PAGE.read_text(encoding="utf-8")
    assert [key for key in json.loads(capfd.readouterr().out) if f"`{key}`" not in page] == []


def test_the_page_counts_what_is_there() -> None:
    from specmol_core.spectra.analysis.contaminants import SOUGHT
    from specmol_core.spectra.analysis.picking import MAX_FINE_STEP_PPM

    text = " ".join(PAGE.read_text(encoding="utf-8").split())

    assert f"{len(SOUGHT)} laboratory solvents" in text
    assert f"{MAX_FINE_STEP_PPM['1H']} ppm a point in 1H, {MAX_FINE_STEP_PPM['13C']} in 13C" in text
    assert len(SOLVENTS) > 15
