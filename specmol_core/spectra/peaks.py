"""One line of a spectrum, from a peak list or from peak picking."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Peak:
    """One line, or one reported signal, of a one-dimensional NMR spectrum."""

    ppm: float
    """Chemical shift (ppm)."""
    height: float
    """Height in the unit of the spectrum; negative for a downward line of a signed spectrum."""
    width_hz: float | None
    """Full width at half height (Hz); None where it is unknown."""
    multiplicity: str = ""
    """As written in papers, for example "s", "dd", "m"; empty where it is unknown."""
    couplings_hz: tuple[float, ...] = ()
    """Coupling constants (Hz), largest first."""
    protons: float | None = None
    """Number of protons, or the integral in units of one proton; None where it is unknown."""
    hydrogens: tuple[int, ...] = ()
    """Numbers of hydrogens that the carbon of the line may have, as a list states them by CH2 or by
    the sign of a DEPT; empty where it states none."""
    assigned: bool = False
    """Whether the source assigns the line to an atom of the compound."""
