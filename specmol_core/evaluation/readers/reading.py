"""Evaluate how well measured spectra of known structures are read, from files and from images."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rdkit import Chem

from specmol_core.errors import SpecmolError, SpectrumError
from specmol_core.evaluation.measured.raw_pairs import manifest_entries
from specmol_core.evaluation.readers.digitising import DigitisingErrors, digitising_errors
from specmol_core.evaluation.readers.line_recall import LineMatches, expected_carbon_lines, match_lines
from specmol_core.evaluation.readers.plot_styles import STYLES
from specmol_core.shifts.atoms import AtomShifts
from specmol_core.spectra.analysis.mask import mask_contaminants
from specmol_core.spectra.analysis.quality_checks import is_coupled
from specmol_core.spectra.analysis.recognise import LineRecognition, recognise
from specmol_core.spectra.geometry import Geometry
from specmol_core.spectra.read import read_spectrum
from specmol_core.spectra.readers.source import NucleusError
from specmol_core.spectra.reference.solvents import solvent_named
from specmol_core.spectra.spectrum import Nucleus, Spectrum

__all__ = [
    "PairReadResult",
    "Predict",
    "SpectrumReadResult",
    "digitising_figures",
    "evaluate_readers",
    "reading_totals",
]

Predict = Callable[[Chem.Mol, str], AtomShifts]
"""Returns the shifts of a molecule in a solvent."""

_OTHER_NUCLEUS: dict[Nucleus, Nucleus] = {"1H": "13C", "13C": "1H"}
_NUCLEUS_KEYS: tuple[tuple[str, Nucleus], ...] = (("h1", "1H"), ("c13", "13C"))


@dataclass(frozen=True)
class SpectrumReadResult:
    """Result of reading one spectrum of a pair."""

    path: str
    nucleus: Nucleus
    failure: str
    """Why the file could not be read; empty if it was read."""
    nucleus_is_right: bool
    """Whether the file was accepted as its own nucleus and refused as the other one."""
    solvent: str | None
    """The recognised solvent; if none was recognised, the stated one."""
    has_solvent_lines: bool
    """Whether solvent lines were recognised."""
    stated_solvent: str
    """Solvent name in the manifest, which comes from the file."""

    @property
    def contradicts_file(self) -> bool:
        """Whether the recognised solvent differs from the stated one."""
        stated = solvent_named(self.stated_solvent)
        return self.has_solvent_lines and (stated is None or stated.name != self.solvent)


@dataclass(frozen=True)
class PairReadResult:
    """Result of reading both spectra of one compound, and of matching its 13C lines."""

    compound: str
    smiles: str
    files: tuple[SpectrumReadResult, ...]
    lines: LineMatches | None
    """None if the 13C spectrum could not be read or the shifts could not be predicted."""


def evaluate_readers(folder: Path, predict: Predict) -> Iterator[PairReadResult]:
    """Read each pair of a manifest, and match the compound's 13C lines with the predicted ones.

    Parameters
    ----------
    folder
        The manifest, or the folder that contains ``manifest.json``; see ``raw_pairs``.
    predict
        The shift predictor.

    Raises
    ------
    DatasetError
        If the manifest is missing or malformed.
    """
    manifest = folder / "manifest.json" if folder.is_dir() else folder
    for entry in manifest_entries(manifest):
        files, findings = [], None
        for key, nucleus in _NUCLEUS_KEYS:
            path = manifest.parent / entry[key]["path"]
            file, spectrum, recognised = _read_file(path, nucleus, str(entry[key].get("solvent", "")))
            files.append(file)
            if nucleus == "13C" and spectrum is not None and recognised is not None:
                findings = (spectrum, recognised)
        lines = _match_compound_lines(entry["smiles"], *findings, predict) if findings else None
        yield PairReadResult(str(entry.get("compound", entry["smiles"])), entry["smiles"], tuple(files), lines)


def _read_file(
    path: Path, nucleus: Nucleus, stated_solvent: str
) -> tuple[SpectrumReadResult, Spectrum | None, LineRecognition | None]:
    try:
        spectrum = _read_as(path, nucleus)
    except SpecmolError as error:
        return SpectrumReadResult(str(path), nucleus, str(error), False, None, False, stated_solvent), None, None
    nucleus_is_right = False
    try:
        _read_as(path, _OTHER_NUCLEUS[nucleus])
    except NucleusError as error:
        nucleus_is_right = error.found_nucleus == nucleus
    except SpectrumError:
        nucleus_is_right = True
    findings = recognise(spectrum)
    return (
        SpectrumReadResult(
            str(path), nucleus, "", nucleus_is_right, findings.solvent, findings.has_solvent_lines, stated_solvent
        ),
        spectrum,
        findings,
    )


def _read_as(path: Path, nucleus: Nucleus) -> Spectrum:
    geometry = Geometry()
    return read_spectrum(path, nucleus, None, geometry.h1_window if nucleus == "1H" else geometry.c13_window)


def _match_compound_lines(
    smiles: str, spectrum: Spectrum, findings: LineRecognition, predict: Predict
) -> LineMatches | None:
    mol = Chem.MolFromSmiles(smiles)
    if mol is None:
        return None
    try:
        shifts = predict(mol, findings.solvent or "CDCl3")
    except ValueError:  # the predictor does not support an element or the size
        return None
    axis_shift_ppm = mask_contaminants(spectrum, recognition=findings)[0].axis.high - spectrum.axis.high
    picked = [line.peak.ppm + axis_shift_ppm for line in findings.of_kind("compound")]
    decoupled = not is_coupled(spectrum, findings)
    return match_lines(expected_carbon_lines(mol, shifts, spectrum.frequency_mhz or 100.0, decoupled=decoupled), picked)


def reading_totals(pairs: list[PairReadResult]) -> dict[str, Any]:
    """Return totals over pairs: files, files read, right nuclei, solvents, and 13C lines."""
    files = [file for pair in pairs for file in pair.files]
    lines = [pair.lines for pair in pairs if pair.lines is not None]
    differences_ppm = [difference for m in lines for difference in m.differences]
    expected, picked = sum(m.expected for m in lines), sum(m.picked for m in lines)
    return {
        "pairs": len(pairs),
        "files": len(files),
        "read": sum(not file.failure for file in files),
        "nucleus_is_right": sum(file.nucleus_is_right for file in files),
        "solvent_seen": sum(file.has_solvent_lines for file in files),
        "solvent_contradicts_file": sum(file.contradicts_file for file in files),
        "compared": len(lines),
        "c13_expected": expected,
        "c13_found": sum(m.found for m in lines),
        "c13_found_share": sum(m.found for m in lines) / expected if expected else None,
        "c13_median_difference_ppm": float(np.median(differences_ppm)) if differences_ppm else None,
        "c13_picked": picked,
        "c13_spurious": sum(len(m.spurious) for m in lines),
        "c13_spurious_share": sum(len(m.spurious) for m in lines) / picked if picked else None,
    }


def digitising_figures(
    folder: Path, advance: Callable[[int, int], None] = lambda done, total: None
) -> list[dict[str, Any]]:
    """Plot each spectrum of a manifest in every style, read the images, return figures per style.

    ``median_shift_error`` is over the recovered lines, as a fraction of the axis span. ``refused``
    counts images that the reader refused with a reason, ``axis_wrong`` images that were read with a
    wrong axis without an error.

    Raises
    ------
    DatasetError
        If the manifest is missing or malformed.
    """
    manifest = folder / "manifest.json" if folder.is_dir() else folder
    entries = manifest_entries(manifest)
    errors: dict[str, list[DigitisingErrors]] = {style.name: [] for style in STYLES}
    for number, entry in enumerate(entries):
        for key, nucleus in _NUCLEUS_KEYS:
            try:
                spectrum = _read_as(manifest.parent / entry[key]["path"], nucleus)
            except SpecmolError:
                continue
            for style in STYLES:
                errors[style.name].append(digitising_errors(spectrum, style, smiles=entry["smiles"], seed=number))
        advance(number + 1, len(entries))
    return [_style_figures(name, style_errors) for name, style_errors in errors.items() if style_errors]


def _style_figures(name: str, errors: list[DigitisingErrors]) -> dict[str, Any]:
    shifts = np.concatenate([e.shifts for e in errors])
    recovered = shifts[np.isfinite(shifts)]
    return {
        "style": name,
        "images": len(errors),
        "axis_right": sum(e.axis_is_right for e in errors),
        "axis_right_share": sum(e.axis_is_right for e in errors) / len(errors),
        "refused": sum(bool(e.failure) for e in errors),
        "axis_wrong": sum(e.axis_is_wrong for e in errors),
        "median_shift_error": float(np.median(recovered)) if recovered.size else None,
        "lines_found_share": float(np.isfinite(shifts).mean()) if shifts.size else None,
        "seconds": float(np.mean([e.seconds for e in errors])),
    }
