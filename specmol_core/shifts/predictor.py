"""Chemical shifts of molecules, with their uncertainty."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem
from threadpoolctl import ThreadpoolController

from specmol_core.errors import CheckpointError, UsageError
from specmol_core.runtime.machine import core_count
from specmol_core.shifts.atoms import AtomShifts
from specmol_core.shifts.config import ShiftNetworkConfig
from specmol_core.shifts.conventions import SOLVENTS
from specmol_core.shifts.graph import ShiftGraph, shift_graph
from specmol_core.shifts.inference import ShiftInference, collate, tensor_shapes
from specmol_core.shipped import shipped_weights
from specmol_core.storage.weights import read_arrays, write_arrays

if TYPE_CHECKING:
    from specmol_core.shifts.network import ShiftNetwork

__all__ = ["Calibration", "ShiftBackend", "ShiftPredictor", "save_predictor"]

Calibration = tuple[tuple[float, float], tuple[float, float]]
"""Factor on the spread and degrees of freedom, of 13C and of 1H."""

FORMAT = "specmol-shifts-1"
_BATCH_ATOMS = 700
"""Heavy atoms that go through the network together: what its activations take stays in the cache."""
_SIZE_LIMITS = {"width": 1024, "hidden": 4096, "layers": 64}


class ShiftBackend(Protocol):
    """What predicts chemical shifts: this project's network, or CSP5."""

    def predict(self, mols: Sequence[Chem.Mol], solvent: str = "CDCl3") -> list[AtomShifts]:
        """Shifts of each molecule; see ShiftPredictor.predict."""


class ShiftPredictor:
    """The trained network behind one call.

    Parameters
    ----------
    inference
        A trained network.
    calibration
        For 13C and 1H a factor on the spread and the degrees of freedom, fitted on validation structures.
    """

    def __init__(self, inference: ShiftInference, calibration: Calibration, digest: str = "") -> None:
        self.inference = inference
        self.calibration = calibration
        self.digest = digest
        """sha256 of the checkpoint; empty for a network made in memory."""
        self.threads = core_count()
        """Runs of molecules that are predicted at once."""
        self._factors = np.array([factor for factor, _ in calibration], np.float32)
        self.dof = calibration[0][1], calibration[1][1]

    @classmethod
    def load(cls, path: Path | None = None) -> ShiftPredictor:
        """Read a checkpoint; None takes the shipped one.

        Raises
        ------
        CheckpointError
            If the file is missing, damaged, of another format or of another size than it says.
        """
        path = path or shipped_weights() / "shifts.safetensors"
        arrays, header, digest = read_arrays(path, FORMAT)
        try:
            config = ShiftNetworkConfig(**header["network"])
            for name, limit in _SIZE_LIMITS.items():
                if type(getattr(config, name)) is not int or not 0 < getattr(config, name) <= limit:
                    raise ValueError(f"{name} is {getattr(config, name)!r}")
            carbon, proton = ((float(factor), float(dof)) for factor, dof in header["calibration"])
            if not min(*carbon, *proton) > 0:
                raise ValueError(f"calibration is {header['calibration']}")
            if header["solvents"] != list(SOLVENTS):
                raise ValueError(f"solvents are {header['solvents']}, this version has {list(SOLVENTS)}")
        except (KeyError, TypeError, ValueError) as error:
            raise CheckpointError(path, f"the header is incomplete ({error}); the file is damaged") from None
        expected = tensor_shapes(config)
        wrong = sorted(expected.keys() ^ arrays.keys())
        wrong += [k for k in expected.keys() & arrays.keys() if expected[k] != arrays[k].shape]
        if wrong:
            raise CheckpointError(path, f"tensor {wrong[0]} is missing, unexpected or of another shape")
        return cls(ShiftInference(arrays, config), (carbon, proton), digest)

    @classmethod
    def of(cls, network: ShiftNetwork, calibration: Calibration) -> ShiftPredictor:
        """What a network of torch predicts as it is now."""
        return cls(ShiftInference(_arrays(network), network.config), calibration)

    def predict(self, mols: Sequence[Chem.Mol], solvent: str = "CDCl3") -> list[AtomShifts]:
        """Shifts and spreads of every carbon and every hydrogen of each molecule.

        Parameters
        ----------
        mols
            Sanitised molecules with implicit hydrogens.
        solvent
            One of conventions.SOLVENTS.

        Raises
        ------
        UnpredictableError
            For the first molecule that cannot be predicted; see shift_graph.
        UsageError
            For an unknown solvent.
        """
        return self.predict_graphs([shift_graph(mol) for mol in mols], solvent)

    def predict_in(self, mols: Sequence[Chem.Mol], solvent: str) -> list[AtomShifts]:
        """The same in any solvent: one that the network does not tell apart counts as another."""
        return self.predict(mols, solvent if solvent in SOLVENTS else "other")

    def predict_graphs(self, graphs: Sequence[ShiftGraph], solvent: str = "CDCl3") -> list[AtomShifts]:
        """The same from graphs."""
        result: list[AtomShifts] = []
        for part, means, uncertainties in self.batches(graphs, solvent):
            start = 0
            for graph in part:
                stop = start + len(graph.atoms)
                result.append(_atom_shifts(graph.atoms, means[start:stop], uncertainties[start:stop], self.dof))
                start = stop
        return result

    def batches(
        self, graphs: Sequence[ShiftGraph], solvent: str = "CDCl3"
    ) -> Iterator[tuple[Sequence[ShiftGraph], NDArray[np.float32], NDArray[np.float32]]]:
        """Runs of the graphs with the means (atoms, 4) and spreads (atoms, 2) of their atoms one after the other.

        The columns are those of ShiftOutput; a spread is the scale of a Student-t with ``dof`` degrees of freedom.
        Several runs are computed at once, each by one thread: their matrices are too small to be shared out.
        """
        if solvent not in SOLVENTS:
            raise UsageError(f"solvent {solvent!r} is unknown; known are {', '.join(SOLVENTS)}")
        batches_of_graphs = list(_graph_batches(graphs))
        predict = partial(self._predict, solvent=SOLVENTS.index(solvent))
        with _blas().limit(limits=1, user_api="blas"):
            if self.threads == 1 or len(batches_of_graphs) == 1:
                yield from map(predict, batches_of_graphs)
                return
            pool = ThreadPoolExecutor(self.threads, thread_name_prefix="specmol-shifts")
            try:
                yield from pool.map(predict, batches_of_graphs)
            finally:
                pool.shutdown(cancel_futures=True)

    def _predict(
        self, part: Sequence[ShiftGraph], solvent: int
    ) -> tuple[Sequence[ShiftGraph], NDArray[np.float32], NDArray[np.float32]]:
        means, scales = self.inference(collate(part, solvent))
        return part, means, scales[:, 0] * self._factors


