"""Candidates for the unknown compound of a series; part of ``specmol_core.api``."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from specmol_core.api.ranking import rank
from specmol_core.config import RankConfig
from specmol_core.errors import SpectrumError, UsageError
from specmol_core.options import RankOptions, SpectrumOptions

if TYPE_CHECKING:
    from specmol_core.mixtures.fitter import MixtureFitter
    from specmol_core.mixtures.species import Species
    from specmol_core.monitoring.items import SeriesItem
    from specmol_core.monitoring.unknowns import UnknownCompound
    from specmol_core.spectra.spectrum import Nucleus

__all__ = ["candidates_of"]

_CANDIDATES = 3


def candidates_of(
    unknown: UnknownCompound,
    rows: Sequence[Mapping[str, Any]],
    items: Mapping[str, SeriesItem],
    fitter: MixtureFitter,
    library: Path | str,
    solvent: str | None,
) -> tuple[tuple[tuple[str, str, float], ...], list[str]]:
    """Return name, SMILES and probability of the best candidates for an unknown compound, and notes.

    The spectrum in which it is largest is ranked, with the species of the series as known compounds.
    Signals of the unknown may lie under theirs, or be too weak to be seen; a list of its signals does
    not tell that. The list is ranked where the spectrum is gone or leaves nothing, and a note says so.

    Parameters
    ----------
    rows
        Lines of the series without error.
    items
        The spectra by their keys.

    Raises
    ------
    SpecmolError
        If the library cannot be read.
    """
    known = _known(fitter.species, fitter.nucleus)
    largest = str(rows[int(np.argmax(unknown.course))]["spectrum"])
    try:
        if largest not in items:
            raise SpectrumError(largest, "is gone")
        return _best(str(items[largest].path), library, fitter.nucleus, solvent, known), []
    except (SpectrumError, UsageError) as error:
        note = f"candidates are ranked by the list of the unknown's signals alone, which is less sure: {error}"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "unknown.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([("ppm", "intensity"), *zip(unknown.ppm, unknown.areas, strict=True)])
        return _best(str(path), library, fitter.nucleus, solvent, ()), [note]


def _best(
    path: str, library: Path | str, nucleus: Nucleus, solvent: str | None, known: tuple[str, ...]
) -> tuple[tuple[str, str, float], ...]:
    from specmol_core.mixtures.suppressed import stated_solvent

    h1, c13 = (path, None) if nucleus == "1H" else (None, path)
    options, reading = RankOptions(RankConfig(top=_CANDIDATES), known=known), stated_solvent(solvent, nucleus)
    result = rank(h1, c13, library, options, spectra=SpectrumOptions(solvent=reading))
    return tuple((c.name, c.smiles, c.probability) for c in result.candidates)


def _known(species: Sequence[Species], nucleus: Nucleus) -> tuple[str, ...]:
    """Return the molecules and ions of the species that a spectrum can show."""
    from specmol_core.mixtures.species import Species as Part

    parts = dict.fromkeys(part for one in species for part in one.smiles.split("."))
    return tuple(part for part in parts if Part(part, part).nuclei(nucleus))
