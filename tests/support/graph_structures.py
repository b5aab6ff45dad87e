"""Structures for tests of graphs: configurations, charges, rings, elements, aromatic rings."""

from __future__ import annotations

__all__ = ["CORES", "GROUPS", "REFUSED", "TRICKY"]

TRICKY = (
    "C[C@H](O)[C@@H](F)[C@H](Cl)Br",
    "C[C@]12CC[C@H](O)C[C@@H]1CC[C@@H]1[C@@H]2CC[C@]2(C)C(=O)CC[C@@H]12",
    "CC1(C)[C@@H]2CC[C@@]1(C)C(=O)C2",
    "OC[C@H]1O[C@@H](O)[C@H](O)[C@@H](O)[C@@H]1O",
    "C[C@@H]1CC[C@H]2[C@@H](C)C(=O)O[C@@H]3O[C@@]4(C)CC[C@@H]1[C@@]23OO4",
    "C1[C@@H]2C[C@H]3C[C@@H]1C[C@@H](C2)C3",
    "C[C@H]1CC[C@@H](C)CC1",
    "C[C@H]1C[C@@H](C)C[C@@H](C)C1",
    "F/C=C/C=C\\C(/Cl)=C(/Br)I",
    "C/C=C1\\CC[C@@H](O)C1",
    "C/C(=N\\O)/C=N/N",
    "CC(/C=C/C=C(C)/C=C/C1=C(C)CCCC1(C)C)=C\\C=C\\C(=O)O",
    "C[S@](=O)c1ccccc1",
    "C[P@](=O)(OC)c1ccccc1",
    "C[N@+]1(CC)CC[C@H](O)C1",
    "C[N@@]1C[C@@H]1C",
    "[O-][n+]1ccccc1",
    "C[N+](C)(C)CC([O-])=O",
    "[NH3+][C@@H](CC([O-])=O)C([O-])=O",
    "CC#[N+][O-]",
    "C[N-][N+]#N",
    "[C-]#[N+]C1CC1",
    "F[B-](F)(F)F",
    "C12C3C4C1C5C2C3C45",
    "C1CC2CCC1C2",
    "C1CCC2(CC1)CCCC2",
    "c1cc2ccc3cccc4ccc(c1)c2c34",
    "c1ccc2c(c1)[nH]c1ccccc12",
    "c1cnc2nc[nH]c2n1",
    "O=c1[nH]c(=O)c2[nH]cnc2[nH]1",
    "C1CCCCCCCCCCC1",
    "O=S(=O)(c1ccccc1)N1CCOCC1",
    "CP(=O)(O)OCC",
    "C[Si](C)(C)C#CC",
    "OB(O)c1ccc([Se]C)cc1I",
    "BrC1=CC=CS1",
    "C",
    "N#N",
)

REFUSED = ("[2H]OC", "[H]/N=C(/C)CC", "[13CH3][C@H](C)O", "C[CH]C", "C[Sn](C)C", "C*", "C" * 251)
"""Structures that the predictor does not support."""

CORES = (
    "C[C@H]1CC[C@@H]({})CC1",
    "C[C@@H]({})[C@H](O)CC",
    "C[C@H]({})[C@@H](F)[C@H](C)O",
    "O[C@H]1C[C@@H]({})[C@H](C)O1",
    "COC(=O)/C=C/{}",
    "C1CC1/C=C\\{}",
    "C/C({})=C/[C@@H](C)N",
    "c1cc({})ccc1[N+](=O)[O-]",
    "Cc1nc({})c2ccccc2n1",
    "C1CC2({})CCC1CC2",
    "C[C@]1({})CC[C@H]2OC2C1",
    "O=C1N[C@@H]({})C(=O)N1",
)
"""Molecules that lack a group."""
GROUPS = (
    "O", "N", "F", "Cl", "Br", "I", "C", "CC", "C=C", "C#N", "C(=O)O", "C(=O)[O-]", "[NH3+]", "OC", "SC", "S(C)(=O)=O",
    "c7ccccc7", "c7ccc[nH]7", "C7CC7", "C(C)(C)C", "[C@@H](C)Cl", "C(/C)=C/C", "N7CCOCC7", "[Si](C)(C)C", "P(=O)(O)O",
    "[Se]C", "B(O)O",
)  # fmt: skip
