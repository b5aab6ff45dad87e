from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from specmol_core.errors import SpectrumError, UsageError
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


SAMPLE = Path("sample")


@pytest.fixture
def sample(lorentzians):
    """A reader of a sample that holds spectra of some nuclei; others are named errors."""

    def holding(**held: str):
        def reading(path: Path, nucleus: str):
            state = held.get({"1H": "h1", "13C": "c13"}[nucleus], "missing") if path == SAMPLE else "present"
            if state == "missing":
                raise NucleusError(path, f"holds no {nucleus}", "1H")
            if state != "present":
                raise SpectrumError(path, state)
            return replace(lorentzians(nucleus, [(7.0 if nucleus == "1H" else 60.0, 1.0)]), source=str(path))

        return reading

    return holding


def test_a_sample_serves_for_both_nuclei_or_for_one(sample) -> None:
    both = read_pair(None, None, sample(h1="present", c13="present"), SAMPLE)
    alone = read_pair(None, None, sample(h1="missing", c13="present"), SAMPLE)

    assert (both.h1.nucleus, both.c13.nucleus) == ("1H", "13C")
    assert alone.h1 is None
    assert alone.c13.source == "sample"


def test_a_spectrum_that_is_given_replaces_that_of_the_sample(sample) -> None:
    read = sample(h1="present", c13="holds several 13C experiments")

    pair = read_pair(None, Path("sample::3"), read, SAMPLE)

    assert (pair.h1.source, pair.c13.source) == ("sample", "sample::3")
    with pytest.raises(SpectrumError, match="holds several 13C experiments"):
        read_pair(None, None, read, SAMPLE)


def test_a_sample_without_spectra_is_refused(sample) -> None:
    with pytest.raises(NucleusError, match="holds no 1H"):
        read_pair(None, None, sample(), SAMPLE)
    with pytest.raises(SpectrumError, match="is damaged"):
        read_pair(None, None, sample(h1="missing", c13="is damaged"), SAMPLE)


def test_one_spectrum_that_names_no_nucleus_is_not_taken_for_two(lorentzians) -> None:
    def read(path: Path, nucleus: str):
        return replace(lorentzians("1H", [(7.0, 1.0)]), nucleus=nucleus, frequency_mhz=None)

    with pytest.raises(UsageError, match=r"sample: does not say whether it is a 1H or a 13C spectrum; .*--h1"):
        read_pair(None, None, read, SAMPLE)
