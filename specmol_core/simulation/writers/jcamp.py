"""Write a spectrum as JCAMP-DX 5.01 with a DIFDUP table.

Source: A. N. Davies, P. Lampen, Appl. Spectrosc. 47 (1993) 1093 (NMR data); P. Lampen et al., Pure
Appl. Chem. 71 (1999) 1549 (version 5.01).
"""

from __future__ import annotations

from specmol_core.simulation.writers.difdup import difdup_lines
from specmol_core.simulation.writers.measurement import DATE, ORIGIN, Measurement

__all__ = ["jcamp_file"]

_MAX_TITLE = 70
"""Lines of a JCAMP-DX file have at most 80 characters."""


def jcamp_file(measurement: Measurement) -> bytes:
    """Return the content of a JCAMP-DX file of one spectrum, in Hz from 0 ppm."""
    counts = measurement.counts()
    step = measurement.step_hz
    first = measurement.first_ppm * measurement.frequency_mhz
    last = first - step * (len(counts) - 1)
    records = {
        "TITLE": _ascii(measurement.title)[:_MAX_TITLE],
        "JCAMP-DX": "5.01",
        "DATA TYPE": "NMR SPECTRUM",
        "DATA CLASS": "XYDATA",
        "ORIGIN": ORIGIN,
        "OWNER": "specmol",
        "LONG DATE": f"{DATE:%Y/%m/%d %H:%M:%S}",
        "SPECTROMETER/DATA SYSTEM": ORIGIN,
        ".OBSERVE FREQUENCY": f"{measurement.frequency_mhz:.9g}",
        ".OBSERVE NUCLEUS": f"^{measurement.nucleus}",
        ".ACQUISITION MODE": "SIMULTANEOUS",
        ".ACQUISITION TIME": f"{measurement.acquisition_s:.6g}",
        ".PULSE SEQUENCE": measurement.pulse_program,
        ".SOLVENT NAME": _ascii(measurement.solvent),
        ".SHIFT REFERENCE": f"INTERNAL, TMS, 1, {measurement.first_ppm:.9f}",
        "XUNITS": "HZ",
        "YUNITS": "ARBITRARY UNITS",
        "XFACTOR": "1",
        "YFACTOR": "1",
        "FIRSTX": f"{first:.6f}",
        "LASTX": f"{last:.6f}",
        "DELTAX": f"{-step:.12g}",
        "MAXX": f"{first:.6f}",
        "MINX": f"{last:.6f}",
        "MAXY": str(counts.max()),
        "MINY": str(counts.min()),
        "NPOINTS": str(len(counts)),
        "FIRSTY": str(counts[0]),
        "XYDATA": "(X++(Y..Y))",
    }
    head = [f"##{label}= {value}" for label, value in records.items()]
    return ("\n".join((*head, *difdup_lines(first, -step, counts), "##END=")) + "\n").encode("ascii")


def _ascii(text: str) -> str:
    """Return a text without the characters that JCAMP-DX does not allow in a value."""
    return text.encode("ascii", "replace").decode().replace("$$", "$ $")
