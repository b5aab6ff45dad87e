from __future__ import annotations

import subprocess
import sys
from dataclasses import FrozenInstanceError, fields, is_dataclass

import pytest

from specmol_core import config
from specmol_core.matchnet.config import NetworkConfig, PretrainConfig, TrainConfig
from specmol_core.simulation.config import SimulationConfig
from specmol_core.spectra.geometry import Geometry

CLASSES = [getattr(config, name) for name in config.__all__]


def test_geometry_is_that_of_the_canonical_image() -> None:
    geometry = Geometry()

    assert geometry.size == 256
    for nucleus, high, low in (("1H", 12.05, -2.0), ("13C", 230.0, -2.0)):
        axis = geometry.axis(nucleus)
        assert (axis.high, axis.low, axis.points) == (high, low, 256)


def test_traces_and_images_have_the_same_windows() -> None:
    for nucleus in ("1H", "13C"):
        trace, image = SimulationConfig().axis(nucleus), Geometry().axis(nucleus)
        assert (trace.high, trace.low) == (image.high, image.low)
        assert trace.points == 2048


def test_training_follows_the_paper() -> None:
    paper = TrainConfig()

    assert (paper.learning_rate, paper.batch_size, paper.epochs) == (1e-4, 32, 100)
    assert (paper.model, paper.schedule, paper.encoder) == ("matchnet", "constant", "")


def test_network_has_all_parts_by_default() -> None:
    network = NetworkConfig()

    assert network.multi_scale_graph
    assert network.transformer_conv
    assert network.multi_scale_attention


def test_pretraining_trains_at_most_resnet_101() -> None:
    assert all(1 <= b <= m for b, m in zip(PretrainConfig().blocks, (3, 4, 23, 3), strict=True))


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_settings_are_frozen_and_have_defaults(kind: type) -> None:
    assert is_dataclass(kind)
    settings = kind()

    first = fields(settings)[0].name
    with pytest.raises(FrozenInstanceError):
        setattr(settings, first, None)
    assert settings == kind()


def test_every_class_is_public() -> None:
    defined = {n for n, v in vars(config).items() if is_dataclass(v) and v.__module__ == config.__name__}

    assert set(config.__all__) == defined


def test_importing_the_defaults_loads_no_heavy_module() -> None:
    code = (
        "import sys, specmol_core.config, specmol_core.errors\n"
        "print([m for m in ('numpy', 'torch', 'rdkit') if m in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
