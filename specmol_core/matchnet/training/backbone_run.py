"""Backbones on disk: pretraining from tables of shifts, and the backbone that a run freezes."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from specmol_core.errors import CheckpointError, DatasetError, UsageError
from specmol_core.matchnet.config import PretrainConfig
from specmol_core.matchnet.data.pair_table import read_pair_table
from specmol_core.matchnet.features.architectures import ARCHITECTURES
from specmol_core.matchnet.features.backbone import FORMAT, Backbone, imagenet_backbone, load_backbone, save_backbone
from specmol_core.matchnet.network.variants import variant
from specmol_core.matchnet.training.pretrain import Molecule, PretrainResult, pretrain
from specmol_core.molecules.without_stereo import constitution_of_smiles, constitution_smiles
from specmol_core.shifts.table import read_shift_table
from specmol_core.shipped import shipped_weights
from specmol_core.simulation.config import SimulationConfig
from specmol_core.spectra.geometry import Geometry
from specmol_core.storage.atomic import atomic_path, output_error
from specmol_core.storage.torch_weights import read_tensors

__all__ = [
    "BACKBONE_FILE",
    "check_backbone",
    "frozen_backbone",
    "make_folder",
    "pretrain_into",
    "pretraining_molecules",
]

BACKBONE_FILE = "backbone.safetensors"
"""File name of a backbone in the folder of a run and among the shipped weights."""


def make_folder(folder: Path) -> None:
    """Create the folder of a run.

    Raises
    ------
    OutputError
        If it cannot be created.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise output_error(folder, error) from error


def pretraining_molecules(shifts: Sequence[Path], exclude: Sequence[Path]) -> list[Molecule]:
    """Return the molecules of shift tables with shifts of both nuclei.

    Structures in the pair tables of ``exclude`` are omitted, whatever their stereochemistry.

    Raises
    ------
    DatasetError
        If a table is unusable, or no molecule is left.
    """
    rows = [row for table in exclude for row in read_pair_table(table)]
    texts = {text for row in rows for text in (row.candidate, row.spectrum) if text}
    excluded = {constitution_of_smiles(text) for text in texts}
    molecules = [
        (smiles, found)
        for table in shifts
        for smiles, mol, found in read_shift_table(table)
        if mol is not None and found.c13 and found.h1 and constitution_smiles(mol) not in excluded
    ]
    if not molecules:
        raise DatasetError(
            shifts[0], "holds no molecule with 1H and 13C shifts that is not excluded; give another table"
        )
    return molecules


def pretrain_into(
    shifts: Sequence[Path],
    output: Path,
    config: PretrainConfig,
    geometry: Geometry,
    simulation: SimulationConfig,
    *,
    exclude: Sequence[Path] = (),
    start: Path | None = None,
    resume: bool = False,
    report: Callable[[dict[str, Any]], None] = lambda line: None,
) -> PretrainResult:
    """Pretrain a backbone and write it into a folder.

    The parameters are those of ``pretrain`` and ``pretraining_molecules``.

    Raises
    ------
    DatasetError, CheckpointError, OutputError
        If a table or a backbone is unusable, or the folder cannot be written.
    """
    molecules = pretraining_molecules(shifts, exclude)
    make_folder(output)
    backbone, result = pretrain(
        molecules, config, geometry, simulation, output, start=start, resume=resume, report=report
    )
    notes: dict[str, object] = {
        "config": asdict(config),
        "geometry": asdict(geometry),
        "molecules": len(molecules),
        "losses": result.losses,
        "started_from": None if start is None else start.name,
    }
    save_backbone(output / BACKBONE_FILE, backbone, notes, quantise=True)
    return result


def frozen_backbone(folder: Path, backbone: Path | None, weights: str | None, device: str) -> Backbone:
    """Return the backbone that a run freezes.

    A backbone that is not the shipped one is copied into the folder of the run, beside its
    checkpoint.

    Parameters
    ----------
    folder
        Folder of the run.
    backbone
        File written by a pretraining; None uses the shipped backbone.
    weights
        Alternative to ``backbone``: ``imagenet`` for torchvision's download, or a safetensors file
        of ResNet-101.
    device
        Device on which the backbone runs.

    Raises
    ------
    UsageError
        If both are given.
    CheckpointError
        If the file is unusable.
    OutputError
        If the folder cannot be written.
    """
    if backbone is not None and weights is not None:
        raise UsageError("--backbone and --backbone-weights exclude each other; give one")
    run_file = folder / BACKBONE_FILE
    if weights is not None:
        loaded = imagenet_backbone(None if weights == "imagenet" else Path(weights))
        if not run_file.exists():
            save_backbone(run_file, loaded, {"weights": weights, "source": loaded.id}, quantise=False)
        elif read_tensors(run_file, FORMAT)[1].get("notes", {}).get("source") != loaded.id:
            raise CheckpointError(run_file, f"differs from {weights}, given for this run; choose another folder")
    elif backbone is not None:
        _copy_backbone(backbone, run_file)
    return load_backbone(run_file if run_file.exists() else shipped_weights() / BACKBONE_FILE, device)


def check_backbone(backbone: Backbone, model: str) -> None:
    """Check that a model can use the feature maps of a backbone.

    Raises
    ------
    UsageError
        If the number of channels differs.
    """
    architecture = variant(model).backbone
    if backbone.channels != ARCHITECTURES[architecture].channels:
        raise UsageError(
            f"{model} needs feature maps of {architecture}, the backbone is a {backbone.architecture}; pretrain one "
            f"with 'specmol matchnet pretrain --architecture {architecture}' and give it with --backbone"
        )


def _copy_backbone(source: Path, run_file: Path) -> None:
    """Copy a backbone into the folder of a run, unless the folder holds the same one.

    Raises
    ------
    CheckpointError
        If the file is unusable, or the folder holds another backbone.
    """
    source_id = load_backbone(source).id
    if run_file.exists():
        if load_backbone(run_file).id != source_id:
            raise CheckpointError(run_file, f"differs from {source}, given for this run; choose another folder")
        return
    with atomic_path(run_file) as temporary:
        shutil.copyfile(source, temporary)
