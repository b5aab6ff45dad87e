"""The compounds of the examples with rounded textbook shifts in CDCl3, and further candidates."""

from __future__ import annotations

from typing import NamedTuple

__all__ = [
    "CANDIDATES",
    "COMPOUNDS",
    "CRUDE",
    "CRUDE_SPECIES",
    "DEMO",
    "DEMO_H1",
    "OLEFINATION",
    "REACTION",
    "REAGENTS",
    "SECOND",
    "SOLVENT_LEFT",
    "Compound",
]


class Compound(NamedTuple):
    """A structure and its shifts (ppm), in the atom order of its SMILES."""

    smiles: str
    c13: tuple[float, ...]
    """One shift per carbon."""
    h1: tuple[float, ...]
    """One shift per atom with hydrogens, OH and NH included."""


COMPOUNDS = {
    "ethyl 4-methoxycinnamate": Compound(
        "CCOC(=O)/C=C/c1ccc(OC)cc1",
        (14.4, 60.3, 167.3, 115.8, 144.2, 127.2, 129.7, 114.3, 161.3, 55.4, 114.3, 129.7),
        (1.33, 4.25, 6.31, 7.64, 7.47, 6.90, 3.83, 6.90, 7.47),
    ),
    "ethyl 4-hydroxybenzoate": Compound(
        "CCOC(=O)c1ccc(O)cc1",
        (14.3, 61.1, 167.0, 122.6, 131.9, 115.3, 160.3, 115.3, 131.9),
        (1.38, 4.36, 7.96, 6.89, 6.30, 6.89, 7.96),
    ),
    "ethyl 4-(dimethylamino)benzoate": Compound(
        "CCOC(=O)c1ccc(N(C)C)cc1",
        (14.5, 60.2, 167.1, 117.4, 131.2, 110.8, 153.3, 40.1, 40.1, 110.8, 131.2),
        (1.36, 4.32, 7.92, 6.65, 3.03, 3.03, 6.65, 7.92),
    ),
    "raspberry ketone": Compound(
        "CC(=O)CCc1ccc(O)cc1",
        (30.1, 209.2, 45.4, 28.9, 132.7, 129.4, 115.4, 154.1, 115.4, 129.4),
        (2.15, 2.75, 2.83, 7.02, 6.75, 5.60, 6.75, 7.02),
    ),
    "zingerone": Compound(
        "CC(=O)CCc1ccc(O)c(OC)c1",
        (30.1, 208.2, 45.6, 29.5, 132.9, 120.8, 114.4, 144.0, 146.5, 55.9, 111.1),
        (2.13, 2.73, 2.82, 6.66, 6.82, 5.60, 3.86, 6.69),
    ),
    "ethyl vanillin": Compound(
        "CCOc1cc(C=O)ccc1O",
        (14.7, 64.7, 146.3, 109.8, 129.8, 191.0, 127.4, 114.4, 151.8),
        (1.48, 4.19, 7.42, 9.82, 7.41, 7.04, 6.30),
    ),
    "carvone": Compound(
        "CC1=CCC(C(C)=C)CC1=O",
        (15.7, 135.4, 144.5, 31.3, 42.5, 146.6, 20.5, 110.5, 43.1, 199.8),
        (1.78, 6.75, 2.38, 2.69, 1.75, 4.78, 2.46),
    ),
    "isoamyl acetate": Compound(
        "CC(C)CCOC(C)=O",
        (22.5, 25.1, 22.5, 37.3, 63.1, 171.2, 21.0),
        (0.92, 1.69, 0.92, 1.52, 4.09, 2.04),
    ),
    "diethyl phthalate": Compound(
        "CCOC(=O)c1ccccc1C(=O)OCC",
        (14.1, 61.6, 167.6, 132.3, 128.9, 130.9, 130.9, 128.9, 132.3, 167.6, 61.6, 14.1),
        (1.37, 4.37, 7.72, 7.53, 7.53, 7.72, 4.37, 1.37),
    ),
    "caffeine": Compound(
        "Cn1cnc2c1c(=O)n(C)c(=O)n2C",
        (33.6, 141.4, 148.7, 107.5, 155.4, 27.9, 151.7, 29.7),
        (4.00, 7.51, 3.41, 3.58),
    ),
    "ethyl levulinate": Compound(
        "CCOC(=O)CCC(C)=O",
        (14.2, 60.6, 172.8, 28.0, 37.9, 206.7, 29.9),
        (1.26, 4.13, 2.57, 2.75, 2.19),
    ),
    "4-methoxybenzyl acetate": Compound(
        "CC(=O)OCc1ccc(OC)cc1",
        (21.0, 170.9, 66.1, 128.1, 130.1, 113.9, 159.6, 55.3, 113.9, 130.1),
        (2.07, 5.04, 7.29, 6.88, 3.80, 6.88, 7.29),
    ),
    "diethyl malonate": Compound(
        "CCOC(=O)CC(=O)OCC",
        (14.1, 61.5, 166.6, 41.7, 166.6, 61.5, 14.1),
        (1.28, 4.21, 3.36, 4.21, 1.28),
    ),
    "4-methoxybenzaldehyde": Compound(
        "COc1ccc(C=O)cc1",
        (55.6, 164.6, 114.3, 132.0, 130.0, 190.8, 132.0, 114.3),
        (3.89, 7.00, 7.84, 9.88, 7.84, 7.00),
    ),
}
"""None of these compounds is in the pairs that the shipped model was trained or validated on."""

