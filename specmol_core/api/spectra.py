"""Inspect a spectrum; measure how well spectra are read."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from specmol_core.options import Window
from specmol_core.progress import ProgressFactory, no_progress

if TYPE_CHECKING:
    from specmol_core.spectra.spectrum import Nucleus

__all__ = ["evaluate_digitising", "evaluate_readers", "inspect_spectrum"]


def inspect_spectrum(
    source: Path | str,
    nucleus: Nucleus | None = None,
    *,
    window: Window | None = None,
    plot: Path | None = None,
    progress: ProgressFactory = no_progress,
) -> dict[str, Any]:
    """What a spectrum file holds: its conditions, lines, signals, and what is doubtful, as plain values.

    Parameters
    ----------
    source
        The file; a text is its path, or a list of shifts, or the sentence of an experimental section.
    nucleus
        What it is; None where the file says so itself.
    window
        Range that it spans, high to low (ppm), where the file does not say.
    plot
        PNG to draw the spectrum and its picked lines to; none is drawn if None.
    progress
        Shows that the file is being read.

    Returns
    -------
    ``source``, ``nucleus``, ``frequency_mhz``, ``solvent``, ``solvent_found``, ``range_ppm``, ``points``,
    ``referencing``, ``noise``, ``peaks`` (``ppm``, ``height``, ``width_hz``, ``multiplicity``, ``kind``: compound,
    solvent or impurity, ``reason``), ``signals`` of a 1H spectrum (``ppm``, ``integral``, ``multiplicity``,
    ``couplings_hz``) and ``warnings``.

    Raises
    ------
    UsageError, SpectrumError
        If the nucleus is not known, or the file is no spectrum.
    OutputError
        If the drawing cannot be written.
    """
    from specmol_core.spectra.inspection.inspection import inspect_file
    from specmol_core.spectra.inspection.plot import write_inspection
    from specmol_core.spectra.readers.sentence.inline import spectrum_source

    with progress(f"reading {source}"):
        inspection = inspect_file(spectrum_source(source), nucleus, window)
    if plot is not None:
        write_inspection(plot, inspection)
    return inspection.as_dict()


def evaluate_readers(
    folder: Path,
    *,
    weights: Path | None = None,
    progress: ProgressFactory = no_progress,
) -> dict[str, Any]:
    """How well measured spectra of known structures are read: totals, and one entry per pair.

    Parameters
    ----------
    folder
        Folder of ``manifest.json`` and the spectra it names.
    weights
        Checkpoint of the shift predictor; the shipped one if None.

    Raises
    ------
    DatasetError, CheckpointError
        If there is no such manifest, or the predictor is unusable.
    """
    from specmol_core.evaluation.readers import reading as readers
    from specmol_core.shifts.predictor import ShiftPredictor

    predictor = ShiftPredictor.load(weights)
    pairs = []
    with progress("reading") as advance:
        for pair in readers.evaluate_readers(folder, lambda mol, solvent: predictor.predict_in([mol], solvent)[0]):
            pairs.append(pair)
            advance(len(pairs), None)
    return {"totals": readers.reading_totals(pairs), "pairs": [asdict(pair) for pair in pairs]}


def evaluate_digitising(folder: Path, *, progress: ProgressFactory = no_progress) -> list[dict[str, Any]]:
    """How well plots of measured spectra, in the styles of the usual programs, are read back: figures per style.

    Raises
    ------
    DatasetError
        If ``folder`` holds no manifest.
    """
    from specmol_core.evaluation.readers import reading as readers

    with progress("plotting and reading") as advance:
        return readers.digitising_figures(folder, advance)
