from __future__ import annotations

import pytest

from specmol_core.evaluation.readers.vendor_cases import parse_cases, vendor_cases
from specmol_core.spectra.reference.solvents import solvent_named


def test_the_table_has_cases_of_each_format_once() -> None:
    cases = vendor_cases()

    assert len({case.path for case in cases}) == len(cases)
    assert {case.format for case in cases} == {
        "jcamp_fid", "jcamp_tables", "jeol", "libraries", "lists", "magritek", "mnova_jcamp", "nmredata", "nmrml",
        "referencing", "sentences",
    }  # fmt: skip
    assert all(solvent_named(case.solvent) for case in cases if case.solvent)
    assert all(case.records for case in cases if case.kind == "library")
    assert {case.same_as for case in cases if case.same_as} <= {case.path for case in cases}


def test_tolerances_depend_on_the_nucleus_unless_given() -> None:
    cases = parse_cases(
        '[[case]]\npath = "a/1"\n[[case]]\npath = "a/2"\nnucleus = "13C"\n[[case]]\npath = "a/3"\nwithin = 0.1\n'
    )

    assert [case.tolerance_ppm for case in cases] == [0.03, 0.3, 0.1]


def test_an_unknown_field_is_an_error() -> None:
    with pytest.raises(ValueError, match="the case of a/1 has unknown fields: shift"):
        parse_cases('[[case]]\npath = "a/1"\nshift = 1.0\n')
