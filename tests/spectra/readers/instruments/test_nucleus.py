from __future__ import annotations

import pytest

from specmol_core.spectra.readers.instruments.nucleus import nucleus_name


@pytest.mark.parametrize(
    ("written", "name"),
    [
        *[(form, "13C") for form in ("^13C", "13C", "<13C>", "13c", "C13", "c-13", "Carbon13", "carbon-13 atom", "C")],
        *[(form, "1H") for form in ("^1H", "1H", "<1H>", "H1", "Proton", "hydrogen atom", " ^1H ", "H")],
        *[("^19F", "19F"), ("<31P>", "31P"), ("29Si", "29Si"), ("195Pt", "195Pt"), ("<off>", ""), ("", ""), ("?", "")],
    ],
)
def test_forms_of_a_nucleus(written: str, name: str) -> None:
    assert nucleus_name(written) == name
