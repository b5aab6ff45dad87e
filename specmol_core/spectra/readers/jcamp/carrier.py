"""Find the carrier of a JCAMP-DX decay: the shift in the middle of its spectrum."""

from __future__ import annotations

from specmol_core.spectra.readers.jcamp.records import Block
from specmol_core.spectra.readers.jcamp.referencing import carrier_ppm, shift_reference

__all__ = ["stated_carrier"]

_MAX_ROUNDING_PPM = 0.05
"""Largest difference of two carriers that counts as rounding (ppm)."""
_UNSET_PPM = 1e-6
"""Carrier below which two frequencies are the same: none was stated (ppm)."""
_MAX_CARRIER_PPM = 1000.0


def stated_carrier(
    block: Block, width: float, zero: float, count: int, *, is_bruker: bool
) -> tuple[float | None, str, tuple[str, ...]]:
    """Return the carrier (ppm; None for none), how it was found, and warnings.

    The sources, in order of preference, are: Bruker's frequencies of carrier and 0 ppm; its offsets
    ``$O1P`` (ppm) and ``$O1`` (Hz); and ``.SHIFT REFERENCE``, the shift of a point of the spectrum,
    which begins at the highest. Bruker's programs write a ``.SHIFT REFERENCE`` that belongs to
    another spectrum if the decay was never transformed, so it is not compared there.

    Parameters
    ----------
    width
        Spectral width (Hz).
    zero
        Frequency of 0 ppm (MHz).
    count
        Points of the decay.
    """
    carriers: list[tuple[float, str]] = []
    from_frequencies = carrier_ppm(block)
    if from_frequencies is not None and abs(from_frequencies) > _UNSET_PPM:
        carriers.append((from_frequencies, "carrier frequency"))
    for label, unit in (("$O1P", 1.0), ("$O1", zero)):
        offset = block.number(label)
        if offset and abs(offset / unit) <= _MAX_CARRIER_PPM:
            carriers.append((offset / unit, f"{label} of the file"))
    reference = shift_reference(block)
    if reference is not None and 0 <= reference[0] <= count and count > 1:
        index, shift = reference
        from_middle = 0.5 - (max(index, 1.0) - 1.0) / (count - 1)
        if not (is_bruker and carriers):
            carriers.append((shift - from_middle * width / zero, ".SHIFT REFERENCE"))
    if not carriers:
        unset = from_frequencies is not None
        return (0.0, "carrier frequency", ()) if unset and is_bruker else (None, "none: middle of the usual range", ())
    carrier, source = carriers[0]
    others = [other for other in carriers if abs(other[0] - carrier) > _MAX_ROUNDING_PPM]
    if not others:
        return carrier, source, ()
    difference, other = others[0][0] - carrier, others[0][1]
    return carrier, source, (f"its carriers disagree by {difference:.3g} ppm: {source} was used, not {other}",)
