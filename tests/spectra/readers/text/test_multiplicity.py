from __future__ import annotations

import pytest

from specmol_core.spectra.readers.text.multiplicity import multiplicity_of, splittings


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("s", "s"), ("S", "s"), ("tdd", "tdd"), ("br s", "br s"), ("bs", "br s"), ("brs", "br s"), ("br.s", "br s"),
        ("br. s.", "br s"), ("s, br", "br s"), ("s br", "br s"), ("dbr", "br d"), ("b", "br"), ("brm", "br m"),
        ("app t", "app t"), ("appt", "app t"), ("apparent triplet", "app t"), ("pseudo t", "app t"), ("quint", "quint"),
        ("p", "quint"), ("hept", "sept"), ("h", "sext"), ("2 × s", "s"), ("2d", "d"), ("sym m", "m"), ("AB q", "ABq"),
        ("doublet of doublets", "dd"), ("d of d", "dd"), ("multiplet", "m"), ("m overlapped", "m"), ("k", "q"),
    ],
)  # fmt: skip
def test_names_of_papers(written: str, name: str) -> None:
    assert multiplicity_of(written) == name


@pytest.mark.parametrize(
    "written", ["", "NH", "OH", "CH", "Ph", "H", "HMDS", "arom", "J", "2H", "x" * 500, "( ", "br aromatic"]
)
def test_words_without_a_multiplicity_give_none(written: str) -> None:
    assert multiplicity_of(written) == ""


@pytest.mark.parametrize(
    ("name", "lines"),
    [("s", (1,)), ("dt", (2, 3)), ("br td", (3, 2)), ("app quint", (5,)), ("m", ()), ("", ()), ("ABq", ())],
)
def test_lines_of_each_splitting(name: str, lines: tuple[int, ...]) -> None:
    assert splittings(name) == lines
