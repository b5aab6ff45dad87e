from __future__ import annotations

import numpy as np
import pytest
from rdkit import Chem

from specmol_core.shifts.config import ION_FACTORS, ShiftNetworkConfig
from specmol_core.shifts.graph import ShiftGraph, shift_graph
from specmol_core.shifts.inference import ShiftInference, collate, tensor_shapes
from specmol_core.shifts.ions import ion_factors
from specmol_core.shifts.predictor import ShiftPredictor

CONFIG = ShiftNetworkConfig(8, 8, 2)
CALIBRATION = ((2.0, 4.0), (3.0, 4.0))


def graphs(*smiles: str) -> list[ShiftGraph]:
    return [shift_graph(Chem.MolFromSmiles(text)) for text in smiles]


@pytest.mark.parametrize(
    ("smiles", "is_ion"),
    [
        ("CC[NH3+]", True),
        ("CC(=O)[O-]", True),
        ("[NH3+]CC(=O)[O-]", True),
        ("C[n+]1ccccc1", True),
        ("CCO", False),
        ("C[N+](=O)[O-]", False),
        ("C[n+]1ccccc1[O-]", True),
        ("[O-][n+]1ccccc1", False),
        ("CN=[N+]=[N-]", False),
    ],
)
def test_a_charge_without_an_opposite_one_beside_it_makes_an_ion(smiles: str, is_ion: bool) -> None:
    factors = ion_factors(collate(graphs(smiles, "CC"), 0))

    if not is_ion:
        assert factors is None or (factors == 1).all()
    else:
        assert factors is not None
        np.testing.assert_array_equal(factors[:-2], np.broadcast_to(np.float32(ION_FACTORS), factors[:-2].shape))
        assert (factors[-2:] == 1).all()


def test_only_uncertainties_of_ions_are_larger() -> None:
    random = np.random.default_rng(0)
    tensors = {name: random.normal(size=shape).astype(np.float32) for name, shape in tensor_shapes(CONFIG).items()}
    inference = ShiftInference(tensors, CONFIG)
    of_all = graphs("CC[NH3+]", "CCN")

    ((_, means, uncertainties),) = ShiftPredictor(inference, CALIBRATION).batches(of_all)

    plain, scales = inference(collate(of_all, 0))
    np.testing.assert_array_equal(means, plain)
    ratio = uncertainties / (scales[:, 0] * np.float32([2.0, 3.0]))
    np.testing.assert_allclose(ratio[:3], np.broadcast_to(ION_FACTORS, (3, 2)), rtol=1e-6)
    np.testing.assert_array_equal(ratio[3:], 1)
