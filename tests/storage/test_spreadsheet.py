from __future__ import annotations

import pytest

from specmol_core.storage.spreadsheet import cell_text


@pytest.mark.parametrize(
    "text",
    ["=1+1", '=HYPERLINK("http://x")', "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", " =1", "\t=1", "\uff1d1", "-)-x"],
)
def test_formula_gets_an_apostrophe(text: str) -> None:
    assert cell_text(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "ethanol", "(+)-menthol", "2-butanone", "-1.5", "+2", "-inf", "a=b", "[O-]C"])
def test_other_text_and_numbers_are_unchanged(text: str) -> None:
    assert cell_text(text) == text
