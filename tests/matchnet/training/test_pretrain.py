from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from rdkit import Chem
from rdkit.Chem import MACCSkeys

from specmol_core.errors import CheckpointError
from specmol_core.matchnet.config import PretrainConfig
from specmol_core.matchnet.features.backbone import Backbone
from specmol_core.matchnet.training.pretrain import (
    STATE_FILE,
    ImageSource,
    PretrainingNetwork,
    PretrainingTargets,
    PretrainResult,
    initialise,
    losses,
    pretrain,
)
from specmol_core.shifts.atoms import AtomShifts
from specmol_core.simulation.config import SimulationConfig
from specmol_core.simulation.ranges import IDEAL
from specmol_core.spectra.geometry import Geometry
from specmol_core.storage.torch_weights import read_tensors, write_tensors

pytestmark = pytest.mark.slow

MOLECULES = [
    ("CCO", AtomShifts({0: 18.2, 1: 58.3}, {0: [1.2] * 3, 1: [3.7] * 2, 2: [4.5]})),
    ("CC(C)=O", AtomShifts({0: 30.8, 1: 206.7, 2: 30.8}, {0: [2.2] * 3, 2: [2.2] * 3})),
    ("c1ccccc1", AtomShifts(dict.fromkeys(range(6), 128.4), {i: [7.36] for i in range(6)})),
]
GEOMETRY, SIMULATION = Geometry(size=64), SimulationConfig(points=512)
CONFIG = PretrainConfig(blocks=(1, 1, 1, 1), rows=32, batch_size=4, steps=12, seed=3, checkpoint_seconds=1e9)
Weights = dict[str, torch.Tensor]


def go(folder: Path, config: PretrainConfig = CONFIG, **options: Any) -> tuple[Backbone, PretrainResult]:
    return pretrain(MOLECULES, config, GEOMETRY, SIMULATION, folder, **options)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Backbone, PretrainResult, list[dict[str, Any]]]:
    """An uninterrupted run."""
    folder, lines = tmp_path_factory.mktemp("whole"), list[dict[str, Any]]()
    return folder, *go(folder, report=lines.append), lines


@pytest.mark.slow
def test_the_loss_falls(whole: tuple[Path, Backbone, PretrainResult, list[dict[str, Any]]]) -> None:
    folder, backbone, result, lines = whole

    torch.manual_seed(CONFIG.seed)
    before = PretrainingNetwork(Backbone(CONFIG.blocks, rows=CONFIG.rows), GEOMETRY.size)
    initialise(before)
    after = PretrainingNetwork(Backbone(CONFIG.blocks, rows=CONFIG.rows), GEOMETRY.size)
    tensors = read_tensors(folder / STATE_FILE, None)[0]
    after.load_state_dict({k[6:]: v for k, v in tensors.items() if k.startswith("model.")})
    images, targets = ImageSource(MOLECULES, CONFIG, GEOMETRY, SIMULATION).batch(CONFIG.steps)

    with torch.inference_mode():
        high, low = (losses(reader.train()(images), targets) for reader in (before, after))

    for name in ("presence", "substructures"):
        assert low[name] < 0.95 * high[name], name
    assert [line["step"] for line in lines] == [10]
    assert (result.steps, result.images) == (12, 48)
    assert result.losses.keys() == low.keys()
    assert not backbone.training
    assert not any(p.requires_grad for p in backbone.parameters())