DEMO = "ethyl 4-methoxycinnamate"
DEMO_H1 = (
    (7.64, 1, "d", 16.0),
    (7.47, 2, "d", 8.7),
    (6.90, 2, "d", 8.7),
    (6.31, 1, "d", 16.0),
    (4.25, 2, "q", 7.1),
    (3.83, 3, "s", None),
    (1.33, 3, "t", 7.1),
)
"""1H signals of the demo compound: shift (ppm), protons, multiplicity, coupling constant (Hz)."""
SECOND = "raspberry ketone"
REACTION = ("4-methoxybenzaldehyde", "ethyl 4-methoxycinnamate")
"""Starting material and product of the olefination in the example of a reaction."""

SOLVENT_LEFT = Compound("CCOC(C)=O", (14.2, 60.5, 171.4, 21.0), (1.26, 4.12, 2.05))
"""Ethyl acetate, which work-up leaves in the crude product."""
OLEFINATION = {
    "4-methoxybenzaldehyde": (1.0, -1.0),
    "triethyl phosphonoacetate": (1.2, -1.0),
    "ethyl 4-methoxycinnamate": (0.0, 1.0),
    "diethyl phosphate": (0.0, 1.0),
}
"""Compounds of the olefination: amount at the start, and change at full conversion (mol)."""
REAGENTS = {
    "triethyl phosphonoacetate": Compound(
        "CCOC(=O)CP(=O)(OCC)OCC",
        (14.1, 61.5, 165.8, 34.3, 62.6, 16.3, 62.6, 16.3),
        (1.29, 4.20, 2.97, 4.17, 1.35, 4.17, 1.35),
    ),
    "diethyl phosphate": Compound("CCOP(=O)(O)OCC", (16.1, 63.7, 63.7, 16.1), (1.33, 4.10, 9.5, 4.10, 1.33)),
}
"""Reagent and by-product of the olefination, with typical shifts."""
CRUDE = {"ethyl 4-methoxycinnamate": 0.60, "4-methoxybenzaldehyde": 0.30, "ethyl acetate": 0.10}
"""Amounts in the crude product (mol)."""
CRUDE_SPECIES = ("ethyl 4-methoxycinnamate", "4-methoxybenzaldehyde", "diethyl malonate")
"""Species that a chemist would look for: the last one is not there, and ethyl acetate is not expected."""

