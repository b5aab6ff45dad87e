"""The structure of a candidate, each atom on a disc that shows how well its shifts agree."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem, rdBase
from rdkit.Chem import rdDepictor
from rdkit.Chem.Draw import rdMolDraw2D

from specmol_core.drawing.canvas import Canvas
from specmol_core.matcher.assignment import AssignedSignal
from specmol_core.report.explain.colours import INK, deviation_colour

__all__ = ["atom_deviations", "draw_structure"]

_BOND_LENGTH = 46
"""Length of a bond if there is room (units)."""
_LINE_WIDTH = 1.4
_NOTE_SCALE = 0.62
"""Size of the numbers of atoms against that of their symbols."""
_FONT_SIZES = (9, 17)
"""Smallest and largest size of the symbols of atoms (units)."""
_DISC_RADIUS = 0.34
"""Radius of a disc in lengths of a bond."""
_NO_SIGNAL_DISC_SCALE = 0.6
"""Radius of a grey disc relative to the others, so that it differs not only in colour."""


def atom_deviations(signals: Sequence[AssignedSignal]) -> dict[int, float]:
    """Return for each atom with a signal its largest absolute deviation (predicted uncertainties)."""
    largest: dict[int, float] = {}
    for signal in signals:
        if (deviation := signal.deviation_in_uncertainties) is not None:
            largest.update((atom, max(largest.get(atom, 0.0), deviation, key=abs)) for atom in signal.atoms)
    return largest


def draw_structure(
    canvas: Canvas,
    smiles: str,
    signals: Sequence[AssignedSignal],
    corner: tuple[float, float],
    size: tuple[float, float],
) -> None:
    """Draw a structure into a part of the sheet.

    Carbons and all atoms with a line are numbered from 1 in the order of the SMILES. An atom with a
    predicted line that is not observed has a dashed ring.

    Raises
    ------
    ValueError
        If RDKit cannot parse the SMILES, or a signal is assigned to an atom that it lacks.
    """
    mol, heavy = _molecule(smiles)
    assigned_atoms = {atom for signal in signals for atom in signal.atoms}
    if max(assigned_atoms, default=-1) >= len(heavy):
        raise ValueError(f"a signal has atom {max(assigned_atoms) + 1}, but {smiles} has {len(heavy)} heavy atoms")
    for number, at in enumerate(heavy):
        atom = mol.GetAtomWithIdx(at)
        if atom.GetAtomicNum() == 6 or number in assigned_atoms:
            atom.SetProp("atomNote", str(number + 1))
    drawer = canvas.drawer(*size)
    _configure_drawing(drawer.drawOptions(), canvas.scale)
    drawer.DrawMolecule(mol)
    drawer.FinishDrawing()
    coordinates = np.array([[*drawer.GetDrawCoords(at)] for at in range(mol.GetNumAtoms())]) / canvas.scale + corner
    _draw_discs(canvas, coordinates[heavy], _DISC_RADIUS * _bond_length(mol, coordinates), signals)
    canvas.place(drawer, corner)


def _draw_discs(
    canvas: Canvas, coordinates: NDArray[np.float64], radius: float, signals: Sequence[AssignedSignal]
) -> None:
    """Draw a disc at the position of each heavy atom (atoms, 2)."""
    deviations = atom_deviations(signals)
    missing = {atom for signal in signals if signal.ppm is None for atom in signal.atoms}
    for number, (x, y) in enumerate(coordinates.tolist()):
        largest = deviations.get(number)
        canvas.circle(
            (x, y), radius * (_NO_SIGNAL_DISC_SCALE if largest is None else 1.0), fill=deviation_colour(largest)
        )
        if number in missing:
            canvas.circle((x, y), radius, outline=INK, dashed=True)


def _molecule(smiles: str) -> tuple[Chem.Mol, list[int]]:
    """Return the molecule with 2D coordinates, and the index in it of each heavy atom of the SMILES."""
    with rdBase.BlockLogs():  # RDKit warns of a lone proton of a salt
        mol = Chem.MolFromSmiles(smiles)
    if mol is None or not mol.GetNumAtoms():
        raise ValueError(f"RDKit does not read the SMILES of a candidate: {smiles}")
    rdDepictor.Compute2DCoords(mol, canonOrient=True)
    heavy = [atom.GetIdx() for atom in mol.GetAtoms() if atom.GetAtomicNum() > 1]
    return rdMolDraw2D.PrepareMolForDrawing(mol), heavy


def _configure_drawing(options: Any, scale: float) -> None:
    """Set black lines on a transparent background; sizes in RDKit are in pixels."""
    options.useBWAtomPalette()
    options.prepareMolsBeforeDrawing = False
    options.clearBackground = False
    options.setAnnotationColour(tuple(part / 255 for part in INK))
    options.setAtomNoteColour(tuple(part / 255 for part in INK))
    options.fixedBondLength = _BOND_LENGTH * scale
    options.bondLineWidth = _LINE_WIDTH * scale
    options.minFontSize, options.maxFontSize = (round(size * scale) for size in _FONT_SIZES)
    options.annotationFontScale = _NOTE_SCALE
    options.padding = 0.04


def _bond_length(mol: Chem.Mol, coordinates: NDArray[np.float64]) -> float:
    ends = [(bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()) for bond in mol.GetBonds()]
    return (
        float(np.mean([np.hypot(*(coordinates[a] - coordinates[b])) for a, b in ends])) if ends else float(_BOND_LENGTH)
    )
