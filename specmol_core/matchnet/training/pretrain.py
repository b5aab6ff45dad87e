"""Pretrain the backbone on simulated spectra: lines, their strengths, and substructures."""

from __future__ import annotations

import json
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from rdkit import Chem
from rdkit.Chem import rdMolDescriptors
from torch import Tensor, nn
from torch.nn import functional as F
from torchvision.models.resnet import ResNet

from specmol_core.errors import CheckpointError, UsageError
from specmol_core.matchnet.config import PretrainConfig
from specmol_core.matchnet.features.architectures import ARCHITECTURES
from specmol_core.matchnet.features.backbone import Backbone
from specmol_core.matchnet.training.targets import POSITIVE_WEIGHT, STRENGTH_CELLS, signal_targets
from specmol_core.shifts.atoms import AtomShifts
from specmol_core.simulation.config import SimulationConfig
from specmol_core.simulation.simulate import SimulatedPair, simulate
from specmol_core.spectra.canonical_image import canonical_images
from specmol_core.spectra.geometry import Geometry
from specmol_core.spectra.spectrum import NUCLEI
from specmol_core.storage.optimiser_state import load_optimiser, optimiser_tensors
from specmol_core.storage.torch_weights import read_tensors, write_tensors

__all__ = ["PretrainResult", "PretrainingNetwork", "pretrain"]

FORMAT = "specmol-pretrain-1"
_OPTIMISER = "adam."
STATE_FILE = "pretrain-state.safetensors"
"""File in the folder of a run from which it is resumed."""
_SUBSTRUCTURES = 166

Molecule = tuple[str, AtomShifts]


class PretrainingNetwork(nn.Module):
    """Backbone with linear heads on its average-pooled map.

    The heads are linear, because the spectral branch of the matching network applies one linear
    layer and a pooling to the map. It can therefore use what a linear head of the pooled map finds.

    Shapes: images (B, size, size) -> presence logits (B, 2, size), strengths (B, 2, 64),
    substructure logits (B, 2, 166); the second dimension is the nucleus that a head assumes.
    """

    def __init__(self, backbone: Backbone, size: int) -> None:
        super().__init__()
        self.backbone = backbone
        self.presence = nn.Linear(backbone.channels, 2 * size)
        self.strength = nn.Linear(backbone.channels, 2 * STRENGTH_CELLS)
        self.substructures = nn.Linear(backbone.channels, 2 * _SUBSTRUCTURES)
        nn.init.constant_(self.presence.bias, -2.0)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        pooled = self.backbone(images).mean((2, 3))
        presence, strength, substructures = (
            head(pooled).unflatten(1, (2, -1)) for head in (self.presence, self.strength, self.substructures)
        )
        return presence, strength, substructures


@dataclass(frozen=True)
class PretrainingTargets:
    """Targets of a batch of B images, each of one nucleus."""

    nucleus: Tensor
    """(B,) 0 for 1H, 1 for 13C."""
    presence: Tensor
    """(B, size) 1 at a line of the compound, with a Gaussian falloff."""
    strength: Tensor
    """(B, 64) smoothed number of protons or carbons per cell."""
    substructures: Tensor
    """(B, 166) MACCS keys of the molecule."""


@dataclass(frozen=True)
class PretrainResult:
    """Number of steps and images, time and last losses of a finished pretraining."""

    steps: int
    images: int
    seconds: float
    losses: dict[str, float]


def initialise(model: PretrainingNetwork) -> None:
    """Initialise ResNet blocks as the identity, and the deepest 3x3 kernels along the shift axis.

    Identity blocks let a deep network learn from its first step (Goyal et al. 2017). In images of
    few rows, the outer rows of the deepest kernels would receive padding only. They would keep
    their random values and disturb a later training with more rows, so they start as zeros.
    """
    network = model.backbone.network
    if not isinstance(network, ResNet):
        return
    for stage in (network.layer1, network.layer2, network.layer3, network.layer4):
        for i, block in enumerate(stage):
            nn.init.constant_(block.bn3.weight, 0.5 if i == 0 else 0.0)
    for block in network.layer4:
        with torch.no_grad():
            block.conv2.weight[:, :, 0].zero_()
            block.conv2.weight[:, :, 2].zero_()


