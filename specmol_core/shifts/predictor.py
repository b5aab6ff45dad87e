"""The shift predictor: chemical shifts of molecules, with their uncertainties."""

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
from specmol_core.shifts.acids import with_acid_protons
from specmol_core.shifts.atoms import AtomShifts
from specmol_core.shifts.config import ShiftNetworkConfig
from specmol_core.shifts.conventions import SOLVENTS, network_solvent
from specmol_core.shifts.graph import ShiftGraph, shift_graph
from specmol_core.shifts.inference import ShiftInference, collate, tensor_shapes
from specmol_core.shifts.ions import ion_factors
from specmol_core.shipped import shipped_weights
from specmol_core.storage.weights import read_arrays, write_arrays

if TYPE_CHECKING:
    from specmol_core.shifts.network import ShiftNetwork

__all__ = ["Calibration", "ShiftBackend", "ShiftPredictor", "save_predictor", "starting_weights"]

Calibration = tuple[tuple[float, float], tuple[float, float]]
"""Factor on the uncertainty and degrees of freedom, for 13C and for 1H."""

FORMAT = "specmol-shifts-1"
_BATCH_ATOMS = 700
"""Heavy atoms per batch of the network, so that its activations fit into the processor's cache."""
_SIZE_LIMITS = {"width": 1024, "hidden": 4096, "layers": 64}


class ShiftBackend(Protocol):
    """A predictor of chemical shifts: the network of specmol, or CSP5."""

    def predict(self, mols: Sequence[Chem.Mol], solvent: str = "CDCl3") -> list[AtomShifts]:
        """Predict the shifts of each molecule; see ``ShiftPredictor.predict``."""


