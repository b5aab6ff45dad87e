"""Frozen image networks of the paper's systems, and their features of one dataset."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from specmol_core.errors import DatasetError, UsageError
from specmol_core.matchnet.config import PaperConfig, PretrainConfig
from specmol_core.matchnet.features.backbone import Backbone, imagenet_backbone, load_backbone, save_backbone
from specmol_core.matchnet.features.store import FeatureStore
from specmol_core.matchnet.network.variants import variant
from specmol_core.matchnet.training.backbone_run import BACKBONE_FILE, make_folder, pretrain_into
from specmol_core.matchnet.training.extract import feature_rows, prepare_store
from specmol_core.simulation.config import SimulationConfig
from specmol_core.simulation.dataset.dataset import Dataset
from specmol_core.spectra.geometry import Geometry

__all__ = ["IMAGENET", "PaperBackbone", "paper_backbone", "trained_model_name"]

IMAGENET = "resnet50-imagenet"
"""System whose ResNet-50 is trained on photographs, not on spectra."""
_EQUIVALENT_NETWORKS = {"resnet50": "resnet101"}
"""Networks that are equal after pretraining.

They differ only in blocks that pretraining leaves as the identity.
"""
_ProgressCallback = Callable[[str, int, int], None]


class PaperBackbone(NamedTuple):
    """Frozen network, its file, the file of its features, and its record in the result files."""

    network: Backbone
    file: Path
    features: Path
    record: dict[str, object]


def trained_model_name(system: str) -> str:
    """Return the name of the model as which a system is trained."""
    return "resnet50" if system == IMAGENET else system


def paper_backbone(
    system: str,
    dataset: Dataset,
    shifts: Sequence[Path],
    exclude: Sequence[Path],
    folder: Path,
    config: PaperConfig,
    imagenet: Path | None,
    progress_callback: _ProgressCallback,
) -> PaperBackbone:
    """Return the backbone of a system and its features of the dataset, computing what is missing.

    Parameters
    ----------
    shifts
        Shift tables of the molecules whose simulated spectra the backbone is pretrained on.
    exclude
        Pair tables whose structures are excluded from pretraining.
    folder
        Folder that receives ``backbones`` and ``features``.
    imagenet
        Weights of a ResNet-50 of the first version, trained on photographs.
    progress_callback
        Called with a description, the number of finished steps, and their total.

    Raises
    ------
    UsageError
        If ``imagenet`` is needed and not given.
    SpecmolError
        If a file is unusable or cannot be written.
    """
    architecture = variant(trained_model_name(system)).backbone
    name = IMAGENET if system == IMAGENET else _EQUIVALENT_NETWORKS.get(architecture, architecture)
    backbone_folder, record = folder / "backbones" / name, {"name": architecture, "rows": config.rows}
    file, geometry = backbone_folder / BACKBONE_FILE, Geometry()
    if system == IMAGENET:
        if imagenet is None:
            raise UsageError(f"{IMAGENET} needs the weights of a ResNet-50; give them with --imagenet FILE.safetensors")
        record |= {"trained_on": "ImageNet photographs", "pictures": None}
        if not file.exists():
            backbone = imagenet_backbone(imagenet, architecture="resnet50-v1", rows=config.rows)
            make_folder(backbone_folder)
            save_backbone(file, backbone, {"weights": imagenet.name, "source": backbone.id}, quantise=False)
    else:
        steps = -(-config.pretrain_images // PretrainConfig.batch_size)
        settings = PretrainConfig(name, rows=config.rows, steps=steps)
        record |= {"trained_on": "simulated spectra", "pictures": steps * settings.batch_size}
        if not file.exists():
            pretrain_into(
                shifts,
                backbone_folder,
                settings,
                geometry,
                SimulationConfig(),
                exclude=exclude,
                resume=True,
                report=lambda line: progress_callback(f"{name}: pretraining", int(line["step"]), steps),
            )
    network = load_backbone(file)
    make_folder(folder / "features")
    features = folder / "features" / f"{name}.h5"
    # A complete store is not opened for writing, because other runs may hold it open for reading.
    if not _complete(features, dataset, network, geometry):
        prepare_store(
            features,
            dataset,
            network,
            geometry,
            progress=lambda done, total: progress_callback(f"{name}: features", done, total),
        )
    return PaperBackbone(network, file, features, record | {"id": network.id})


def _complete(features: Path, dataset: Dataset, network: Backbone, geometry: Geometry) -> bool:
    if not features.exists():
        return False
    with FeatureStore(features, backbone=network.id) as store:
        try:
            feature_rows(store, dataset, geometry)
        except DatasetError:
            return False
    return True