class ImageSource:
    """Endless batches of simulated images with their targets; step i is the same in every run."""

    def __init__(
        self, molecules: Sequence[Molecule], config: PretrainConfig, geometry: Geometry, simulation: SimulationConfig
    ) -> None:
        self.molecules, self.config, self.geometry, self.simulation = molecules, config, geometry, simulation
        self._keys: dict[int, NDArray[np.float32]] = {}

    def batch(self, step: int) -> tuple[Tensor, PretrainingTargets]:
        """Return images (batch_size, size, size) uint8 and their targets."""
        rng = np.random.default_rng((self.config.seed, step))
        chosen = rng.integers(len(self.molecules), size=self.config.batch_size // 2)
        mols = [Chem.MolFromSmiles(self.molecules[i][0]) for i in chosen]
        pairs = [simulate(mol, self.molecules[i][1], rng, self.simulation) for i, mol in zip(chosen, mols, strict=True)]
        keys = [self._substructures(int(i), mol) for i, mol in zip(chosen, mols, strict=True)]
        images, presence, strength = [], [], []
        for nucleus in NUCLEI:
            axis = self.geometry.axis(nucleus)
            traces = np.stack([_trace(p, nucleus) for p in pairs])
            source = self.simulation.axis(nucleus)
            images.append(canonical_images(traces, source, nucleus, self.geometry))
            targets = [signal_targets(p.h1_peaks if nucleus == "1H" else p.c13_peaks, axis) for p in pairs]
            presence += [t[0] for t in targets]
            strength += [t[1] for t in targets]
        nuclei = torch.arange(2).repeat_interleave(len(pairs))
        stacked = (torch.from_numpy(np.stack(v)) for v in (presence, strength, keys + keys))
        return torch.from_numpy(np.concatenate(images)), PretrainingTargets(nuclei, *stacked)

    def _substructures(self, index: int, mol: Chem.Mol) -> NDArray[np.float32]:
        if index not in self._keys:
            keys = np.zeros(_SUBSTRUCTURES, np.float32)
            keys[[b - 1 for b in rdMolDescriptors.GetMACCSKeysFingerprint(mol).GetOnBits()]] = 1.0
            self._keys[index] = keys
        return self._keys[index]


def _trace(pair: SimulatedPair, nucleus: str) -> NDArray[np.float32]:
    return pair.h1_trace if nucleus == "1H" else pair.c13_trace


def losses(outputs: tuple[Tensor, Tensor, Tensor], targets: PretrainingTargets) -> dict[str, Tensor]:
    """Return mean cross-entropies of presence and substructures, and mean smooth L1 of strengths."""
    rows = torch.arange(len(targets.nucleus))
    presence, strength, substructures = (o[rows, targets.nucleus] for o in outputs)
    weight = 1 + (POSITIVE_WEIGHT - 1) * targets.presence
    return {
        "presence": F.binary_cross_entropy_with_logits(presence, targets.presence, weight),
        "strength": F.smooth_l1_loss(strength, targets.strength, beta=0.2),
        "substructures": F.binary_cross_entropy_with_logits(substructures, targets.substructures),
    }


def pretrain(
    molecules: Sequence[Molecule],
    config: PretrainConfig,
    geometry: Geometry,
    simulation: SimulationConfig,
    run_dir: Path,
    *,
    start: Path | None = None,
    resume: bool = False,
    report: Callable[[dict[str, Any]], None] = lambda line: None,
) -> tuple[Backbone, PretrainResult]:
    """Train a backbone on simulated spectra of ``molecules``; return the backbone and its result.

    The training uses AdamW and a one-cycle learning rate. It writes a state file every few minutes,
    from which an interrupted run continues with ``resume``.

    Parameters
    ----------
    run_dir
        Folder of the state file.
    start
        State file of another run, for example of fewer steps, whose weights are the start.
    report
        Called with one dictionary every ten steps.

    Raises
    ------
    UsageError
        If the configuration names no known image network.
    """
    torch.manual_seed(config.seed)
    model = PretrainingNetwork(_new_backbone(config), geometry.size)
    initialise(model)
    if start is not None:
        _load_weights(start, model)
    model.train()
    optimiser = torch.optim.AdamW(model.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, config.learning_rate, total_steps=config.steps + 1, pct_start=0.1, cycle_momentum=False
    )
    state_path = run_dir / STATE_FILE
    step, means = 0, dict[str, float]()
    if resume and state_path.exists():
        step, means = _load_state(state_path, model, optimiser, schedule, config)
    source = ImageSource(molecules, config, geometry, simulation)
    started = saved_at = time.monotonic()
    while step < config.steps:
        images, targets = source.batch(step)
        parts = losses(model(images), targets)
        total = parts["presence"] * 3 + parts["strength"] + parts["substructures"]
        optimiser.zero_grad(set_to_none=True)
        total.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimiser.step()
        schedule.step()
        step += 1
        for name, value in parts.items():
            means[name] = 0.95 * means.get(name, value.item()) + 0.05 * value.item()
        if step % 10 == 0:
            report({"step": step, "seconds": round(time.monotonic() - started, 1), **means})
        if time.monotonic() - saved_at > config.checkpoint_seconds or step == config.steps:
            _save_state(state_path, model, optimiser, step, means, config)
            saved_at = time.monotonic()
    result = PretrainResult(step, step * config.batch_size, time.monotonic() - started, means)
    return model.backbone.eval().requires_grad_(False), result


def _new_backbone(config: PretrainConfig) -> Backbone:
    architecture = ARCHITECTURES.get(config.architecture)
    if architecture is None:
        known = ", ".join(ARCHITECTURES)
        raise UsageError(f"no image network is called {config.architecture!r}; give one of {known}")
    blocks = config.blocks if architecture.stages else ()
    return Backbone(blocks, rows=config.rows, architecture=config.architecture)


def _save_state(
    path: Path,
    model: PretrainingNetwork,
    optimiser: torch.optim.Optimizer,
    step: int,
    means: dict[str, float],
    config: PretrainConfig,
) -> None:
    tensors = {f"model.{k}": v for k, v in model.state_dict().items()}
    tensors |= optimiser_tensors(optimiser, _OPTIMISER)
    header = {"format": FORMAT, "step": step, "losses": means, "config": asdict(config)}
    write_tensors(path, tensors, header, quantise=False)


def _load_state(
    path: Path,
    model: PretrainingNetwork,
    optimiser: torch.optim.Optimizer,
    schedule: torch.optim.lr_scheduler.OneCycleLR,
    config: PretrainConfig,
) -> tuple[int, dict[str, float]]:
    """Restore a run; return the number of steps and the running means of the losses.

    Raises
    ------
    CheckpointError
        If the state belongs to another network, or was made with other settings.
    """
    tensors, header = _load_weights(path, model)
    # The JSON round trip turns tuples into lists, as in the file.
    current_settings, default = (json.loads(json.dumps(asdict(c))) for c in (config, PretrainConfig()))
    # A state of an older version lacks newer settings; they have their defaults.
    saved_settings = default | _checked(path, header.get("config", {}))
    different = [k for k, v in current_settings.items() if k != "checkpoint_seconds" and saved_settings[k] != v]
    if different:
        key = different[0]
        reason = (
            f"was made with {key} = {saved_settings[key]!r}, now it is {current_settings[key]!r}; "
            "resume with the same value, or "
        )
        raise CheckpointError(path, reason + "give the file as the start of a run in another folder")
    losses = _checked(path, header.get("losses", {}))
    step = header["step"] if type(header.get("step")) is int else -1
    if not 0 <= step <= config.steps or not all(type(loss) in (int, float) for loss in losses.values()):
        raise CheckpointError(path, "the header is damaged; start in another folder")
    load_optimiser(path, optimiser, tensors, _OPTIMISER)
    schedule.last_epoch = step - 1
    with warnings.catch_warnings():
        # torch warns, because the optimiser made no step before this call.
        warnings.filterwarnings("ignore", "Detected call of")
        schedule.step()
    return step, losses


def _checked(path: Path, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise CheckpointError(path, "the header is damaged; start in another folder")
    return value


def _load_weights(path: Path, model: PretrainingNetwork) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Load the weights of a state file into a network; return the file's tensors and its header."""
    tensors, header, _ = read_tensors(path, FORMAT)
    try:
        model.load_state_dict({k[6:]: v for k, v in tensors.items() if k.startswith("model.")})
    except RuntimeError as error:
        reason = f"belongs to another network ({str(error).splitlines()[0]}); give a state of this network"
        raise CheckpointError(path, reason) from None
    return tensors, header
