from __future__ import annotations

import pytest

from specmol_core.spectra.readers.text.contaminant_names import named_contaminant


@pytest.mark.parametrize(
    ("words", "ppm", "nucleus", "solvent", "counted", "name"),
    [
        ("s, H2O", 4.87, "1H", "CD3OD", False, "H2O"),
        ("br s, 2H, H2O", 3.3, "1H", "DMSO-d6", True, "H2O"),
        ("p, CD3OD", 3.31, "1H", "CD3OD", False, "CD3OD"),
        ("quint, CHD2OD", 3.31, "1H", "CD3OD", False, "CHD2OD"),
        ("s, 1H, CDCl3", 7.26, "1H", "CDCl3", True, "CDCl3"),
        ("residual solvent", 7.26, "1H", "CDCl3", False, "solvent"),
        ("s, residual solvent (CDCl3)", 7.26, "1H", "CDCl3", False, "CDCl3"),
        ("CDCl3 as internal standard", 77.16, "13C", "CDCl3", False, "CDCl3"),
        ("sept, DMSO-d6", 39.5, "13C", "DMSO-d6", False, "DMSO-d6"),
        ("H grease", 0.88, "1H", "CDCl3", False, "H grease"),
        ("silicone grease", 0.07, "1H", "CDCl3", False, "silicone grease"),
        ("acetone impurity", 2.17, "1H", "CDCl3", False, "acetone"),
        ("s, CH2Cl2", 5.30, "1H", "CDCl3", False, "CH2Cl2"),
        ("TMS", 0.0, "1H", "CDCl3", False, "TMS"),
        ("HDO", 4.79, "1H", "D2O", False, "HDO"),
    ],
)
def test_words_that_name_solvent_water_or_impurity(
    words: str, ppm: float, nucleus: str, solvent: str, counted: bool, name: str
) -> None:
    assert named_contaminant([words], ppm, nucleus, solvent, counted=counted) == name


@pytest.mark.parametrize(
    ("words", "ppm", "nucleus", "solvent", "counted"),
    [
        ("br s, 1H, OH, D2O exchangeable", 5.1, "1H", "CDCl3", True),
        ("br s, 1H, D2O", 5.1, "1H", "CDCl3", True),
        ("OH + H2O", 3.3, "1H", "DMSO-d6", False),
        ("s, 3H, Me, partially overlapped with H2O signal", 3.3, "1H", "DMSO-d6", True),
        ("s, 2H, CH2O", 4.9, "1H", "CDCl3", True),
        ("m, 4H, THF", 1.85, "1H", "CDCl3", True),
        ("s, 9H, TMS", 0.0, "1H", "CDCl3", True),
        ("m, benzene", 7.36, "1H", "CDCl3", False),
        ("Py", 150.0, "13C", "pyridine-d5", False),
        ("OMe", 49.0, "13C", "CD3OD", False),
        ("CO", 206.0, "13C", "acetone-d6", False),
        # A solvent at the end of a sentence is where the spectrum was measured.
        ("CDCl3", 14.2, "13C", "CDCl3", False),
        ("t, 3H", 1.26, "1H", "CDCl3", True),
        ("s", 7.26, "1H", "CDCl3", False),
        ("", 7.26, "1H", "CDCl3", False),
    ],
)
def test_assignments_and_conditions_are_no_contaminants(
    words: str, ppm: float, nucleus: str, solvent: str, counted: bool
) -> None:
    assert named_contaminant([words], ppm, nucleus, solvent, counted=counted) == ""