CANDIDATES = {
    # Isomers and close analogues of the cinnamate.
    "methyl 4-ethoxycinnamate": "COC(=O)/C=C/c1ccc(OCC)cc1",
    "ethyl 3-methoxycinnamate": "CCOC(=O)/C=C/c1cccc(OC)c1",
    "ethyl 2-methoxycinnamate": "CCOC(=O)/C=C/c1ccccc1OC",
    "propyl 4-hydroxycinnamate": "CCCOC(=O)/C=C/c1ccc(O)cc1",
    "4-methoxycinnamyl acetate": "CC(=O)OC/C=C/c1ccc(OC)cc1",
    "ethyl cinnamate": "CCOC(=O)/C=C/c1ccccc1",
    "methyl cinnamate": "COC(=O)/C=C/c1ccccc1",
    "methyl 4-methoxycinnamate": "COC(=O)/C=C/c1ccc(OC)cc1",
    "ethyl 3-(4-methoxyphenyl)propanoate": "CCOC(=O)CCc1ccc(OC)cc1",
    "4-methoxybenzylideneacetone": "CC(=O)/C=C/c1ccc(OC)cc1",
    # Benzoates.
    "methyl benzoate": "COC(=O)c1ccccc1",
    "ethyl benzoate": "CCOC(=O)c1ccccc1",
    "propyl benzoate": "CCCOC(=O)c1ccccc1",
    "methyl 4-hydroxybenzoate": "COC(=O)c1ccc(O)cc1",
    "methyl 4-methoxybenzoate": "COC(=O)c1ccc(OC)cc1",
    "ethyl 3-hydroxybenzoate": "CCOC(=O)c1cccc(O)c1",
    "ethyl 2-hydroxybenzoate": "CCOC(=O)c1ccccc1O",
    "ethyl 4-aminobenzoate": "CCOC(=O)c1ccc(N)cc1",
    "ethyl 4-nitrobenzoate": "CCOC(=O)c1ccc([N+](=O)[O-])cc1",
    "methyl 2-aminobenzoate": "COC(=O)c1ccccc1N",
    "butyl 4-aminobenzoate": "CCCCOC(=O)c1ccc(N)cc1",
    "dimethyl phthalate": "COC(=O)c1ccccc1C(=O)OC",
    "dimethyl terephthalate": "COC(=O)c1ccc(C(=O)OC)cc1",
    "diethyl terephthalate": "CCOC(=O)c1ccc(C(=O)OCC)cc1",
    # Aldehydes and ketones.
    "3-methoxybenzaldehyde": "COc1cccc(C=O)c1",
    "vanillin": "COc1cc(C=O)ccc1O",
    "isovanillin": "COc1ccc(C=O)cc1O",
    "3,4-dimethoxybenzaldehyde": "COc1ccc(C=O)cc1OC",
    "piperonal": "O=Cc1ccc2OCOc2c1",
    "4'-methoxyacetophenone": "COc1ccc(C(C)=O)cc1",
    "3'-methoxyacetophenone": "COc1cccc(C(C)=O)c1",
    "4'-hydroxypropiophenone": "CCC(=O)c1ccc(O)cc1",
    "4-phenyl-2-butanone": "CC(=O)CCc1ccccc1",
    "4-(4-methoxyphenyl)-2-butanone": "CC(=O)CCc1ccc(OC)cc1",
    "4-(3-hydroxyphenyl)-2-butanone": "CC(=O)CCc1cccc(O)c1",
    "4'-ethoxyacetophenone": "CCOc1ccc(C(C)=O)cc1",
    "4'-hydroxybutyrophenone": "CCCC(=O)c1ccc(O)cc1",
    "menthone": "CC(C)C1CCC(C)CC1=O",
    "pulegone": "CC1CCC(=C(C)C)C(=O)C1",
    "thymol": "Cc1ccc(C(C)C)c(O)c1",
    # Aliphatic esters.
    "butyl acetate": "CCCCOC(C)=O",
    "pentyl acetate": "CCCCCOC(C)=O",
    "ethyl 3-methylbutanoate": "CCOC(=O)CC(C)C",
    "isobutyl propanoate": "CCC(=O)OCC(C)C",
    "ethyl acetoacetate": "CCOC(=O)CC(C)=O",
    "methyl 5-oxohexanoate": "COC(=O)CCCC(C)=O",
    "dimethyl succinate": "COC(=O)CCC(=O)OC",
    "diethyl succinate": "CCOC(=O)CCC(=O)OCC",
    "dimethyl glutarate": "COC(=O)CCCC(=O)OC",
    "benzyl acetate": "CC(=O)OCc1ccccc1",
    "phenethyl acetate": "CC(=O)OCCc1ccccc1",
    # Amides and others.
    "acetanilide": "CC(=O)Nc1ccccc1",
    "4-methoxyacetanilide": "COc1ccc(NC(C)=O)cc1",
    "4-ethoxyacetanilide": "CCOc1ccc(NC(C)=O)cc1",
    "N,N-diethylbenzamide": "CCN(CC)C(=O)c1ccccc1",
    "theophylline": "Cn1c2nc[nH]c2c(=O)n(C)c1=O",
    "anethole": "COc1ccc(/C=C/C)cc1",
    "eugenol": "COc1cc(CC=C)ccc1O",
    "coumarin": "O=c1ccc2ccccc2o1",
}
"""Further candidates: isomers and analogues of the compounds."""
