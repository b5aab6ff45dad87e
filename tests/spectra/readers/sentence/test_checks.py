from __future__ import annotations

import pytest

from specmol_core.spectra.readers.sentence.checks import forms_warning


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Major rotamer: δ 4.55 (s, 2H). Minor rotamer: δ 4.40 (s, 2H)", "major, minor"),
        ("170.1 (major), 170.8 (minor)", "major, minor"),
        ("(diastereomer A) δ 5.10 (d); (diastereomer B) δ 5.22", "a, b"),
        ("E isomer: 7.64 (d); Z isomer: 6.90 (d)", "e, z"),
        ("δ (keto form) 3.60 (s); δ (enol form) 12.1 (s)", "keto, enol"),
        ("(CDCl3, 4:1 mixture of two rotamers) δ 4.93 (s)", "rotamers"),
    ],
)
def test_several_forms_are_said(text: str, names: str) -> None:
    (warning,) = forms_warning(text)

    assert f"({names})" in warning


@pytest.mark.parametrize(
    "text",
    ["7.64 (d, J = 16.0 Hz, trans), 6.31 (d, cis)", "(E)-isomer δ 7.64 (d, 1H)", "3.83 (s, OMe), 1.33 (t, Me)", ""],
)
def test_one_form_is_not_said(text: str) -> None:
    assert forms_warning(text) == []
