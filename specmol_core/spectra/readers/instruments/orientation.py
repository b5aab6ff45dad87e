"""Find the direction of a FID's frequencies where the format does not document it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from specmol_core.spectra.axis import PpmAxis
from specmol_core.spectra.readers.instruments.referencing import solvent_offset
from specmol_core.spectra.readers.source import Request

__all__ = ["process_either_way"]

ProcessedFid = tuple[PpmAxis, NDArray[np.float32], tuple[str, ...]]


def process_either_way(
    process: Callable[[NDArray[np.complex128]], ProcessedFid],
    fid: NDArray[np.complex128],
    request: Request,
    frequency_mhz: float,
    solvent: str | None,
) -> ProcessedFid:
    """Process a FID as it is, or mirrored if only then the solvent line is at its reference shift.

    Parameters
    ----------
    fid
        Complex points (n,), in the direction that the format is believed to have.

    Returns
    -------
    Axis, intensities, warnings.
    """
    axis, trace, notes = process(fid)
    if solvent_offset(axis, trace, request.nucleus, frequency_mhz, solvent) is not None:
        return axis, trace, notes
    mirrored_axis, mirrored_trace, mirrored_notes = process(fid.conj())
    if solvent_offset(mirrored_axis, mirrored_trace, request.nucleus, frequency_mhz, solvent) is None:
        return axis, trace, notes
    return (
        mirrored_axis,
        mirrored_trace,
        (*mirrored_notes, "the spectrum was mirrored so that the solvent line is at its reference shift"),
    )
