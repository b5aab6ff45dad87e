from __future__ import annotations

from pathlib import Path

import pytest

from specmol_core.errors import SpectrumError
from specmol_core.spectra.pair import read_pair
from specmol_core.spectra.readers.source import NucleusError

H1, C13 = Path("proton"), Path("carbon")


@pytest.fixture
def read(lorentzians):
    """Reads "proton..." as 1H and "carbon..." as 13C; anything else is unreadable."""

    def reading(path: Path, nucleus: str):
        found = {"proton": "1H", "carbon": "13C"}.get(path.name[:6])
        if found is None:
            raise SpectrumError(path, "is damaged")
        if found != nucleus:
            raise NucleusError(path, f"is a {found} spectrum", found)
        return lorentzians(nucleus, [(7.0, 1.0)])

    return reading


def test_either_may_be_missing(read) -> None:
    assert read_pair(H1, C13, read).c13.nucleus == "13C"
    assert read_pair(H1, None, read).c13 is None
    assert read_pair(None, C13, read).h1 is None


def test_swapped_spectra_raise_one_error(read) -> None:
    with pytest.raises(SpectrumError, match=r"^carbon: is the 13C spectrum, and proton the 1H.*wrong way round; swap"):
        read_pair(C13, H1, read)


@pytest.mark.parametrize(
    ("h1", "c13", "why"),
    [
        ("carbon", "carbon", "^carbon: is a 13C"),
        ("carbon", None, "^carbon: is a 13C"),
        ("carbon", "broken", "^carbon: is a 13C"),
        ("proton", "proton", "^proton: is a 1H"),
        ("proton", "broken", "^broken: is damaged"),
    ],
)
def test_one_wrong_spectrum_is_reported_alone(read, h1, c13, why) -> None:
    with pytest.raises(SpectrumError, match=why):
        read_pair(Path(h1), Path(c13) if c13 else None, read)
