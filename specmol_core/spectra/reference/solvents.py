"""Deuterated NMR solvents: residual protons, carbons, water, and their names.

Sources
-------
Shifts of THF-d8, CD2Cl2, CDCl3, toluene-d8, C6D6, C6D5Cl, acetone-d6, DMSO-d6, CD3CN, TFE-d3, CD3OD and
D2O, and of the water in them: G. R. Fulmer et al., Organometallics 2010, 29, 2176, tables 1 and 2. For
seven of them, these are the values of H. E. Gottlieb, V. Kotlyar, A. Nudelman, J. Org. Chem. 1997, 62,
7512.

Shifts of the other solvents, and all coupling constants to deuterium: Cambridge Isotope Laboratories, NMR
Solvent Data Chart (NMR_SDC). The chart does not have C6D5Cl; its coupling constants are close to those of
C6D6 in the chart (24.3 Hz).

The chart gives water to 0.1 ppm. No source was found for the second decimals of the water in pyridine-d5
(4.96) and DMF-d7 (3.48), and for the water in C2D2Cl4 (1.50).

The values were taken from transcriptions: the npm package nmr-processing 22.22.1, and onlyls/NMRPeakQuery
on GitHub.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from specmol_core.errors import UsageError
from specmol_core.spectra.reference.signals import ReferenceSignal, Splitting

__all__ = ["SOLVENTS", "Solvent", "require_solvent", "solvent_named"]


@dataclass(frozen=True)
class Solvent:
    """One deuterated solvent."""

    name: str
    names: tuple[str, ...]
    """Other spellings, in lower case without spaces, hyphens, brackets and isotope labels."""
    h1: tuple[ReferenceSignal, ...]
    """Residual 1H signals: of the molecules with one proton."""
    c13: tuple[ReferenceSignal, ...]
    """13C signals."""
    water_ppm: float
    """1H shift of dissolved water (ppm), at 25 °C and high dilution."""
    hydrogen_bonding: bool = False
    """Whether the solvent forms hydrogen bonds: the shift of its water depends little on the sample,
    and the water line is strong."""
    deuterium_exchange: bool = False
    """Whether OH and NH protons of the sample exchange with deuterium of the solvent."""

    def signals(self, nucleus: str) -> tuple[ReferenceSignal, ...]:
        """Return the signals in the spectrum of one nucleus (``1H`` or ``13C``)."""
        return self.h1 if nucleus == "1H" else self.c13

    @property
    def residual_h1(self) -> tuple[ReferenceSignal, ...]:
        """Residual 1H signals except water: none in D2O, whose residual HDO is the water signal."""
        return tuple(signal for signal in self.h1 if signal.ppm != self.water_ppm)


def _signal(
    ppm: float, nuclei: int = 1, deuterons: int = 0, coupling_hz: float = 0.0, intensity: float = 1.0
) -> ReferenceSignal:
    """Create a signal that is split by ``deuterons`` deuterium nuclei."""
    splitting = Splitting(deuterons, coupling_hz, spin=1.0) if deuterons else Splitting()
    return ReferenceSignal(ppm, nuclei, splitting, relative_intensity=intensity)


_S = _signal
# fmt: off
SOLVENTS: tuple[Solvent, ...] = (
    Solvent("CDCl3", ("chloroform", "chloroformd", "chcl3", "cdcl"), (_S(7.26),), (_S(77.16, 1, 1, 32.0),), 1.56),
    Solvent("DMSO-d6", ("dmso", "cd3socd3", "cd32so", "dimethylsulfoxide", "dimethylsulphoxide", "c2d6os"),
        (_S(2.50, 1, 2, 1.9),), (_S(39.52, 2, 3, 21.0),), 3.33, hydrogen_bonding=True),
    # The chart gives 1.7 Hz for the residual CHD2.
    Solvent("CD3OD", ("meod", "methanol", "ch3oh", "mecd", "cd4o", "meoh", "cd3oh"),
        (_S(3.31, 1, 2, 1.7),), (_S(49.00, 1, 3, 21.4),), 4.87, hydrogen_bonding=True, deuterium_exchange=True),
    # The residual proton is that of HDO, which is also the water signal.
    Solvent("D2O", ("h2o", "water", "deuteriumoxide", "h2o+d2o", "hdo", "d2o+h2o"),
        (_S(4.79),), (), 4.79, hydrogen_bonding=True, deuterium_exchange=True),
    # The carbonyl carbon is a multiplet of 13 lines with a distance of 0.9 Hz.
    Solvent("acetone-d6", ("acetone", "cd3cocd3", "cd32co", "c3d6o", "aceton", "2propanone"),
        (_S(2.05, 1, 2, 2.2),), (_S(29.84, 2, 3, 19.4), _S(206.26, 1, 6, 0.9, intensity=0.3)), 2.84),
    Solvent("C6D6", ("benzene",), (_S(7.16),), (_S(128.06, 6, 1, 24.3),), 0.40),
    Solvent("CD3CN", ("acetonitrile", "mecn", "ch3cn", "c2d3n"),
        (_S(1.94, 1, 2, 2.5),), (_S(1.32, 1, 3, 21.0), _S(118.26, intensity=0.4)), 2.13),
    # The chart gives 27.2 Hz for the carbon.
    Solvent("CD2Cl2", ("dichloromethane", "methylenechloride", "methylenchloride", "ch2cl2", "dcm"),
        (_S(5.32, 1, 1, 1.1),), (_S(53.84, 1, 2, 27.2),), 1.52),
    Solvent("THF-d8", ("thf", "tetrahydrofuran", "c4d8o"),
        (_S(3.58), _S(1.72)), (_S(67.21, 2, 2, 22.2), _S(25.31, 2, 2, 20.2)), 2.46),
    # Water: 0.43 by Fulmer; a supplier's table has 0.94.
    Solvent("toluene-d8", ("toluene", "tol", "c7d8", "c6d5cd3"),
        (_S(7.09, 2), _S(7.01), _S(6.97, 2), _S(2.08, 1, 2, 2.3)),
        (_S(137.48, intensity=0.3), _S(128.87, 2, 1, 23.0), _S(127.96, 2, 1, 24.0), _S(125.13, 1, 1, 24.0),
         _S(20.43, 1, 3, 19.0)),
        0.43),
    Solvent("pyridine-d5", ("pyridine", "pyridin", "py", "pyr", "c5d5n"),
        (_S(8.74, 2), _S(7.58), _S(7.22, 2)),
        (_S(150.35, 2, 1, 27.5), _S(135.91, 1, 1, 24.5), _S(123.87, 2, 1, 25.0)),
        4.96, hydrogen_bonding=True),
    # The chart gives the water at 2.4 ppm.
    Solvent("dioxane-d8", ("dioxane", "14dioxane", "c4d8o2"), (_S(3.53),), (_S(66.66, 4, 2, 21.9),), 2.40),
    Solvent("DMF-d7", ("dmf", "dimethylformamide", "nndimethylformamide"),
        (_S(8.03), _S(2.92, 1, 2, 1.9), _S(2.75, 1, 2, 1.9)),
        (_S(163.15, 1, 1, 29.4), _S(34.89, 1, 3, 21.0), _S(29.76, 1, 3, 21.1)),
        3.48, hydrogen_bonding=True),
    Solvent("C6D5Cl", ("chlorobenzene",),
        (_S(7.14, 2), _S(6.99), _S(6.96, 2)),
        (_S(134.19, intensity=0.3), _S(129.26, 2, 1, 25.0), _S(128.25, 2, 1, 24.7), _S(125.96, 1, 1, 24.3)),
        1.03),
    # The CF3 carbon (126.28 ppm) is omitted: a quartet with 277 Hz, whose four lines may each be weak.
    Solvent("TFE-d3", ("tfe", "trifluoroethanol", "222trifluoroethanol", "cf3cd2od"),
        (_S(5.02), _S(3.88)), (_S(61.50, 1, 2, 22.0),), 3.66, hydrogen_bonding=True, deuterium_exchange=True),
    Solvent("acetic acid-d4", ("aceticacid", "acoh", "cd3cood", "hoac"),
        (_S(11.65), _S(2.04, 1, 2, 2.2)), (_S(178.99, intensity=0.3), _S(20.0, 1, 3, 20.0)), 11.5,
        deuterium_exchange=True),
    Solvent("cyclohexane-d12", ("cyclohexane", "c6d12"), (_S(1.38),), (_S(26.43, 6, 2, 19.0),), 0.80),
    Solvent("C2D2Cl4", ("tetrachloroethane", "1122tetrachloroethane", "tce", "tcbd", "cdcl2cdcl2"),
        (_S(6.00),), (_S(73.78, 2, 1, 28.1),), 1.50),
)
# fmt: on
"""The usual solvents, the most common first."""


_MIN_CUT_NAME = 10
"""Fewest characters of a name that a format cuts off: JEOL keeps 16, as in METHYLENE-CHLORI."""


def solvent_named(text: str | None) -> Solvent | None:
    """Return the solvent that a text from a file or a paper names; None if it is unknown.

    >>> solvent_named("Chloroform-d").name, solvent_named("(CD3)2SO").name
    ('CDCl3', 'DMSO-d6')
    """
    if not text:
        return None
    plain = _plain(text)
    # Without a separator: "Acetoned6", "METHANOLD4".
    unlabelled = re.sub(r"(?<=[a-z])d\d{1,2}$", "", plain)
    for name in (plain, unlabelled):
        for solvent in SOLVENTS:
            if name == _plain(solvent.name) or name in solvent.names:
                return solvent
    if len(plain) >= _MIN_CUT_NAME:
        for solvent in SOLVENTS:
            if any(name.startswith(plain) for name in solvent.names):
                return solvent
    # Several words: "CDCl3 + 0.03 % TMS", "DMSO with TFA".
    words = re.split(r"[\s/,;:+&]+|\bwith\b|\band\b", text.strip())
    return solvent_named(words[0]) if len(words) > 1 else None


def require_solvent(text: str, place: str = "--solvent") -> str:
    """Return the name in the table of the solvent that a user names.

    Parameters
    ----------
    place
        Where the user names it, for the message.

    Raises
    ------
    UsageError
        If the solvent is unknown.

    Examples
    --------
    >>> require_solvent("chloroform-d")
    'CDCl3'
    """
    solvent = solvent_named(text)
    if solvent is None:
        raise UsageError(
            f"{place}: the solvent {text!r} is unknown; choose one of {', '.join(s.name for s in SOLVENTS)}"
        )
    return solvent.name


def _plain(text: str) -> str:
    """Return the letters and digits of a solvent's name, without its deuterium label."""
    small = text.strip().lower().translate(str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789"))
    small = small.replace("perdeuterated", "").replace("deuterated", "").replace("deutero", "")
    # The label is in front (d6-DMSO, [D6]DMSO, (2H6)DMSO) or behind (DMSO-d6, DMSO_d6, chloroform-d).
    small = re.sub(r"^[\[(]?(2h|d)_?\d*[\])]?[-_ ]?(?=[a-z]{2})(?<=[\])\-_ \d])", "", small)
    small = re.sub(r"[-_ \[(](2h|d)_?\d*[\])]?$", "", small)
    return re.sub(r"[\s\-_()\[\].,']", "", small)