class ShiftPredictor:
    """The trained shift network of specmol.

    Parameters
    ----------
    inference
        The trained network.
    calibration
        Factor on the uncertainty and degrees of freedom, for 13C and 1H, fitted on validation
        structures.
    digest
        SHA-256 of the checkpoint.
    """

    def __init__(self, inference: ShiftInference, calibration: Calibration, digest: str = "") -> None:
        self.inference = inference
        self.calibration = calibration
        self.digest = digest
        """SHA-256 of the checkpoint; empty for a network without a checkpoint."""
        self.threads = core_count()
        """Number of batches that are predicted in parallel."""
        self._factors = np.array([factor for factor, _ in calibration], np.float32)
        self.dof = calibration[0][1], calibration[1][1]

    @classmethod
    def load(cls, path: Path | None = None) -> ShiftPredictor:
        """Load a checkpoint; None loads the shipped one.

        Raises
        ------
        CheckpointError
            If the file is missing, damaged or of another format, or its tensors do not fit its header.
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
        _check_shapes(path, arrays, config)
        return cls(ShiftInference(arrays, config), (carbon, proton), digest)

    @classmethod
    def of(cls, network: ShiftNetwork, calibration: Calibration) -> ShiftPredictor:
        """Create a predictor from a torch network with its current weights."""
        return cls(ShiftInference(_arrays(network), network.config), calibration)

    def predict(self, mols: Sequence[Chem.Mol], solvent: str = "CDCl3") -> list[AtomShifts]:
        """Predict the shift and uncertainty of every carbon and every hydrogen of each molecule.

        Parameters
        ----------
        mols
            Sanitised molecules with implicit hydrogens.
        solvent
            One of ``conventions.SOLVENTS``.

        Raises
        ------
        UnpredictableError
            If a molecule cannot be predicted; see ``shift_graph``.
        UsageError
            If the solvent is unknown.
        """
        return self.predict_graphs([shift_graph(mol) for mol in mols], solvent)

    def predict_in(self, mols: Sequence[Chem.Mol], solvent: str) -> list[AtomShifts]:
        """Predict as ``predict`` does, in any solvent; one that the network does not know is "other"."""
        return self.predict(mols, network_solvent(solvent))

    def predict_graphs(self, graphs: Sequence[ShiftGraph], solvent: str = "CDCl3") -> list[AtomShifts]:
        """Predict as ``predict`` does, but from graphs."""
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
        """Yield batches of graphs with the means (atoms, 4) and uncertainties (atoms, 2) of their atoms.

        The columns are those of ``ShiftOutput``. An uncertainty is the scale of a Student-t
        distribution with ``dof`` degrees of freedom. Batches are computed in parallel, each by one
        thread, because their matrices are too small for several threads.

        Raises
        ------
        UsageError
            If the solvent is unknown.
        """
        if solvent not in SOLVENTS:
            raise UsageError(f"solvent {solvent!r} is unknown; choose one of {', '.join(SOLVENTS)}")
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

    def batches_in(
        self, graphs: Sequence[ShiftGraph], carbon: str, proton: str
    ) -> Iterator[tuple[Sequence[ShiftGraph], NDArray[np.float32], NDArray[np.float32]]]:
        """Yield batches as ``batches`` does, with a solvent for 13C and one for 1H.

        Raises
        ------
        UsageError
            If a solvent is unknown.
        """
        if carbon == proton:
            yield from self.batches(graphs, carbon)
            return
        for (part, means, uncertainties), (_, other_means, other_uncertainties) in zip(
            self.batches(graphs, carbon), self.batches(graphs, proton), strict=True
        ):
            yield (
                part,
                np.concatenate((means[:, :1], other_means[:, 1:]), axis=1),
                np.concatenate((uncertainties[:, :1], other_uncertainties[:, 1:]), axis=1),
            )

    def _predict(
        self, part: Sequence[ShiftGraph], solvent: int
    ) -> tuple[Sequence[ShiftGraph], NDArray[np.float32], NDArray[np.float32]]:
        graphs = collate(part, solvent)
        means, scales = self.inference(graphs)
        uncertainties, factors = scales[:, 0] * self._factors, ion_factors(graphs)
        if factors is not None:
            uncertainties = uncertainties * factors
        return part, *with_acid_protons(graphs, means, uncertainties)


def _graph_batches(graphs: Sequence[ShiftGraph]) -> Iterator[Sequence[ShiftGraph]]:
    start = atoms = 0
    for stop, graph in enumerate(graphs, 1):
        atoms += len(graph.atoms)
        if atoms >= _BATCH_ATOMS or stop == len(graphs):
            yield graphs[start:stop]
            start, atoms = stop, 0


@cache
def _blas() -> ThreadpoolController:
    """Return the controller of the BLAS libraries, which would use all cores for each matrix product."""
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
    """Write a checkpoint atomically, with ``notes`` (settings, sources, figures) in its header.

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


def starting_weights(path: Path, config: ShiftNetworkConfig) -> dict[str, NDArray[Any]]:
    """Return the tensors of a checkpoint as the start of a training.

    The checkpoint may know fewer solvents. A new solvent starts as "other".

    Raises
    ------
    CheckpointError
        If the file is missing, damaged or of another format, or its network has another size.
    """
    arrays, header, _ = read_arrays(path, FORMAT)
    name = "solvents.weight"
    known = header.get("solvents")
    if not isinstance(known, list) or "other" not in known or name not in arrays or len(known) != len(arrays[name]):
        raise CheckpointError(path, "the header lists no solvents; give a checkpoint of a shift predictor")
    rows = [known.index(solvent if solvent in known else "other") for solvent in SOLVENTS]
    result = dict(arrays) | {name: arrays[name][rows]}
    _check_shapes(path, result, config)
    return result


def _check_shapes(path: Path, arrays: dict[str, NDArray[Any]], config: ShiftNetworkConfig) -> None:
    expected = tensor_shapes(config)
    wrong = sorted(expected.keys() ^ arrays.keys())
    wrong += [k for k in expected.keys() & arrays.keys() if expected[k] != arrays[k].shape]
    if wrong:
        raise CheckpointError(path, f"tensor {wrong[0]} is missing, unexpected or of another shape")


def _arrays(network: ShiftNetwork) -> dict[str, NDArray[Any]]:
    return {name: tensor.detach().cpu().numpy() for name, tensor in network.state_dict().items()}
