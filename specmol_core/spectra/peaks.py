"""One line of a spectrum: what a peak list says, and what peak picking finds."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Peak:
    """One line, or one reported signal, of a one-dimensional NMR spectrum."""

    ppm: float
    """Chemical shift (ppm)."""
    height: float
    """Height in the unit of the spectrum; negative where a signed spectrum points down."""
    width_hz: float | None
    """Full width at half height (Hz); None where it is not known."""
    multiplicity: str = ""
    """As written in papers, for example "s", "dd", "m"; empty where it is not known."""
    couplings_hz: tuple[float, ...] = ()
    """Coupling constants (Hz), largest first."""
    protons: float | None = None
    """Number of protons, or the integral in that unit; None where it is not known."""
