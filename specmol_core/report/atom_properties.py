"""An assignment as atom properties in the tags of an SDF record."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from specmol_core.matcher.assignment import Assignment

__all__ = ["assignment_tags"]

_MISSING_VALUE = "n/a"
_PROPERTIES = {
    "observed": "ppm",
    "predicted": "predicted_ppm",
    "deviation": "deviation",
    "deviation_in_uncertainties": "deviation_in_uncertainties",
}


def assignment_tags(smiles: str, assignment: Assignment) -> dict[str, str]:
    """Return the tags of an SDF record whose atoms are in the order of ``smiles``.

    ``atom.dprop.<nucleus>_<name>`` has one number per atom, in RDKit's format of atom properties; "n/a"
    means no value. The properties are observed shift, predicted shift and deviation (ppm), and the
    deviation in uncertainties. If an atom has several protons, the number is their mean. The tag
    ``assignment`` is the whole assignment as JSON.
    """
    from rdkit import Chem, rdBase

    with rdBase.BlockLogs():  # RDKit warns of a lone proton of a salt
        count = Chem.MolFromSmiles(smiles).GetNumAtoms()
    tags = {"assignment": json.dumps([signal.as_dict() for signal in assignment.signals])}
    for nucleus in ("13C", "1H"):
        nucleus_signals = [s for s in assignment.signals if s.nucleus == nucleus]
        for name, attribute in _PROPERTIES.items():
            values: list[list[float]] = [[] for _ in range(count)]
            for signal in nucleus_signals:
                value = getattr(signal, attribute)
                for atom in signal.atoms if value is not None else ():
                    values[atom].append(value)
            cells = [f"{sum(v) / len(v):.4g}" if v else _MISSING_VALUE for v in values]
            tags[f"atom.dprop.{nucleus}_{name}"] = " ".join(cells)
    return tags
