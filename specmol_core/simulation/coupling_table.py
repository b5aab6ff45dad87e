"""Coupling constants by environment; every value is defined here.

The values were measured on the multiplets of 816 molecules from the literature (NMRExtractor's
training set, articles of PubMed Central), where multiplicity, integral, shift and structure leave
one assignment. Median and scale (interquartile range / 1.349) in Hz, with the number of couplings:

====================================  =====  ======  ======  ==================
environment                           count  median   scale  5 % to 95 %
====================================  =====  ======  ======  ==================
CH3-CH2-C, t                             76    7.2     0.30   5.9 to 7.6
CH3-CH2-O or -N, t                       40    7.1     0.15   6.6 to 8.0
CH3-CH, d                                76    6.65    0.44   6.0 to 7.7
CH2-CH2, t                              152    6.8     0.83   5.5 to 9.2
CH-CH2 beside a stereocentre, dd         78    6.55    2.9    2.7 to 11.0
geminal, d and dd, 1.5 to 5.6 ppm       146   14.0     2.3   10.9 to 17.8
E-CH=CH, d                               70   15.7     0.34  12.9 to 16.1
CH=CH2, dd: trans                         9   17.2     0.30  16.9 to 18.0
p-disubstituted benzene, d (2H)         285    8.4     0.52   7.0 to 9.0
benzene ortho, dd or ddd (1H)           164    8.0     0.52   6.9 to 8.9
benzene ortho, phenyl t (2H)             34    7.6     0.30   7.2 to 8.0
benzene meta                            220    1.9     0.67   1.0 to 2.9
pyridine 2-3                             15    4.8     0.30   4.1 to 5.4
allylic CH3, d                            7    1.2     0.30   1.2 to 2.1
4-fluorophenyl, t (H-F and H-H)           3    8.7     0.05   8.6 to 8.7
CH3-O-P, d                                4   10.8     0.04  10.7 to 10.9
====================================  =====  ======  ======  ==================

The standard deviations below are narrower than a measured scale that mixes environments which the
table distinguishes by substituent or position. Values that are too rare in these articles are the
usual ranges of Pretsch, Buehlmann, Badertscher, "Structure Determination of Organic Compounds"
(4th ed., 2009), ch. 5. All signs are from that book.
"""

# ruff: noqa: RUF009  Normal and FiveRing are immutable tuples, so they are safe as shared defaults.

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

__all__ = ["COUPLINGS", "CouplingTable", "FiveRing", "Normal"]


class Normal(NamedTuple):
    """Normal distribution of a coupling constant (Hz), cut at two standard deviations."""

    mean: float
    standard_deviation: float


class FiveRing(NamedTuple):
    """Couplings of a heteroaromatic five-membered ring (Hz), by position to the hetero atom."""

    alpha_beta: Normal
    beta_beta: Normal
    alpha_beta_across: Normal
    """Over four bonds, positions 2 and 4."""
    alpha_alpha: Normal
    """Over four bonds, positions 2 and 5."""


