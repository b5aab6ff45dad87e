"""What tests of several packages share: a small checkpoint, spectra and libraries."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from rdkit import Chem

from specmol_core.spectra.axis import PpmAxis
from specmol_core.spectra.geometry import Geometry
from specmol_core.spectra.spectrum import Nucleus, Spectrum

SHARED = Path(__file__).parents[1] / ".." / "shared"
"""Data that lie beside a developer's checkout; tests that want them skip without."""

CANDIDATES = {
    "ethyl acetate": "CCOC(C)=O",
    "butanoic acid": "CCCC(=O)O",
    "dioxane": "C1COCCO1",
    "acetoin": "CC(O)C(C)=O",
    "isobutyric acid": "CC(C)C(=O)O",
}


@pytest.fixture(scope="session")
def shared() -> Path:
    """The shared data, or a skip."""
    if not SHARED.is_dir():
        pytest.skip("the shared data are not beside the repository")
    return SHARED


@pytest.fixture(scope="session")
def tiny_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint of the real model with random weights, on a backbone of one block per stage."""
    import torch

    from specmol_core.matchnet.features.backbone import Backbone, load_backbone, save_backbone
    from specmol_core.matchnet.network.assembly import build
    from specmol_core.matchnet.network.checkpoint import make_header, save_checkpoint
    from specmol_core.matchnet.network.variants import VARIANTS

    folder = tmp_path_factory.mktemp("checkpoint")
    with torch.random.fork_rng():
        torch.manual_seed(0)
        save_backbone(folder / "tiny.safetensors", Backbone((1, 1, 1, 1)), {}, quantise=False)
        backbone = load_backbone(folder / "tiny.safetensors")
        header = make_header("matchnet", VARIANTS["matchnet"], Geometry(), backbone.id, "tiny.safetensors")
        network = build(VARIANTS["matchnet"])
        # Fresh networks hardly look at their input, and tests tell candidates and spectra apart by the score.
        with torch.no_grad():
            for layer in (network.spectra.reduce, network.fusion.first, network.classifier.layers[-1]):
                layer.weight.mul_(30)
        save_checkpoint(folder / "matchnet.safetensors", network, header)
    return folder / "matchnet.safetensors"


@pytest.fixture(scope="session")
def matchnet_x_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint of matchnet-x with numbers by hand, on the shipped shift predictor."""
    from specmol_core.matchnet_x.checkpoint import save_matchnet_x
    from specmol_core.matchnet_x.likelihood import LikelihoodModel
    from specmol_core.matchnet_x.matcher import ScoreFactors
    from specmol_core.matchnet_x.misfit import NONE_FEATURES
    from specmol_core.matchnet_x.posterior import PosteriorModel
    from specmol_core.shipped import shipped_weights

    path = tmp_path_factory.mktemp("evidence") / "matchnet-x.safetensors"
    weights = ScoreFactors((0.5, 0.4), (0.5, 0.4), (0.5, 0.4), (0.5, 0.4))
    # A library without the compound is unlikely, less so the farther a signal is off.
    none = {"13C shown": -4.0, "1H shown": -4.0, "both shown": 4.0, "13C deviation": 1.0, "1H deviation": 1.0}
    none["13C error"] = 1.0
    posterior = PosteriorModel(tuple(none.get(name, 0.0) for name in NONE_FEATURES))
    save_matchnet_x(path, LikelihoodModel(), weights, posterior, shipped_weights() / "shifts.safetensors", {})
    return path


@pytest.fixture(scope="session")
def spectra(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Pictures of a 1H and a 13C spectrum, as specmol draws them (ethyl acetate)."""
    from specmol_core.spectra.canonical_image import canonical_image, write_image

    folder, geometry = tmp_path_factory.mktemp("spectra"), Geometry()
    drawn: dict[Nucleus, list[float]] = {"1H": [4.12, 2.04, 1.26], "13C": [171.1, 60.4, 21.0, 14.2]}
    for nucleus, shifts in drawn.items():
        window = geometry.h1_window if nucleus == "1H" else geometry.c13_window
        axis = PpmAxis(*window, 4096)
        width = axis.span / 1500
        trace = sum(width**2 / ((axis.grid() - shift) ** 2 + width**2) for shift in shifts)
        spectrum = Spectrum(nucleus, axis, np.asarray(trace, dtype=np.float32))
        write_image(folder / f"{nucleus}.png", canonical_image(spectrum, geometry), nucleus, window)
    return folder / "1H.png", folder / "13C.png"


def sd_record(name: str, smiles: str) -> str:
    """One record of an SD file."""
    mol = Chem.MolFromSmiles(smiles)
    mol.SetProp("_Name", name)
    return f"{Chem.MolToMolBlock(mol)}$$$$\n"


@pytest.fixture
def sdf(tmp_path: Path) -> Path:
    """A library of five isomers in a folder of its own."""
    folder = tmp_path / "library"
    folder.mkdir()
    path = folder / "candidates.sdf"
    path.write_text("".join(sd_record(*item) for item in CANDIDATES.items()))
    return path