def _graph_batches(graphs: Sequence[ShiftGraph]) -> Iterator[Sequence[ShiftGraph]]:
    start = atoms = 0
    for stop, graph in enumerate(graphs, 1):
        atoms += len(graph.atoms)
        if atoms >= _BATCH_ATOMS or stop == len(graphs):
            yield graphs[start:stop]
            start, atoms = stop, 0


@cache
def _blas() -> ThreadpoolController:
    """The libraries behind numpy's matrix products, which would use all cores for each."""
    return ThreadpoolController()


def _atom_shifts(
    atoms: NDArray[np.uint8], means: NDArray[np.float32], uncertainties: NDArray[np.float32], dof: tuple[float, float]
) -> AtomShifts:
    carbon = np.flatnonzero(atoms[:, 0] == 1).tolist()
    hydrogens = atoms[:, 2].tolist()
    rows, scale = means.tolist(), uncertainties.tolist()
    h1 = {a: rows[a][2:] if n == 2 else [rows[a][1]] * n for a, n in enumerate(hydrogens) if n}
    return AtomShifts(
        {a: rows[a][0] for a in carbon},
        h1,
        {a: scale[a][0] for a in carbon},
        {a: scale[a][1] for a in h1},
        *dof,
    )


def save_predictor(path: Path, network: ShiftNetwork, calibration: Calibration, notes: dict[str, Any]) -> None:
    """Write a checkpoint atomically; ``notes`` (settings, sources, figures) is kept as given.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    header = {
        "format": FORMAT,
        "network": asdict(network.config),
        "calibration": [list(pair) for pair in calibration],
        "solvents": list(SOLVENTS),
        "notes": notes,
    }
    write_arrays(path, _arrays(network), header)


def _arrays(network: ShiftNetwork) -> dict[str, NDArray[Any]]:
    return {name: tensor.detach().cpu().numpy() for name, tensor in network.state_dict().items()}
