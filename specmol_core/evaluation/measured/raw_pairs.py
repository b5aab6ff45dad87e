"""Read measured pairs of known structure, as listed in a manifest beside the original files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rdkit import Chem

from specmol_core.errors import DatasetError, SpecmolError
from specmol_core.molecules.smiles_guard import SmilesGuard
from specmol_core.molecules.without_stereo import constitution_of_smiles
from specmol_core.spectra.geometry import Geometry
from specmol_core.spectra.read import read_spectrum
from specmol_core.spectra.spectrum import Nucleus, Spectrum
from specmol_core.storage.checked_json import read_json
from specmol_core.storage.plain_text import plain_text

__all__ = ["RawPair", "SpectrumLoader", "manifest_entries", "read_raw_pairs"]

SpectrumLoader = Callable[[Path, Nucleus], Spectrum]
_MAX_MANIFEST_BYTES = 16 << 20
_MAX_NAME_LENGTH = 200
_NUCLEUS_KEYS: tuple[tuple[str, Nucleus], ...] = (("h1", "1H"), ("c13", "13C"))


@dataclass(frozen=True)
class RawPair:
    """Both measured spectra of one compound."""

    compound: str
    group: str
    """SMILES without stereochemistry. Spectra of one constitution, such as enantiomers, form a
    group."""
    smiles: str
    source: str
    """Name of the data set."""
    spectra: dict[Nucleus, Spectrum]
    """The 1H and the 13C spectrum."""


def load_spectrum(path: Path, nucleus: Nucleus) -> Spectrum:
    """Read a spectrum over the full range of its file."""
    geometry = Geometry()
    return read_spectrum(path, nucleus, None, geometry.h1_window if nucleus == "1H" else geometry.c13_window)


def read_raw_pairs(
    path: Path, load: SpectrumLoader = load_spectrum, advance: Callable[[int, int], None] = lambda done, total: None
) -> tuple[list[RawPair], list[str]]:
    """Return the pairs of a manifest, and one message for each pair that could not be read.

    The manifest is a JSON list of ``{"compound", "smiles", "dataset", "h1": {"path", "solvent"},
    "c13": {...}}`` with paths relative to it.

    Parameters
    ----------
    path
        The manifest, or the folder that holds ``manifest.json``.

    Raises
    ------
    DatasetError
        If the manifest is missing or malformed, or none of its pairs can be read.
    """
    manifest = path / "manifest.json" if path.is_dir() else path
    entries = manifest_entries(manifest)
    pairs, skipped = [], []
    for number, entry in enumerate(entries, 1):
        try:
            pairs.append(_pair(manifest, entry, load))
        except (SpecmolError, ValueError) as error:
            skipped.append(f"{entry.get('compound', f'entry {number}')}: {error}")
        advance(number, len(entries))
    if not pairs:
        raise DatasetError(manifest, f"none of its {len(entries)} pairs can be read; the first: {skipped[0]}")
    return pairs, skipped


def manifest_entries(manifest: Path) -> list[dict[str, Any]]:
    """Return the checked entries of a manifest; see ``read_raw_pairs``.

    Raises
    ------
    DatasetError
        If the manifest is missing or malformed.
    """
    entries = read_json(manifest, "give a manifest.json or the folder that holds one", max_bytes=_MAX_MANIFEST_BYTES)
    required_keys = {"smiles", "h1", "c13"}
    if not isinstance(entries, list) or not entries:
        raise DatasetError(manifest, "is not a list of pairs; give objects with compound, smiles, h1 and c13")
    with SmilesGuard() as guard:
        for number, entry in enumerate(entries, 1):
            if not isinstance(entry, dict) or not required_keys <= set(entry):
                raise DatasetError(manifest, f"entry {number} lacks one of {', '.join(sorted(required_keys))}")
            if fault := _entry_fault(entry, guard):
                raise DatasetError(manifest, f"entry {number}: {fault}")
            for key in ("compound", "dataset"):
                if key in entry:
                    entry[key] = plain_text(str(entry[key]))[:_MAX_NAME_LENGTH]
    return entries


def _entry_fault(entry: dict[str, Any], guard: SmilesGuard) -> str:
    for key, _ in _NUCLEUS_KEYS:
        path = entry[key].get("path") if isinstance(entry[key], dict) else None
        if not isinstance(path, str) or "\0" in path:
            return f"{key} has no path; give the spectrum's path as a string"
    if not isinstance(entry["smiles"], str):
        return "its smiles is not a text; give the SMILES of the compound"
    if not guard.allows(entry["smiles"]):
        return "RDKit needs too much time or memory for its SMILES; remove the entry"
    return ""


def _pair(manifest: Path, entry: dict[str, Any], load: SpectrumLoader) -> RawPair:
    smiles = str(entry["smiles"])
    group = constitution_of_smiles(smiles)
    if group is None or Chem.MolFromSmiles(smiles) is None:
        raise ValueError(f"{smiles!r} is not a valid SMILES")
    spectra: dict[Nucleus, Spectrum] = {}
    for key, nucleus in _NUCLEUS_KEYS:
        spectrum = load(manifest.parent / entry[key]["path"], nucleus)
        if spectrum.frequency_mhz is None:
            raise ValueError(f"{spectrum.source} does not state its frequency")
        spectra[nucleus] = spectrum
    return RawPair(str(entry.get("compound", group)), group, smiles, str(entry.get("dataset", "")), spectra)
