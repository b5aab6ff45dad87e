"""``specmol quantify``, on the crude product of the examples: 0.60 of product, 0.30 of aldehyde, 0.10 of ester."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from support.documents import ROOT

from specmol_cli.main import run

EXAMPLES = ROOT / "examples"
CRUDE = ("--h1", EXAMPLES / "crude.zip")
PRODUCT, ALDEHYDE = "CCOC(=O)/C=C/c1ccc(OC)cc1", "COc1ccc(C=O)cc1"


def quantify(capfd: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    code = run(["quantify", *map(str, arguments)])
    return code, *capfd.readouterr()


@pytest.mark.slow
def test_fractions_are_those_of_the_sample_and_what_is_not_there_is_said(capfd: pytest.CaptureFixture[str]) -> None:
    code, out, _ = quantify(capfd, *CRUDE, "--species", EXAMPLES / "species.sdf", "--format", "json")

    result = json.loads(out)
    product, aldehyde, malonate = result["amounts"]
    assert code == 0
    assert (product["fraction"], aldehyde["fraction"]) == pytest.approx((2 / 3, 1 / 3), abs=0.02)
    assert product["low"] < 2 / 3 < product["high"]
    assert not malonate["seen"]
    assert malonate["high"] < 0.02
    assert [(round(s["ppm"], 2), s["suggestion"]) for s in result["unexplained"] if s["area"] > 0.01] == [
        (pytest.approx(4.12, abs=0.02), "ethyl acetate"),
        (pytest.approx(2.05, abs=0.02), "ethyl acetate"),
        (pytest.approx(1.26, abs=0.02), "ethyl acetate"),
    ]
    shifts = {s["ppm"] for s in result["signals"] if s["species"] == "4-methoxybenzaldehyde"}
    assert sorted(shifts) == pytest.approx([3.89, 7.00, 7.84, 9.88], abs=0.01)


@pytest.mark.slow
def test_a_standard_gives_amounts_and_a_reaction_conversions(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    output, picture = tmp_path / "result.csv", tmp_path / "fit.svg"
    code, _, _ = quantify(
        capfd, *CRUDE, "--reaction", f"{ALDEHYDE}.CCOC(=O)CP(=O)(OCC)OCC>>{PRODUCT}", "--standard", "CCOC(C)=O:0.1",
        "--amount", f"{ALDEHYDE}=0.9", "--output", output, "--explain", picture,
    )  # fmt: skip

    rows = {row["smiles"]: row for row in csv.DictReader(output.open())}
    assert code == 0
    assert float(rows[PRODUCT]["amount"]) == pytest.approx(0.60, rel=0.1)
    assert float(rows[ALDEHYDE]["amount"]) == pytest.approx(0.30, rel=0.1)
    assert float(rows[PRODUCT]["yield_percent"]) == pytest.approx(67, abs=7)
    assert float(rows[ALDEHYDE]["conversion"]) == pytest.approx(2 / 3, abs=0.02)
    assert picture.read_text().startswith("<svg")


@pytest.mark.slow
def test_the_table_names_every_species_and_what_is_unexplained(capfd: pytest.CaptureFixture[str]) -> None:
    code, out, _ = quantify(capfd, *CRUDE, "--species", EXAMPLES / "species.sdf")

    assert code == 0
    assert out.startswith("species ")
    assert "diethyl malonate          not seen" in out
    assert "perhaps ethyl acetate" in out


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ((*CRUDE,), 2, "no species given"),
        (("--species", EXAMPLES / "species.sdf"), 2, "give one spectrum"),
        ((*CRUDE, "--species", "missing.sdf"), 4, "missing.sdf"),
        ((*CRUDE, "--reaction", "CCO"), 2, "give reactants and products"),
        ((*CRUDE, "--reaction", "CCO>>CCCO"), 2, "does not balance: the products have C1 H2 more"),
        ((*CRUDE, "--reaction", "CCO>>CCO"), 2, "on both sides"),
        ((*CRUDE, "--reaction", "CCO>>C=C", "--standard", "C:much"), 2, "'much' is no amount"),
        ((*CRUDE, "--reaction", "CCO>>C=C", "--amount", "x=1"), 2, "no species has this name"),
        ((*CRUDE, "--reaction", "CCO>>C=C", "--amount", "CCO=-1"), 2, "a number above 0"),
        ((*CRUDE, "--reaction", "CCO>>C=C", "--reference", "x"), 2, "give NAME=FILE"),
        (("--h1", EXAMPLES / "demo_h1.png", "--reaction", "CCO>>C=C"), 3, "give --field MHZ"),
        (("--h1", EXAMPLES / "spectra" / "sample_h1_peaks.csv", "--reaction", "CCO>>C=C"), 3, "list of peaks"),
        (("--h1", EXAMPLES / "spectra" / "sample_c13.jdx", "--reaction", "CCO>>C=C"), 3, "13C"),
    ],
)
def test_what_cannot_be_quantified_is_one_line_and_an_exit_code(
    capfd: pytest.CaptureFixture[str], arguments: tuple[object, ...], code: int, message: str
) -> None:
    result, out, err = quantify(capfd, *arguments)

    assert (result, out) == (code, "")
    assert err.count("\n") == 1
    assert message in err
