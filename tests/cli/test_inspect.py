"""``specmol inspect``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from specmol_cli.main import run

KEYS = {
    "source", "nucleus", "frequency_mhz", "solvent", "solvent_source", "solvent_found", "range_ppm", "points",
    "referencing", "noise", "peaks", "signals", "warnings",
}  # fmt: skip


def inspect(capfd: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    code = run(["inspect", *map(str, arguments)])
    return code, *capfd.readouterr()


def test_json_has_the_documented_keys(spectra: tuple[Path, Path], capfd: pytest.CaptureFixture[str]) -> None:
    code, out, err = inspect(capfd, spectra[1], "--format", "json")

    inspection = json.loads(out)
    assert (code, err) == (0, "")
    assert set(inspection) == KEYS
    assert (inspection["nucleus"], inspection["range_ppm"]) == ("13C", [230.0, -2.0])
    assert [round(p["ppm"]) for p in inspection["peaks"]] == pytest.approx([171, 60, 21, 14], abs=1)
    assert set(inspection["peaks"][0]) == {"ppm", "height", "width_hz", "multiplicity", "kind", "reason"}
    assert {p["kind"] for p in inspection["peaks"]} == {"compound"}


def test_table_names_the_file_and_every_line(
    spectra: tuple[Path, Path], capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code, out, err = inspect(capfd, spectra[0])

    assert (code, err) == (0, "")
    assert out.startswith(f"{spectra[0]}: 1H, ")
    assert out.count(" compound") == 3
    assert inspect(capfd, spectra[0], "--output", tmp_path / "t.txt")[0] == 0
    assert (tmp_path / "t.txt").read_text().splitlines()[0] == out.splitlines()[0]


def test_image_without_nucleus_needs_the_option(
    spectra: tuple[Path, Path], capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    plain = tmp_path / "plain.png"
    with Image.open(spectra[1]) as image:
        image.save(plain, pnginfo=None)

    code, out, err = inspect(capfd, plain, "--range", "230,-2")
    assert (code, out) == (2, "")
    assert "--nucleus" in err
    code, out, _ = inspect(capfd, plain, "--nucleus", "13C", "--c13-range", "230,-2", "--format", "json")
    assert (code, json.loads(out)["nucleus"]) == (0, "13C")


def test_wrong_nucleus_is_refused_in_one_line(spectra: tuple[Path, Path], capfd: pytest.CaptureFixture[str]) -> None:
    code, out, err = inspect(capfd, spectra[1], "--nucleus", "1H")

    assert (code, out) == (3, "")
    assert err.startswith(f"error: {spectra[1]}: ")
    assert err.count("\n") == 1


@pytest.mark.parametrize(("content", "code"), [(None, 3), (b"", 3), (b"words\n" * 50, 3)])
def test_file_without_spectrum_is_refused(
    content: bytes | None, code: int, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "bad.dx"
    if content is not None:
        path.write_bytes(content)

    found, out, err = inspect(capfd, path)

    assert (found, out) == (code, "")
    assert str(path) in err


def test_plot(spectra: tuple[Path, Path], capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert inspect(capfd, spectra[0], "--plot", tmp_path / "p.png")[0] == 0
    with Image.open(tmp_path / "p.png") as image:
        assert image.size == (1600, 720)
    assert inspect(capfd, spectra[0], "--plot", tmp_path / "none" / "p.png")[0] == 6