@pytest.mark.slow
def test_a_killed_run_resumes_to_the_same_weights(
    whole: tuple[Path, Backbone, PretrainResult, list[dict[str, Any]]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, backbone, result, _ = whole
    draw = ImageSource.batch

    def killed(self: ImageSource, step: int) -> tuple[torch.Tensor, PretrainingTargets]:
        if step == 2:
            raise KeyboardInterrupt
        return draw(self, step)

    with monkeypatch.context() as patch:
        patch.setattr(ImageSource, "batch", killed)
        with pytest.raises(KeyboardInterrupt):
            go(tmp_path, replace(CONFIG, checkpoint_seconds=0.0))
    torch.manual_seed(99)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        resumed, result_of_resumed = go(tmp_path, resume=True)

    state = resumed.state_dict()
    for name, value in backbone.state_dict().items():
        assert torch.equal(value, state[name]), name
    assert state["network.bn1.num_batches_tracked"] == 12
    assert result_of_resumed.losses == result.losses


def test_a_finished_run_is_not_trained_further(
    whole: tuple[Path, Backbone, PretrainResult, list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, backbone, result, _ = whole
    monkeypatch.setattr(ImageSource, "batch", None)

    resumed, resumed_result = go(folder, resume=True)

    assert torch.equal(resumed.network.conv1.weight, backbone.network.conv1.weight)
    assert (resumed_result.steps, resumed_result.losses) == (12, result.losses)


def test_a_run_can_start_from_the_weights_of_another(
    whole: tuple[Path, Backbone, PretrainResult, list[dict[str, Any]]], tmp_path: Path
) -> None:
    folder, backbone, _, _ = whole

    begun, result = go(tmp_path, replace(CONFIG, steps=0, seed=8), start=folder / STATE_FILE)

    state = begun.state_dict()
    for name, value in backbone.state_dict().items():
        assert torch.equal(value, state[name]), name
    assert result.steps == 0


@pytest.mark.slow
def test_states_of_other_runs_are_refused(
    whole: tuple[Path, Backbone, PretrainResult, list[dict[str, Any]]], tmp_path: Path
) -> None:
    folder = whole[0]
    tensors, header, _ = read_tensors(folder / STATE_FILE, None)
    fewer = {k: v for k, v in tensors.items() if k != "model.presence.bias"}
    write_tensors(tmp_path / "fewer", fewer, header, quantise=False)
    write_tensors(tmp_path / "foreign", {}, {"format": "specmol-backbone-1"}, quantise=False)

    with pytest.raises(CheckpointError, match="belongs to another network"):
        go(tmp_path, start=tmp_path / "fewer")
    with pytest.raises(CheckpointError, match="another kind of file"):
        go(tmp_path, start=tmp_path / "foreign")
    with pytest.raises(CheckpointError, match=r"made with steps = 12, now it is 10; resume with the same value, or"):
        go(folder, replace(CONFIG, steps=10), resume=True)
    with pytest.raises(CheckpointError, match="made with rows = 32, now it is 64"):
        go(folder, replace(CONFIG, rows=64), resume=True)


@pytest.fixture(scope="module")
def exact() -> ImageSource:
    simulation = replace(SIMULATION, h1_error_ppm=0.0, c13_error_ppm=0.0, ranges=IDEAL)
    return ImageSource(MOLECULES[2:], CONFIG, GEOMETRY, simulation)


def test_images_agree_with_the_targets(exact: ImageSource) -> None:
    """Benzene: one line of six nuclei on either side."""
    images, targets = exact.batch(0)

    assert images.shape == (4, 64, 64)
    assert images.dtype == torch.uint8
    assert targets.nucleus.tolist() == [0, 0, 1, 1]
    for k, (nucleus, ppm) in enumerate([("1H", 7.36)] * 2 + [("13C", 128.4)] * 2):
        column = int(GEOMETRY.axis(nucleus).position(ppm))
        assert images[k].float().mean(0).argmin() == column
        assert targets.presence[k].argmax() == column
        assert targets.strength[k].argmax() == column
    keys = [float(k in MACCSkeys.GenMACCSKeys(Chem.MolFromSmiles("c1ccccc1")).GetOnBits()) for k in range(1, 167)]
    assert targets.substructures.tolist() == [keys] * 4
    assert sum(keys) > 2


def test_a_step_is_the_same_on_every_run() -> None:
    one, two = (ImageSource(MOLECULES, CONFIG, GEOMETRY, SIMULATION) for _ in range(2))
    two.batch(0)

    first, second = one.batch(5), two.batch(5)

    assert torch.equal(first[0], second[0])
    assert torch.equal(first[1].presence, second[1].presence)
    assert not torch.equal(first[0], one.batch(6)[0])


def test_losses_by_hand() -> None:
    """The loss of an image uses the head of its nucleus."""
    generator = torch.Generator().manual_seed(0)
    outputs = tuple(torch.randn(3, 2, n, generator=generator) for n in (8, 64, 166))
    nucleus = torch.tensor([0, 1, 1])
    wanted = [torch.rand(3, n, generator=generator) for n in (8, 64, 166)]

    found = losses(outputs, PretrainingTargets(nucleus, *wanted))

    def entropy(logit: np.ndarray, target: np.ndarray) -> np.ndarray:
        p = 1 / (1 + np.exp(-logit))
        return -(target * np.log(p) + (1 - target) * np.log(1 - p))

    of_nucleus = [np.stack([o[i, n].double().numpy() for i, n in enumerate((0, 1, 1))]) for o in outputs]
    goal = [w.double().numpy() for w in wanted]
    error = np.abs(of_nucleus[1] - goal[1])
    smooth = np.where(error < 0.2, 0.5 * error**2 / 0.2, error - 0.1)
    assert found["presence"].item() == pytest.approx(
        (entropy(of_nucleus[0], goal[0]) * (1 + 3 * goal[0])).mean(), rel=1e-5
    )
    assert found["strength"].item() == pytest.approx(smooth.mean(), rel=1e-5)
    assert found["substructures"].item() == pytest.approx(entropy(of_nucleus[2], goal[2]).mean(), rel=1e-5)


def test_blocks_start_as_the_identity() -> None:
    reader = PretrainingNetwork(Backbone((2, 1, 1, 2), rows=32), 64)
    initialise(reader)
    network = reader.backbone.network.eval()

    for block, width in ((network.layer1[1], 256), (network.layer4[1], 2048)):
        x = torch.rand(1, width, 2, 2)
        assert torch.equal(block(x), x)
        assert not torch.equal(network.layer1[0](torch.rand(1, 64, 2, 2)), torch.zeros(1, 256, 2, 2))
    for block in network.layer4:
        assert not block.conv2.weight[:, :, [0, 2]].any()
        assert block.conv2.weight[:, :, 1].all()
