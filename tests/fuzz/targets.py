"""What a case of each target is given to. A target passes if it returns or raises a SpecmolError of one line."""

from __future__ import annotations

import shutil
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from specmol_core.errors import SpecmolError

__all__ = ["TARGETS", "check", "warm_up"]

_MAX_RECORDS = 3000


def check(target: str, path: Path) -> None:
    """Read a case; raises what is a finding.

    Raises
    ------
    AssertionError
        If a SpecmolError has more than one line, or a result holds numbers that are not finite.
    Exception
        Any other error of the code under test.
    """
    try:
        TARGETS[target](path)
    except SpecmolError as error:
        _check_message(error)


def warm_up(target: str) -> None:
    """Load and compile what the first case would have to wait for."""
    if target in (*_SPECTRA, *_SPECTRA_OF_EITHER, *_ARRAYS):
        from specmol_core.api.spectra import inspect_spectrum

        inspect_spectrum("1H NMR (400 MHz, CDCl3) δ 7.26 (t, J = 7.1 Hz, 2H), 3.71 (s, 3H).", "1H")


def _check_message(error: SpecmolError) -> None:
    assert "\n" not in str(error), "the message has several lines"
    assert error.exit_code != 70, f"the fault of a file is reported as ours: {error}"


def _spectrum(path: Path) -> None:
    for nucleus in ("1H", "13C"):
        try:
            _inspect(path, nucleus)
        except SpecmolError as error:
            _check_message(error)


def _spectrum_of_either(path: Path) -> None:
    """Files that can be read as both nuclei: reading each as one of them gives twice as many cases."""
    _inspect(path, ("1H", "13C")[zlib.crc32(path.read_bytes()) % 2])


def _inspect(path: Path, nucleus: Any) -> None:
    from specmol_core.spectra.inspection.inspection import inspect_file

    inspection = inspect_file(path, nucleus)
    assert np.isfinite(inspection.spectrum.intensities).all()
    inspection.as_dict()


def _array(path: Path) -> None:
    """The rows of an array, and the first and the last of them as spectra."""
    from specmol_core.spectra.inspection.inspection import inspect_file
    from specmol_core.spectra.rows import content_of

    rows = content_of(path, "1H").rows
    names = ("row/1",) if rows is None else rows.names
    assert rows is None or rows.seconds is None or np.isfinite(rows.seconds).all()
    for name in {*names[:1], *names[-1:]}:
        try:
            inspection = inspect_file(Path(f"{path}::{name}"), "1H")
            assert np.isfinite(inspection.spectrum.intensities).all()
        except SpecmolError as error:
            _check_message(error)


def _library(path: Path) -> None:
    from specmol_core.molecules.library import open_library
    from specmol_core.molecules.parse import parse_text
    from specmol_core.molecules.precheck import find_fault, has_marks, is_quick, written_atoms

    for record in open_library(path).records():
        if record.index >= _MAX_RECORDS:
            break
        has_marks(record.text, record.kind)
        # As in a library: what is quick is parsed by this very process.
        if not record.fault and not find_fault(record.text, record.kind):
            written_atoms(record.text, record.kind)
            if is_quick(record.text, record.kind):
                parse_text(record.text, record.kind, 200)


def _cache(path: Path) -> None:
    from specmol_core.retrieval.cache.cache_file import open_cache

    candidates = open_cache(path)
    rows = np.arange(len(candidates))
    candidates.payloads(rows)
    for row in rows.tolist():
        assert isinstance(candidates.name[row], str)
        assert isinstance(candidates.smiles[row], str)
    list(candidates.rejections())
    np.asarray(candidates.joint).sum()


def _with_header(path: Path, name: str) -> Path:
    """A case is the header of a shipped checkpoint; it is put before the shipped arrays."""
    from specmol_core.shipped import shipped_weights

    content = (shipped_weights() / name).read_bytes()
    (length,) = struct.unpack("<Q", content[:8])
    header = path.read_bytes()
    whole = path.with_name("x.safetensors")
    whole.write_bytes(struct.pack("<Q", len(header)) + header + content[8 + length :])
    return whole


