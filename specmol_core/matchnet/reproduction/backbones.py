"""The frozen image networks of the paper's systems, all pretrained alike, and their features of one dataset."""

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
"""The system whose ResNet-50 has seen photographs, and no spectrum."""
_EQUIVALENT_NETWORKS = {"resnet50": "resnet101"}
"""Networks that differ in blocks alone which the pretraining leaves the identity: the same network comes out."""
_ProgressCallback = Callable[[str, int, int], None]


class PaperBackbone(NamedTuple):
    """A frozen network, where its features are, and what the result files say of it."""

    network: Backbone
    file: Path
    features: Path
    record: dict[str, object]


def trained_model_name(system: str) -> str:
    """Name of the model that a system is trained as."""
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
    """The backbone of a system and its features of the dataset, made or completed where needed.

    Parameters
    ----------
    shifts
        Tables whose molecules' spectra the backbone learns from.
    exclude
        Pair tables whose structures it must not see.
    folder
        Receives ``backbones`` and ``features``.
    imagenet
        Weights of a ResNet-50 of the first version, trained on photographs.
    progress_callback
        Hears what is done, and how much of how much.

    Raises
    ------
    UsageError
        If the weights of photographs are needed and not given.
    SpecmolError
        If a file is unusable or cannot be written.
    """
    architecture = variant(trained_model_name(system)).backbone
    name = IMAGENET if system == IMAGENET else _EQUIVALENT_NETWORKS.get(architecture, architecture)
    backbone_folder, record = folder / "backbones" / name, {"name": architecture, "rows": config.rows}
    file, geometry = backbone_folder / BACKBONE_FILE, Geometry()
    if system == IMAGENET:
        if imagenet is None:
            raise UsageError(f"{IMAGENET} needs the weights of a ResNet-50; give them by --imagenet FILE.safetensors")
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
    # Other runs that train on these features hold them open for reading, and then nobody can open them to write.
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
