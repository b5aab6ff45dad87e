"""Assignment of structures to the training, validation and test splits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from specmol_core.errors import DatasetError
from specmol_core.matchnet.data.pair_table import read_pair_table
from specmol_core.molecules.without_stereo import constitution_of_smiles
from specmol_core.simulation.dataset.dataset import SPLITS

__all__ = ["SplitMembership", "read_splits"]


@dataclass(frozen=True)
class SplitMembership:
    """Splits of structures, keyed by SMILES without stereochemistry."""

    split: Mapping[str, str]
    """Split of each true structure; test takes precedence over validation, and that over train."""
    false_pairs: tuple[tuple[str, str], ...]
    """Validation pairs with label 0: candidate, and structure of the spectra or empty string."""
    dropped: Counter[str]
    """Number of structures in another split, or unreadable by RDKit, by reason."""


def read_splits(tables: Mapping[str, Sequence[Path]]) -> SplitMembership:
    """Read the pair tables of each split.

    A structure is in a split if a row of its tables uses its spectra. A structure in several splits
    is assigned to the last of train, validation and test, so no structure is both trained on and
    evaluated.

    Raises
    ------
    DatasetError
        If a table is unreadable.
    """
    split: dict[str, str] = {}
    dropped: Counter[str] = Counter()
    false_pairs: dict[tuple[str, str], None] = {}
    for name in reversed(SPLITS):
        for path in tables.get(name, ()):
            rows = read_pair_table(path)
            truths = dict.fromkeys(row.spectrum for row in rows if row.spectrum)
            if rows and not truths:
                raise DatasetError(path, "no row has the label 1; a split needs positive pairs")
            _assign_split(split, dropped, name, truths)
            if name == "validation":
                pairs = (
                    (constitution_of_smiles(r.candidate), constitution_of_smiles(r.spectrum))
                    for r in rows
                    if not r.label
                )
                false_pairs.update(((a, b or ""), None) for a, b in pairs if a)
    return SplitMembership(split, tuple(false_pairs), dropped)


def _assign_split(split: dict[str, str], dropped: Counter[str], name: str, truths: Iterable[str]) -> None:
    for smiles in truths:
        nonisomeric = constitution_of_smiles(smiles)
        if nonisomeric is None:
            dropped[f"{name}: SMILES unreadable"] += 1
        elif split.setdefault(nonisomeric, name) != name:
            dropped[f"{name}: also in {split[nonisomeric]}"] += 1