@dataclass(frozen=True)
class CouplingTable:
    """Distributions of coupling constants (Hz), sign included."""

    # Two bonds
    geminal: Normal = Normal(-13.2, 0.8)
    geminal_pi: float = -1.3
    """Change for each double bond, triple bond or aromatic ring beside the CH2."""
    geminal_hetero: float = 1.9
    """Change for each N, O, F or Cl on the CH2."""
    geminal_ring: tuple[tuple[int, Normal], ...] = ((3, Normal(-4.7, 0.5)), (4, Normal(-11.5, 1.0)))
    """By ring size, for rings that differ from open chains."""
    geminal_epoxide: Normal = Normal(5.3, 0.4)
    geminal_between_hetero: Normal = Normal(-1.0, 0.7)
    """CH2 between two N, O, F or Cl in a five-membered ring, as in O-CH2-O."""
    geminal_vinyl: Normal = Normal(1.5, 0.4)
    geminal_vinyl_hetero: Normal = Normal(-1.9, 0.4)

    # Three bonds, free rotation
    methyl_methylene: Normal = Normal(7.35, 0.2)
    methyl_methine: Normal = Normal(6.8, 0.3)
    methylene_methylene: Normal = Normal(7.2, 0.5)
    methylene_methine: Normal = Normal(6.8, 0.5)
    methine_methine: Normal = Normal(6.5, 0.6)
    electronegative_change: float = -0.25
    """Change for each N, O, F or Cl on either carbon."""
    stereo_vicinal: Normal = Normal(6.7, 2.3)
    """Between diastereotopic protons or two stereocentres, whose rotamers differ in population."""
    planar_methyl: Normal = Normal(6.6, 0.3)
    planar_methylene: Normal = Normal(6.6, 0.4)
    planar_methine: Normal = Normal(6.8, 0.6)
    """CH3, CH2 and CH on an olefinic CH."""
    aldehyde_methyl: Normal = Normal(2.9, 0.1)
    aldehyde_saturated: Normal = Normal(1.9, 0.4)
    aldehyde_planar: Normal = Normal(7.8, 0.3)
    diene: Normal = Normal(10.6, 0.6)

    # Three bonds, rings
    chair_axial_axial: Normal = Normal(11.2, 1.1)
    chair_axial_equatorial: Normal = Normal(4.1, 0.6)
    chair_equatorial: Normal = Normal(3.0, 0.6)
    flipping_trans: Normal = Normal(7.2, 0.8)
    flipping_cis: Normal = Normal(3.7, 0.3)
    """Six-membered ring that flips: the mean of both chairs."""
    ring_cis: tuple[Normal, ...] = (Normal(8.6, 0.9), Normal(8.8, 1.2), Normal(7.6, 1.2))
    ring_trans: tuple[Normal, ...] = (Normal(5.4, 0.8), Normal(5.5, 1.8), Normal(5.2, 2.2))
    """Saturated rings of three, four and five atoms."""
    epoxide_cis: Normal = Normal(4.2, 0.3)
    epoxide_trans: Normal = Normal(2.4, 0.4)
    large_ring: Normal = Normal(6.5, 2.3)
    ring_electronegative: float = -0.35
    """Change for each N, O, F or Cl on either carbon of a saturated ring."""
    ring_planar: tuple[Normal, ...] = (
        Normal(1.8, 0.3),
        Normal(1.2, 0.4),
        Normal(2.2, 0.4),
        Normal(3.9, 0.8),
        Normal(5.5, 1.0),
    )
    """Between an sp3 and an olefinic carbon of a ring of three to seven atoms."""
    ring_diene: tuple[Normal, ...] = (
        Normal(1.0, 0.2),
        Normal(1.0, 0.3),
        Normal(2.0, 0.3),
        Normal(5.6, 0.5),
        Normal(6.0, 0.8),
    )

    # Three bonds, double bonds
    trans: Normal = Normal(15.7, 0.4)
    cis: Normal = Normal(11.3, 0.7)
    vinyl_trans: Normal = Normal(17.3, 0.3)
    vinyl_cis: Normal = Normal(10.5, 0.3)
    double_electronegative: float = -2.7
    """Change for each N, O, F or Cl on a double bond."""
    ring_double: tuple[Normal, ...] = (
        Normal(1.3, 0.3),
        Normal(2.9, 0.3),
        Normal(5.7, 0.3),
        Normal(9.9, 0.4),
        Normal(11.0, 0.6),
    )
    """cis-CH=CH in rings of three to seven atoms."""

    # Aromatic rings
    ortho: Normal = Normal(7.45, 0.2)
    ortho_substituent: float = 0.42
    """Change for each substituent beside the pair. The coupling is 7.4 Hz in the middle of a phenyl
    group and 8.3 Hz in a para-disubstituted ring."""
    meta: Normal = Normal(1.85, 0.45)
    para: Normal = Normal(0.4, 0.12)
    pyridine_alpha_beta: Normal = Normal(4.85, 0.25)
    pyrazine: Normal = Normal(2.5, 0.2)
    across_nitrogen: Normal = Normal(0.3, 0.15)
    """Over four bonds with N in the middle."""
    para_nitrogen: Normal = Normal(0.95, 0.1)
    """Over five bonds in a ring that contains N."""
    furan: FiveRing = FiveRing(Normal(1.85, 0.1), Normal(3.4, 0.15), Normal(0.85, 0.1), Normal(1.5, 0.1))
    pyrrole: FiveRing = FiveRing(Normal(2.7, 0.2), Normal(3.5, 0.2), Normal(1.4, 0.2), Normal(2.0, 0.2))
    thiophene: FiveRing = FiveRing(Normal(5.1, 0.2), Normal(3.7, 0.2), Normal(1.15, 0.15), Normal(2.8, 0.2))
    azole_factor: float = 0.72
    """Factor for a pair beside a pyridine-like N in such a ring."""

    # Four and five bonds
    allylic: Normal = Normal(-1.4, 0.35)
    homoallylic: Normal = Normal(0.9, 0.4)
    benzylic: Normal = Normal(-0.65, 0.12)
    heteroaryl_methyl: Normal = Normal(-0.9, 0.2)
    propargylic: Normal = Normal(-2.6, 0.12)
    homopropargylic: Normal = Normal(2.3, 0.15)

    # Fluorine
    hf_geminal: Normal = Normal(47.5, 1.5)
    hf_geminal_difluoro: Normal = Normal(56.0, 1.5)
    hf_geminal_planar: Normal = Normal(83.0, 3.0)
    hf_vicinal: Normal = Normal(22.0, 3.0)
    hf_vicinal_trifluoro: Normal = Normal(9.0, 0.8)
    hf_vicinal_difluoro: Normal = Normal(15.5, 2.0)
    hf_cis: Normal = Normal(19.0, 3.0)
    hf_trans: Normal = Normal(42.0, 5.0)
    hf_allylic: Normal = Normal(2.8, 0.5)
    hf_ortho: Normal = Normal(8.9, 0.7)
    hf_meta: Normal = Normal(5.5, 0.5)
    hf_para: Normal = Normal(0.6, 0.3)
    hf_benzylic: Normal = Normal(1.9, 0.4)

    # Phosphorus
    hp_oxide_geminal: Normal = Normal(-17.0, 3.5)
    """H-C-P(=O) and H-C-P in phosphonium ions."""
    hp_phosphine_geminal: Normal = Normal(3.0, 1.5)
    hp_ester: Normal = Normal(10.8, 0.3)
    """CH3-O-P."""
    hp_ester_alkyl: Normal = Normal(7.6, 0.7)
    hp_amide: Normal = Normal(9.5, 0.7)
    hp_vicinal: Normal = Normal(17.0, 2.0)
    hp_ortho: Normal = Normal(12.3, 0.9)
    hp_meta: Normal = Normal(3.2, 0.5)

    # Probabilities for what a structure without stereochemistry leaves open
    trans_probability: float = 0.8
    """Probability of E for a CH=CH of unknown geometry."""
    high_shift_equatorial_probability: float = 0.85
    """Probability that the equatorial proton of a chair's CH2 has the higher shift."""
    high_shift_trans_probability: float = 0.85
    """Probability that the proton of =CH2 with the trans coupling has the higher shift."""


COUPLINGS = CouplingTable()
