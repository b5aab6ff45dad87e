"""Where deuterated solvents, and the water in them, stand in 1H and 13C spectra.

Shifts: G. R. Fulmer et al., Organometallics 2010, 29, 2176 (tables 1 and 2), and H. E. Gottlieb, V. Kotlyar,
A. Nudelman, J. Org. Chem. 1997, 62, 7512; for pyridine, dioxane, DMF, acetic acid, cyclohexane and
tetrachloroethane the NMR solvent data chart of Cambridge Isotope Laboratories. Couplings to deuterium: that chart.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["SOLVENTS", "Solvent", "SolventSignal", "solvent_named"]


@dataclass(frozen=True)
class SolventSignal:
    """One signal of a solvent."""

    ppm: float
    """Chemical shift (ppm)."""
    lines: int = 1
    """Lines of the multiplet: 2n + 1 for a coupling to n deuterons; 1 also where it is not resolved."""
    spacing_hz: float = 0.0
    """Coupling to deuterium (Hz); 0 for a single line."""


@dataclass(frozen=True)
class Solvent:
    """One deuterated solvent."""

    name: str
    names: tuple[str, ...]
    """Other spellings, in lower case without spaces, hyphens, brackets and isotope labels."""
    h1: tuple[SolventSignal, ...]
    """Signals of the molecules with one proton left."""
    c13: tuple[SolventSignal, ...]
    water_ppm: float | None
    """1H shift of the water dissolved in it (ppm), at 25 °C and high dilution."""
    hydrogen_bonding: bool = False
    """Whether the shift of its water depends little on the sample, and its line is strong."""

    def signals(self, nucleus: str) -> tuple[SolventSignal, ...]:
        """The signals in the spectrum of one nucleus."""
        return self.h1 if nucleus == "1H" else self.c13


_S = SolventSignal

SOLVENTS: tuple[Solvent, ...] = (
    Solvent("CDCl3", ("chloroform", "chcl3", "cdcl"), (_S(7.26),), (_S(77.16, 3, 32.0),), 1.56),
    Solvent(
        "DMSO-d6",
        ("dmso", "cd3socd3", "cd32so", "dimethylsulfoxide", "dimethylsulphoxide", "c2d6os"),
        (_S(2.50, 5, 1.9),),
        (_S(39.52, 7, 21.0),),
        3.33,
        hydrogen_bonding=True,
    ),
    Solvent(
        "CD3OD",
        ("meod", "methanol", "ch3oh", "mecd", "cd4o", "meoh", "cd3oh"),
        (_S(3.31, 5, 1.7),),
        (_S(49.00, 7, 21.4),),
        4.87,
        hydrogen_bonding=True,
    ),
    Solvent("D2O", ("h2o", "water", "deuteriumoxide", "h2o+d2o", "hdo", "d2o+h2o"), (_S(4.79),), (), 4.79, True),
    Solvent(
        "acetone-d6",
        ("acetone", "cd3cocd3", "cd32co", "c3d6o", "aceton", "2propanone"),
        (_S(2.05, 5, 2.2),),
        (_S(206.26), _S(29.84, 7, 19.4)),
        2.84,
    ),
    Solvent("C6D6", ("benzene",), (_S(7.16),), (_S(128.06, 3, 24.3),), 0.40),
    Solvent(
        "CD3CN", ("acetonitrile", "mecn", "ch3cn", "c2d3n"), (_S(1.94, 5, 2.5),), (_S(118.26), _S(1.32, 7, 21.0)), 2.13
    ),
    Solvent(
        "CD2Cl2",
        ("dichloromethane", "methylenechloride", "ch2cl2", "dcm"),
        (_S(5.32, 3, 1.1),),
        (_S(53.84, 5, 27.2),),
        1.52,
    ),
    Solvent(
        "THF-d8",
        ("thf", "tetrahydrofuran", "c4d8o"),
        (_S(3.58), _S(1.72)),
        (_S(67.21, 5, 22.2), _S(25.31, 5, 20.2)),
        2.46,
    ),
    Solvent(
        "toluene-d8",
        ("toluene", "tol", "c7d8", "c6d5cd3"),
        (_S(7.09), _S(7.01), _S(6.97), _S(2.08, 5, 2.3)),
        (_S(137.48), _S(128.87, 3, 23.0), _S(127.96, 3, 24.0), _S(125.13, 3, 24.0), _S(20.43, 7, 19.0)),
        0.43,
    ),
    Solvent(
        "pyridine-d5",
        ("pyridine", "py", "pyr", "c5d5n"),
        (_S(8.74), _S(7.58), _S(7.22)),
        (_S(150.35, 3, 27.5), _S(135.91, 3, 24.5), _S(123.87, 3, 25.0)),
        4.96,
        hydrogen_bonding=True,
    ),
    Solvent("dioxane-d8", ("dioxane", "14dioxane", "c4d8o2"), (_S(3.53),), (_S(66.66, 5, 21.9),), 2.43),
    Solvent(
        "DMF-d7",
        ("dmf", "dimethylformamide", "nndimethylformamide"),
        (_S(8.03), _S(2.92, 5, 1.9), _S(2.75, 5, 1.9)),
        (_S(163.15, 3, 29.4), _S(34.89, 7, 21.0), _S(29.76, 7, 21.1)),
        3.48,
        hydrogen_bonding=True,
    ),
    Solvent(
        "C6D5Cl",
        ("chlorobenzene",),
        (_S(7.14), _S(6.99), _S(6.96)),
        (_S(134.19), _S(129.26, 3, 25.0), _S(128.25, 3, 24.7), _S(125.96, 3, 24.3)),
        1.03,
    ),
    Solvent(
        "TFE-d3",
        ("tfe", "trifluoroethanol", "222trifluoroethanol", "cf3cd2od"),
        (_S(5.02), _S(3.88)),
        # The CF3 is a quartet of 277 Hz, seen as four lines of which each may be weak.
        (_S(61.50, 5, 22.0),),
        3.66,
        hydrogen_bonding=True,
    ),
    Solvent(
        "acetic acid-d4",
        ("aceticacid", "acoh", "cd3cood", "hoac"),
        (_S(11.65), _S(2.04, 5, 2.2)),
        (_S(178.99), _S(20.0, 7, 20.0)),
        11.5,
    ),
    Solvent("cyclohexane-d12", ("cyclohexane", "c6d12"), (_S(1.38),), (_S(26.43, 5, 19.0),), 0.80),
    Solvent(
        "C2D2Cl4",
        ("tetrachloroethane", "1122tetrachloroethane", "tce", "tcbd", "cdcl2cdcl2"),
        (_S(6.00),),
        (_S(73.78, 3, 28.1),),
        1.50,
    ),
)
"""The usual solvents, the commonest first."""


def solvent_named(text: str | None) -> Solvent | None:
    """The solvent that a file's or a paper's words mean, or None: ``Chloroform-d``, ``(CD3)2SO``, ``DMSO_d6``."""
    if not text:
        return None
    plain = _plain(text)
    for solvent in SOLVENTS:
        known = {_plain(solvent.name), *solvent.names}
        if plain in known:
            return solvent
    # Several words: "CDCl3 + 0.03 % TMS", "DMSO with TFA".
    words = re.split(r"[\s/,;:+&]+|\bwith\b|\band\b", text.strip())
    return solvent_named(words[0]) if len(words) > 1 else None


def _plain(text: str) -> str:
    """The letters and digits of a solvent's name, without the label of its deuterium."""
    small = text.strip().lower().translate(str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789"))
    small = small.replace("perdeuterated", "").replace("deuterated", "").replace("deutero", "")
    # d6-DMSO, [D6]DMSO and (2H6)DMSO in front; DMSO-d6, DMSO_d6, chloroform-d behind.
    small = re.sub(r"^[\[(]?(2h|d)_?\d*[\])]?[-_ ]?(?=[a-z]{2})(?<=[\])\-_ \d])", "", small)
    small = re.sub(r"[-_ \[(](2h|d)_?\d*[\])]?$", "", small)
    return re.sub(r"[\s\-_()\[\].,']", "", small)
