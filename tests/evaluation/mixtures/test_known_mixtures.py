"""Mixtures of known composition from files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from support.mixture_files import write_mixture

from specmol_core.errors import DatasetError
from specmol_core.evaluation.measured.raw_pairs import read_raw_pairs
from specmol_core.evaluation.mixtures.known_mixtures import measured_mixtures, summed_pairs


def test_a_folder_gives_spectra_species_and_fractions(tmp_path: Path) -> None:
    write_mixture(tmp_path, {"acetone": 0.25, "isopropanol": 0.75})

    (mixture,) = measured_mixtures(tmp_path)

    assert [s.name for s in mixture.species] == ["acetone", "isopropanol"]
    assert mixture.fractions == pytest.approx([0.25, 0.75])
    assert mixture.spectrum.frequency_mhz is None
    assert len(mixture.pure) == 2
    top = mixture.spectrum.axis.grid()[np.argmax(mixture.spectrum.intensities)]
    assert top == pytest.approx(1.2, abs=0.02)


def test_a_folder_without_its_list_or_with_a_wrong_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"truth\.json"):
        list(measured_mixtures(tmp_path))
    write_mixture(tmp_path, {"acetone": 1.0})
    (tmp_path / "mixture.npz").write_bytes(b"no archive")
    with pytest.raises(DatasetError, match="is not a mixture"):
        list(measured_mixtures(tmp_path))


@pytest.mark.slow
def test_sums_hold_each_spectrum_in_its_share(shared: Path) -> None:
    pairs = read_raw_pairs(shared / "data" / "raw_spectra")[0]

    sums = {m.name: m for m in summed_pairs(pairs, np.random.default_rng(0))}

    assert len(sums) > 40
    mixture = sums["CCCBr + CC(C)(C)Br"]
    ppm = mixture.spectrum.axis.grid()
    bromopropane, butyl = (
        float(mixture.spectrum.intensities[(ppm > low) & (ppm < high)].sum()) / protons
        for low, high, protons in ((3.2, 3.6, 2), (1.72, 1.86, 9))
    )
    found = bromopropane / (bromopropane + butyl)
    assert found == pytest.approx(mixture.fractions[0], abs=0.04)