def _checkpoint(path: Path) -> None:
    from specmol_core.matchnet_x.checkpoint import load_matchnet_x
    from specmol_core.shipped import shipped_weights

    whole = _with_header(path, "matchnet-x.safetensors")
    if not (path.parent / "shifts.safetensors").exists():
        shutil.copy(shipped_weights() / "shifts.safetensors", path.parent)
    load_matchnet_x(whole, shipped_weights())


def _torch_network(path: Path) -> None:
    from specmol_core.matchnet.network.checkpoint import load_checkpoint

    load_checkpoint(_with_header(path, "matchnet.safetensors"))


def _torch_backbone(path: Path) -> None:
    from specmol_core.matchnet.features.backbone import load_backbone

    load_backbone(_with_header(path, "backbone.safetensors"))


def _torch_state(path: Path) -> None:
    from fuzz.seeds import tiny_training
    from specmol_core.storage.run_state import load_state

    load_state(path, {"seed": 0}, *tiny_training())


def _benchmark(path: Path) -> None:
    from specmol_core.evaluation.benchmark_set import read_benchmark

    for query in read_benchmark(path):
        assert np.isfinite(query.lines("1H")).all()
        assert np.isfinite(query.lines("13C")).all()


def _manifest(path: Path) -> None:
    from specmol_core.evaluation.measured.raw_pairs import read_raw_pairs

    read_raw_pairs(path)


def _measured(path: Path) -> None:
    from collections import Counter

    from specmol_core.shifts.train.shift_records import experimental_records

    list(experimental_records(path, Counter()))


def _npz(path: Path) -> None:
    from specmol_core.shifts.train.shift_pack import ShiftPack

    ShiftPack.load(path)


def _parquet(path: Path) -> None:
    from specmol_core.shifts.table import read_shift_table

    list(read_shift_table(path))


def _dataset(path: Path) -> None:
    from specmol_core.simulation.dataset.dataset import open_dataset

    with open_dataset(path) as dataset:
        for nucleus in ("1H", "13C"):
            dataset.traces(nucleus, 0, min(len(dataset), 64))
            for row in range(min(len(dataset), 4)):
                dataset.peaks(nucleus, row)
                dataset.atoms(nucleus, row)
        dataset.structures(0, min(len(dataset.smiles), 64))
        dataset.parameters(0, min(len(dataset), 64))
        list(dataset.rejected())
        for split in ("train", "test"):
            dataset.rows_of(split)


def _queries(path: Path) -> None:
    from specmol_core.queries import read_queries

    read_queries(path)


_LIBRARIES = ("library-csv", "library-gz", "library-mol2", "library-rdf", "library-sdf", "library-smiles")
_SPECTRA = (
    "bruker", "bruker-fid", "jcamp", "jeol", "magritek", "nmredata", "nmrml", "sentence", "table", "varian",
)  # fmt: skip
_ARRAYS = ("array", "array-file")
_SPECTRA_OF_EITHER = ("image", "pdf", "peaks")
TARGETS: dict[str, Callable[[Path], None]] = {
    **dict.fromkeys(_SPECTRA, _spectrum),
    **dict.fromkeys(_SPECTRA_OF_EITHER, _spectrum_of_either),
    **dict.fromkeys(_LIBRARIES, _library),
    **dict.fromkeys(_ARRAYS, _array),
    "benchmark": _benchmark,
    "cache": _cache,
    "checkpoint": _checkpoint,
    "dataset": _dataset,
    "manifest": _manifest,
    "measured": _measured,
    "npz": _npz,
    "parquet": _parquet,
    "queries": _queries,
    "torch-backbone": _torch_backbone,
    "torch-network": _torch_network,
    "torch-state": _torch_state,
}
"""Readers by name; the seeds have the same names."""
