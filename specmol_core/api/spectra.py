"""Inspect a spectrum, and measure how well spectra are read."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from specmol_core.errors import UsageError
from specmol_core.options import Window
from specmol_core.progress import ProgressFactory, no_progress

if TYPE_CHECKING:
    from specmol_core.spectra.readers.source import SourceFiles
    from specmol_core.spectra.spectrum import Nucleus, Spectrum

__all__ = [
    "evaluate_digitising",
    "evaluate_readers",
    "evaluate_vendor_files",
    "holds_vendor_files",
    "inspect_spectrum",
    "read_spectrum",
    "read_spectrum_from",
]


def read_spectrum(
    source: Path | str, nucleus: Nucleus, window: Window | None = None, *, solvent: str | None = None
) -> Spectrum:
    """Read one spectrum of any known format; the content decides which, not the file name.

    Parameters
    ----------
    source
        The file. A text is the path of a file, a list of shifts, or the sentence of an experimental
        section.
    nucleus
        Nucleus that the spectrum is expected to show: "1H" or "13C".
    window
        Range that the file spans, high to low (ppm), where the file does not state it. If the file
        states none and this is None, it is 12.05 to -2 for 1H and 230 to -2 for 13C.
    solvent
        Solvent, by any usual name; it overrides the file.

    Raises
    ------
    SpectrumError
        If the file is unreadable, has an unknown format, is not a spectrum, or shows the other
        nucleus.
    UsageError
        If ``nucleus`` or ``solvent`` is unknown, or ``window`` does not run from high to low.

    Examples
    --------
    >>> spectrum = read_spectrum("1H NMR (400 MHz, CDCl3) δ 4.12 (q, 2H), 2.04 (s, 3H), 1.26 (t, 3H).", "1H")
    >>> spectrum.solvent, [peak.multiplicity for peak in spectrum.peaks]
    ('CDCl3', ['q', 's', 't'])
    """
    return read_spectrum_from(None, source, nucleus, window, solvent)


def read_spectrum_from(
    files: SourceFiles | None, source: Path | str, nucleus: Nucleus, window: Window | None, solvent: str | None
) -> Spectrum:
    """Return a spectrum as ``read_spectrum`` does; ``files`` keeps its file for the next row of an array.

    Raises
    ------
    SpectrumError, UsageError
        As ``read_spectrum``.
    """
    from specmol_core.spectra import read
    from specmol_core.spectra.geometry import Geometry
    from specmol_core.spectra.readers.sentence.inline import spectrum_source
    from specmol_core.spectra.spectrum import NUCLEI

    if nucleus not in NUCLEI:
        raise UsageError(f"nucleus {nucleus!r} is unknown; choose 1H or 13C")
    default_window = Geometry.h1_window if nucleus == "1H" else Geometry.c13_window
    return read.read_spectrum(spectrum_source(source), nucleus, window, default_window, solvent, files)


def inspect_spectrum(
    source: Path | str,
    nucleus: Nucleus | None = None,
    *,
    window: Window | None = None,
    solvent: str | None = None,
    plot: Path | None = None,
    progress: ProgressFactory = no_progress,
) -> dict[str, Any]:
    """Return the conditions, lines, signals and warnings of a spectrum as plain values.

    Parameters
    ----------
    source
        A file; or, as text, the path of a file, a list of shifts, or the sentence of an experimental
        section.
    nucleus
        ``1H`` or ``13C``; None if the file states it.
    window
        Range of the spectrum, high to low (ppm), if the file does not state it.
    solvent
        Solvent, by any usual name; it overrides the file.
    plot
        PNG file for a drawing of the spectrum and its picked lines; None draws none.
    progress
        Called with the name of the task; returns a context whose value is called with the number done
        and the total.

    Returns
    -------
    dict
        The keys ``source``, ``nucleus``, ``frequency_mhz``, ``solvent``, ``solvent_source`` (given, lines or
        file), ``solvent_found`` (whether its lines were found), ``range_ppm``, ``points``, ``referencing``,
        ``noise``, ``peaks`` (``ppm``, ``height``, ``width_hz``, ``multiplicity``, ``kind``: compound, solvent or
        impurity, ``reason``), ``signals`` of a 1H spectrum (``ppm``, ``integral``, ``multiplicity``,
        ``couplings_hz``) and ``warnings``.

    Raises
    ------
    UsageError
        If the nucleus or the solvent is unknown, or the file does not state its nucleus and none is given.
    SpectrumError
        If the file is not a spectrum.
    OutputError
        If the drawing cannot be written.

    Examples
    --------
    >>> inspection = inspect_spectrum("examples/spectra/sample_c13.jdx")
    >>> inspection["nucleus"], inspection["solvent"]
    ('13C', 'CDCl3')
    >>> [round(peak["ppm"], 1) for peak in inspection["peaks"] if peak["kind"] == "compound"][:3]
    [167.3, 161.3, 144.2]
    """
    from specmol_core.spectra.inspection.inspection import inspect_file
    from specmol_core.spectra.inspection.plot import write_inspection
    from specmol_core.spectra.readers.sentence.inline import spectrum_source

    with progress(f"reading {source}"):
        inspection = inspect_file(spectrum_source(source), nucleus, window, solvent)
    if plot is not None:
        write_inspection(plot, inspection)
    return inspection.as_dict()


def evaluate_readers(
    folder: Path,
    *,
    weights: Path | None = None,
    progress: ProgressFactory = no_progress,
) -> dict[str, Any]:
    """Measure how well spectra of known structures are read: totals, and one entry per pair.

    Parameters
    ----------
    folder
        Folder with ``manifest.json`` and the spectra that it lists.
    weights
        Checkpoint of the shift predictor; the shipped one if None.

    Raises
    ------
    DatasetError, CheckpointError
        If there is no manifest, or the predictor is unusable.
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


def holds_vendor_files(folder: Path) -> bool:
    """Return whether a folder holds files of the table of vendor files, and no manifest of measured pairs."""
    from specmol_core.evaluation.readers import vendor_files

    return vendor_files.holds_vendor_files(folder)


def evaluate_vendor_files(folder: Path, *, progress: ProgressFactory = no_progress) -> dict[str, Any]:
    """Measure how files of vendors, programs and authors are read, against a table of what they hold.

    Returns
    -------
    dict
        ``formats``: for each format and for all ``format``, ``files``, ``right`` and ``right_share``;
        ``files``: for each file ``path``, ``format`` and ``faults``, empty if it is read right.

    Raises
    ------
    DatasetError
        If the folder holds no file of the table.
    """
    from specmol_core.evaluation.readers import vendor_files
    from specmol_core.retrieval.models import load_model

    rank_truth = vendor_files.truth_ranker(load_model(None, None, "cpu"))
    results = []
    with progress("reading") as advance:
        for result in vendor_files.evaluate_vendor_files(folder, rank_truth):
            results.append(result)
            advance(len(results), None)
    return {"formats": vendor_files.vendor_totals(results), "files": [asdict(result) for result in results]}


def evaluate_digitising(folder: Path, *, progress: ProgressFactory = no_progress) -> list[dict[str, Any]]:
    """Measure how well plots of measured spectra are digitised, in the styles of the usual programs.

    Returns one entry of figures per style.

    Raises
    ------
    DatasetError
        If ``folder`` has no manifest.
    """
    from specmol_core.evaluation.readers import reading as readers

    with progress("plotting and reading") as advance:
        return readers.digitising_figures(folder, advance)
