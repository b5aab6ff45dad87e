from __future__ import annotations

import numpy as np
import pytest
from support.by_hand import (
    BUTANOIC_ACID,
    BUTANONE,
    ETHANOL,
    ETHYL_ACETATE,
    METHYL_PROPANOATE,
    TETRACHLOROMETHANE,
    molecule,
    observed,
)

from specmol_core.matchnet_x.joint_vectors import JOINT_WIDTH, candidate_vectors, query_vector

CARBON = 128
"""Width of the 13C part of a vector; the rest is of 1H."""
MOLECULES = (ETHYL_ACETATE, ETHANOL, METHYL_PROPANOATE, BUTANOIC_ACID, BUTANONE)
LISTS = (
    (observed("13C", [14.2, 21.0, 60.5, 171.4]), observed("1H", [1.26, 2.05, 4.12], [3, 3, 2])),
    (observed("13C", [18.4, 58.3]), observed("1H", [1.22, 3.71], [3, 2])),
    (observed("13C", [9.2, 27.5, 51.5, 174.9]), observed("1H", [1.14, 2.33, 3.67], [3, 2, 3])),
    (observed("13C", [13.6, 18.1, 36.0, 180.1]), observed("1H", [0.97, 1.67, 2.33, 11.5], [3, 2, 2, 1])),
    (observed("13C", [7.9, 29.4, 36.9, 209.3]), observed("1H", [1.05, 2.13, 2.45], [3, 3, 2])),
)


def vectors() -> np.ndarray:
    return candidate_vectors([m.stored for m in MOLECULES]).astype(np.float64)


def test_each_nucleus_of_a_candidate_has_length_one() -> None:
    result = vectors()

    assert result.shape == (5, JOINT_WIDTH)
    assert np.linalg.norm(result[:, :CARBON], axis=1) == pytest.approx(1.0, abs=1e-3)
    assert np.linalg.norm(result[:, CARBON:], axis=1) == pytest.approx(1.0, abs=1e-3)


def test_a_nucleus_without_lines_has_length_zero() -> None:
    (result,) = candidate_vectors([TETRACHLOROMETHANE.stored])

    assert result[:CARBON].any()
    assert not result[CARBON:].any()


@pytest.mark.parametrize("nuclei", [slice(0, 2), slice(0, 1), slice(1, 2)])
def test_a_list_is_nearest_to_its_own_molecule(nuclei: slice) -> None:
    queries = np.stack([query_vector(shown[nuclei]) for shown in LISTS])

    assert (queries @ vectors().T).argmax(1).tolist() == [0, 1, 2, 3, 4]
    assert np.linalg.norm(queries, axis=1) == pytest.approx(1.0)


def test_a_missing_or_empty_nucleus_is_zero() -> None:
    carbon, proton = LISTS[0]

    assert not query_vector([carbon])[CARBON:].any()
    assert not query_vector([proton])[:CARBON].any()
    np.testing.assert_array_equal(query_vector([carbon, observed("1H", [], [])]), query_vector([carbon]))
    assert not query_vector([observed("13C", [])]).any()


def test_many_candidates_equal_one_at_a_time() -> None:
    alone = np.concatenate([candidate_vectors([m.stored]) for m in MOLECULES])

    np.testing.assert_array_equal(candidate_vectors([m.stored for m in MOLECULES]), alone)


def test_the_width_of_a_line_is_its_uncertainty() -> None:
    sharp, blurred = molecule("CF", {0: 71.6}, {}), molecule("CF", {0: 71.6}, {})
    blurred.uncertainties_ppm[:] = 8.0

    near, far = (candidate_vectors([m.stored])[0, :CARBON].astype(float) for m in (sharp, blurred))

    assert near.max() > far.max()
    assert (near > 0.01).sum() < (far > 0.01).sum()


@pytest.mark.parametrize(("ppm", "bin_index"), [(400.0, CARBON - 1), (-60.0, 0), (-5.0 + 240 / 256, 0)])
def test_shifts_outside_the_range_are_in_the_end_bins(ppm: float, bin_index: int) -> None:
    assert query_vector([observed("13C", [ppm])]).argmax() == bin_index


def test_the_cosine_of_two_molecules_is_the_overlap_of_their_histograms() -> None:
    molecules = [molecule("CF", {0: ppm}, {}) for ppm in (50.0, 62.0)]
    for one in molecules:
        one.uncertainties_ppm[:] = 4.0
    first, second = candidate_vectors([m.stored for m in molecules]).astype(np.float64)[:, :CARBON]

    # Bhattacharyya coefficient of two normal distributions of one width, to which each line adds 1 ppm.
    assert first @ second == pytest.approx(np.exp(-(12.0**2) / (8 * (4.0**2 + 1.0**2))), abs=0.02)
