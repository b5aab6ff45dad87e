from __future__ import annotations

import numpy as np
import pytest
from rdkit import Chem

from specmol_core.simulation.carbon_heteronuclear import splittings


def couplings(smiles: str, carbon: int) -> list[tuple[int, float]]:
    """Return the number of coupled nuclei and the mean coupling over several draws."""
    mol = Chem.MolFromSmiles(smiles)
    draws = [splittings(mol, carbon, np.random.default_rng(seed)) for seed in range(40)]
    most = max(map(len, draws))
    kept = [d for d in draws if len(d) == most]
    return [(kept[0][k].coupled_nuclei, float(np.mean([d[k].coupling_hz for d in kept]))) for k in range(most)]


@pytest.mark.parametrize(
    ("smiles", "carbon", "neighbours", "hz", "tolerance"),
    [
        # Measured values of these or closely related compounds (Pretsch 2009; Kalinowski 1988).
        ("Fc1ccccc1", 1, 1, 245.0, 5.0),
        ("Fc1ccccc1", 2, 1, 21.0, 2.0),
        ("Fc1ccccc1", 3, 1, 7.7, 1.0),
        ("Fc1ccccc1", 4, 1, 3.2, 0.6),
        ("CCF", 1, 1, 165.0, 8.0),
        ("CCF", 0, 1, 20.0, 3.0),
        ("FC(F)(F)c1ccccc1", 1, 3, 272.0, 8.0),
        ("FC(F)(F)C(=O)O", 4, 3, 42.0, 3.0),
        ("CC(F)F", 1, 2, 240.0, 8.0),
        ("CC(=O)F", 1, 1, 353.0, 10.0),
        ("CCOP(=O)(OCC)OCC", 1, 1, 5.8, 1.0),
        ("CCOP(=O)(OCC)OCC", 0, 1, 6.6, 1.2),
        ("CP(=O)(OC)OC", 0, 1, 143.0, 8.0),
        ("O=P(c1ccccc1)(c1ccccc1)c1ccccc1", 2, 1, 104.0, 6.0),
        ("c1ccccc1P(c1ccccc1)c1ccccc1", 4, 1, 19.6, 2.0),
    ],
)
def test_typical_values(smiles: str, carbon: int, neighbours: int, hz: float, tolerance: float) -> None:
    found = couplings(smiles, carbon)

    assert any(n == neighbours and abs(j - hz) <= tolerance for n, j in found), found


def test_no_splitting_without_nearby_f_or_p() -> None:
    assert couplings("CCO", 0) == []
    assert couplings("CCCCCCCF", 0) == []
