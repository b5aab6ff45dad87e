"""Predict chemical shifts, train a predictor, evaluate it; part of ``specmol_core.api``."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from specmol_core.api.excluded import read_structures
from specmol_core.config import EmbedConfig
from specmol_core.errors import LibraryError, UsageError
from specmol_core.progress import ProgressFactory, no_progress
from specmol_core.runtime.packages import require_torch
from specmol_core.shifts.config import ShiftTrainConfig

if TYPE_CHECKING:
    from specmol_core.molecules.records import Candidate
    from specmol_core.shifts.atoms import AtomShifts
    from specmol_core.shifts.predictor import ShiftBackend

__all__ = [
    "BACKENDS",
    "PredictedMolecule",
    "evaluate_shifts",
    "predict_shifts",
    "train_shifts",
]

BACKENDS = ("specmol", "csp5")
_ARCHIVE_NAME = "labelled.npz"
_BATCH = 256


@dataclass(frozen=True)
class PredictedMolecule:
    """One record of a library with its predicted shifts, or the reason why it has none."""

    index: int
    """Number of the record in the library, counted from 0."""
    name: str
    """Name of the record in the library."""
    smiles: str
    """Canonical SMILES, whose atom order is that of the shifts; empty if there are none."""
    shifts: AtomShifts | None
    """Predicted shifts with their uncertainties; None if the record has none."""
    reason: str = ""
    """Why the record has no shifts; empty if it has some."""


def predict_shifts(
    library: Path | str,
    *,
    solvent: str = "CDCl3",
    checkpoint: Path | None = None,
    backend: str = "specmol",
    max_atoms: int = EmbedConfig.max_atoms,
    workers: int = 0,
    progress: ProgressFactory = no_progress,
) -> Iterator[PredictedMolecule]:
    """Yield the predicted shifts of every record of a library, in order.

    Parameters
    ----------
    library
        File of structures, or ``-`` for standard input.
    solvent
        CDCl3, DMSO-d6, CD3OD, D2O, ``other`` or ``unknown``.
    checkpoint
        Checkpoint of the backend ``specmol``; the shipped one if None.
    backend
        ``specmol``, or ``csp5`` if that program is installed.
    max_atoms
        Largest number of heavy atoms of a structure.
    workers
        Number of processes that parse the library; 0 uses one per core.
    progress
        Called with the name of the task; returns a context whose value is called with the number done
        and the total.

    Raises
    ------
    UsageError
        If the backend or solvent is unknown, or the backend is not installed.
    LibraryError
        If the library is unreadable, or none of its records can be predicted.
    CheckpointError
        If the checkpoint is unusable.

    Examples
    --------
    >>> molecule = next(predict_shifts("examples/candidates.smi", workers=1))
    >>> molecule.smiles
    'COc1cccc(C(C)=O)c1'
    >>> methoxy_carbon = molecule.shifts.c13[0]
    >>> 54 < methoxy_carbon < 57
    True
    """
    from specmol_core.molecules.library import open_library
    from specmol_core.molecules.parallel import parse_records
    from specmol_core.molecules.records import RejectedRecord
    from specmol_core.simulation.structures import STRUCTURE_READER

    predictor = _load_backend(backend, checkpoint)
    with progress(f"predicting {library}") as advance:
        total = predicted = 0
        for records in parse_records(
            open_library(str(library)), max_atoms=max_atoms, workers=workers, parser=STRUCTURE_READER
        ):
            accepted = [v for v in records if not isinstance(v, RejectedRecord)]
            predictions = iter(_predict_batch(predictor, accepted, solvent))
            for record in records:
                if isinstance(record, RejectedRecord):
                    yield PredictedMolecule(record.index, record.name, "", None, record.reason)
                else:
                    predicted += 1
                    yield PredictedMolecule(record.index, record.name, record.smiles, next(predictions))
            total += len(records)
            advance(total, None)
    if not predicted:
        raise LibraryError(str(library), f"none of its {total} records can be predicted; the reasons are above")


def _predict_batch(predictor: ShiftBackend, accepted: Sequence[Candidate], solvent: str) -> list[AtomShifts]:
    """Predict the shifts of parsed structures; specmol's network uses the graphs made by the workers."""
    from rdkit import Chem

    from specmol_core.shifts.predictor import ShiftPredictor
    from specmol_core.shifts.records import shift_graphs

    if isinstance(predictor, ShiftPredictor):
        return predictor.predict_graphs(shift_graphs([v.graph for v in accepted]), solvent)
    return predictor.predict([Chem.MolFromSmiles(v.smiles) for v in accepted], solvent)


