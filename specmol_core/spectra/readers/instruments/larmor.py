"""The nucleus that a spectrometer observes at a frequency."""

from __future__ import annotations

__all__ = ["nucleus_at"]

_FREQUENCY_RATIOS = {
    "1H": 1.0, "13C": 0.25145020, "19F": 0.94094011, "31P": 0.40480742, "2H": 0.15350609, "15N": 0.10136767,
    "11B": 0.32083974, "29Si": 0.19867187, "119Sn": 0.37290632, "77Se": 0.19071513, "195Pt": 0.21496784,
    "7Li": 0.38863797, "27Al": 0.26056859, "17O": 0.13556457, "113Cd": 0.22193175, "23Na": 0.26451900,
    "51V": 0.26302948, "125Te": 0.31549769, "129Xe": 0.27810186, "59Co": 0.23727074, "14N": 0.07226317,
    "6Li": 0.14716106, "10B": 0.10743658, "33S": 0.07676000, "35Cl": 0.09797909, "55Mn": 0.24789218,
    "79Br": 0.25053980, "81Br": 0.27006518, "89Y": 0.04900198, "103Rh": 0.03186447, "107Ag": 0.04047819,
    "109Ag": 0.04653533, "111Cd": 0.21215480, "117Sn": 0.35632259, "133Cs": 0.13116142, "183W": 0.04166387,
    "199Hg": 0.17910822, "205Tl": 0.57683838, "207Pb": 0.20920599, "3H": 1.06663974,
}  # fmt: skip
"""Frequency of each nucleus over that of 1H: R. K. Harris et al., Pure Appl. Chem. 2001, 73, 1795. Those that
are measured more often stand first."""
_PROTON_FREQUENCIES_MHZ = (
    200, 250, 270, 300, 360, 400, 500, 600, 700, 750, 800, 850, 900, 950, 1000, 1020, 1100, 1200,
)  # fmt: skip
"""1H frequencies of the usual magnets."""
_MAGNET_OFFSET_MHZ = 0.13
"""What Bruker's magnets have above the round number."""
_MAX_MAGNET_DEVIATION_MHZ = 0.12
_MAX_RATIO_DEVIATION = 1e-3
"""Largest relative deviation from the frequency of a nucleus; the ratios of 13C and 79Br differ by 3.6e-3."""


def nucleus_at(frequency_mhz: float, proton_mhz: float | None = None) -> str:
    """Return the nucleus that has a frequency in a magnet; of several, the usual one; empty for none.

    Parameters
    ----------
    frequency_mhz
        Frequency of the observed nucleus.
    proton_mhz
        Frequency of 1H in the same magnet; None where it is unknown. It is then one of the usual
        magnets.

    Examples
    --------
    >>> nucleus_at(125.7578), nucleus_at(500.13), nucleus_at(110.995, proton_mhz=500.13)
    ('13C', '1H', '113Cd')
    """
    for name, ratio in _FREQUENCY_RATIOS.items():
        proton = frequency_mhz / ratio
        if _is_usual_magnet(proton) if proton_mhz is None else abs(proton / proton_mhz - 1) < _MAX_RATIO_DEVIATION:
            return name
    return ""


def _is_usual_magnet(proton_mhz: float) -> bool:
    return any(
        abs(proton_mhz - usual - _MAGNET_OFFSET_MHZ) < _MAX_MAGNET_DEVIATION_MHZ for usual in _PROTON_FREQUENCIES_MHZ
    )