def _load_backend(name: str, checkpoint: Path | None) -> ShiftBackend:
    from specmol_core.shifts.csp5 import Csp5
    from specmol_core.shifts.predictor import ShiftPredictor

    if name not in BACKENDS:
        raise UsageError(f"--backend {name} is unknown; choose one of {', '.join(BACKENDS)}")
    if name == "csp5" and checkpoint is not None:
        raise UsageError("--checkpoint is only for the backend specmol; leave it out, csp5 has its own weights")
    return Csp5() if name == "csp5" else ShiftPredictor.load(checkpoint)


def train_shifts(
    measured: Sequence[Path],
    predicted: Sequence[Path],
    output: Path,
    config: ShiftTrainConfig | None = None,
    *,
    exclude: Sequence[Path] = (),
    start: Path | None = None,
    folder: Path | None = None,
    report: Callable[[str], None] = lambda text: None,
) -> dict[str, Any]:
    """Train a shift predictor, calibrate its uncertainties, and write it.

    Returns the errors on the held-out scaffolds. The labelled graphs and the state of the run are kept in
    ``folder`` (default: beside the output); the same call continues from there.

    Parameters
    ----------
    measured, predicted
        JSON lines of measured shifts, and Parquet tables of predicted shifts.
    output
        Checkpoint to write.
    config
        Settings of the training.
    exclude
        Benchmark sets, pair tables (their truths), or lists of SMILES (one per line); their structures
        are excluded from the training.
    start
        Checkpoint of a predictor whose weights the training starts from.
    folder
        Folder of the run.
    report
        Called with lines of progress.

    Raises
    ------
    DatasetError
        If a source is unusable, or the folder belongs to another training.
    CheckpointError
        If ``start`` is unreadable or of another size.
    OutputError
        If the output cannot be written.
    """
    require_torch("training a shift predictor")
    from specmol_core.shifts.train.held_out import evaluate_held_out
    from specmol_core.shifts.train.shift_errors import write_calibrated_predictor
    from specmol_core.shifts.train.shift_pack import ShiftPack
    from specmol_core.shifts.train.trainer import ShiftTrainer

    config = config if config is not None else ShiftTrainConfig()
    folder = folder if folder is not None else output.with_name(output.name + ".run")
    folder.mkdir(parents=True, exist_ok=True)
    archive = folder / _ARCHIVE_NAME
    if not archive.exists():
        _pack_structures(measured, predicted, exclude, report).save(archive)
    pack = ShiftPack.load(archive)
    trainer = ShiftTrainer(pack, config, folder, start)
    network = trainer.run(lambda entry: report(json.dumps({k: round(v, 5) for k, v in entry.items()})))
    notes = {
        "settings": asdict(config),
        "sources": [p.name for p in (*measured, *predicted)],
        "molecules": {"measured": int(pack.measured.sum()), "predicted": int((~pack.measured).sum())},
    }
    predictor = write_calibrated_predictor(output, pack, network, notes)
    return evaluate_held_out(pack, predictor)


def _pack_structures(
    measured: Sequence[Path], predicted: Sequence[Path], exclude: Sequence[Path], report: Callable[[str], None]
) -> Any:
    from specmol_core.shifts.train.shift_pack import pack_records
    from specmol_core.shifts.train.shift_records import experimental_records, predicted_records

    dropped: Counter[str] = Counter()
    pack = pack_records(
        chain.from_iterable(experimental_records(path, dropped) for path in measured),
        chain.from_iterable(predicted_records(path, dropped) for path in predicted),
        frozenset(chain.from_iterable(read_structures(path) for path in exclude)),
        dropped,
    )
    report(f"{len(pack)} structures; left out: {', '.join(f'{n} {what}' for what, n in dropped.items() if n)}")
    return pack


def evaluate_shifts(
    benchmarks: Sequence[Path],
    *,
    checkpoint: Path | None = None,
    references: Sequence[Path] = (),
    held_out: Path | None = None,
) -> list[dict[str, Any]]:
    """Measure errors, calibration and ranking of predicted shifts.

    See ``evaluation.shifts.predictors.evaluate_shifts``.

    Raises
    ------
    UsageError
        If there is nothing to measure.
    DatasetError
        If a file is unusable.
    """
    if not benchmarks and held_out is None:
        raise UsageError("nothing to measure: give a benchmark set, or --held-out with the archive of a training")
    require_torch("measuring predicted shifts")
    from specmol_core.evaluation.shifts import predictors
    from specmol_core.shifts.predictor import ShiftPredictor

    return predictors.evaluate_shifts(
        benchmarks, ShiftPredictor.load(checkpoint), references=references, held_out=held_out
    )
