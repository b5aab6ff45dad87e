from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from support.by_hand import WEIGHTS
from support.random_predictor import write_random_predictor

from specmol_core.errors import CheckpointError
from specmol_core.matchnet_x.checkpoint import FORMAT, load_matchnet_x, save_matchnet_x
from specmol_core.matchnet_x.kernels import HEIGHT_BINS
from specmol_core.matchnet_x.likelihood import LikelihoodModel, NucleusModel
from specmol_core.matchnet_x.misfit import NONE_FEATURES, NONE_SIGNS
from specmol_core.matchnet_x.observed_signals import MULTIPLICITIES
from specmol_core.matchnet_x.posterior import PosteriorModel
from specmol_core.matchnet_x.predicted_lines import KIND_COUNTS
from specmol_core.shifts.config import ShiftNetworkConfig
from specmol_core.storage.weights import checkpoint_format, read_arrays, write_arrays

TABLE = np.random.default_rng(0).normal(size=(KIND_COUNTS["1H"], len(MULTIPLICITIES)))
CARBON = NucleusModel(210.0, 3.5, 1.1, (-1.0, -2.0, -3.0, -4.0), -2.5, -0.5, -1.5)
PROTON = NucleusModel(11.0, 2.5, 0.9, (-1.5, -0.25), -3.5, -0.75, -1.25, -2.5, 0.5)
HEIGHTS = np.random.default_rng(1).normal(size=(KIND_COUNTS["13C"], HEIGHT_BINS))
READ = np.random.default_rng(2).normal(size=TABLE.shape)
MODEL = LikelihoodModel(
    CARBON, PROTON, replace(CARBON, dof=5.0), replace(PROTON, dof=6.0), TABLE, 0.75, READ, 0.5, HEIGHTS, 0.25
)
POSTERIOR = PosteriorModel(tuple(0.5 * (sign or 3) for sign in NONE_SIGNS), 0.6)
NO_FOLDER = Path("no such folder")


@pytest.fixture
def checkpoint(random_predictor: Path, tmp_path: Path) -> Path:
    predictor = Path(shutil.copy(random_predictor, tmp_path))
    save_matchnet_x(tmp_path / "x.safetensors", MODEL, WEIGHTS, POSTERIOR, predictor, {"source": "a test"})
    return tmp_path / "x.safetensors"


def leaves(values: dict[str, Any], *parents: str) -> Iterator[tuple[str, ...]]:
    """Path of every number, text and list of a header."""
    for key, value in values.items():
        if isinstance(value, dict):
            yield from leaves(value, *parents, key)
        else:
            yield (*parents, key)


NUMBERS = {
    **{name: asdict(getattr(MODEL, name)) for name in ("c13", "h1", "c13_trace", "h1_trace")},
    "weights": asdict(WEIGHTS),
    "posterior": asdict(POSTERIOR),
    "posterior_trace": asdict(POSTERIOR),
    "multiplicity_weight": 0.75,
    "multiplicity_trace_weight": 0.5,
    "height_weight": 0.25,
}
"""Fitted numbers as in the header."""
TEXTS = {"predictor": {"file": "", "sha256": ""}, "multiplicities": []}


def rewritten(checkpoint: Path, key_path: tuple[str, ...], value: object) -> Path:
    """The checkpoint with one entry of its header replaced, or removed for None."""
    tensors, header, _ = read_arrays(checkpoint, FORMAT)
    *parents, last = key_path
    inner = header
    for key in parents:
        inner = inner[key]
    if value is None:
        del inner[last]
    else:
        inner[last] = value
    write_arrays(checkpoint, tensors, header)
    return checkpoint


def test_save_and_load_round_trip(checkpoint: Path) -> None:
    result = load_matchnet_x(checkpoint, NO_FOLDER)

    assert replace(result.likelihood_model, multiplicity=TABLE, multiplicity_trace=READ, heights=HEIGHTS) == MODEL
    np.testing.assert_array_equal(result.likelihood_model.multiplicity, TABLE)
    np.testing.assert_array_equal(result.likelihood_model.multiplicity_trace, READ)
    np.testing.assert_array_equal(result.likelihood_model.heights, HEIGHTS)
    assert (result.weights, result.posterior) == (WEIGHTS, POSTERIOR)


def test_the_header_has_the_format_and_the_notes(checkpoint: Path) -> None:
    _, header, _ = read_arrays(checkpoint, FORMAT)

    assert checkpoint_format(checkpoint) == FORMAT
    assert header["model"] == "matchnet-x"
    assert header["notes"] == {"source": "a test"}
    assert header.keys() == {"format", "model", "notes", *NUMBERS, *TEXTS}


def test_the_predictor_is_found_beside_the_checkpoint_or_among_the_shipped(
    checkpoint: Path, random_predictor: Path
) -> None:
    beside = load_matchnet_x(checkpoint, NO_FOLDER)
    (checkpoint.parent / random_predictor.name).unlink()

    assert load_matchnet_x(checkpoint, random_predictor.parent).id == beside.id
    with pytest.raises(CheckpointError, match=r"small\.safetensors is neither beside it nor in the package"):
        load_matchnet_x(checkpoint, NO_FOLDER)


def test_another_predictor_is_refused(checkpoint: Path, random_predictor: Path) -> None:
    write_random_predictor(checkpoint.parent / random_predictor.name, ShiftNetworkConfig(width=16, hidden=24, layers=2))

    with pytest.raises(CheckpointError, match="is not the predictor"):
        load_matchnet_x(checkpoint, random_predictor.parent)


def test_the_id_depends_on_all_parameters_of_scores(checkpoint: Path) -> None:
    before = load_matchnet_x(checkpoint, NO_FOLDER).id
    changed = rewritten(checkpoint, ("multiplicity_weight",), 0.5)

    assert len(before) == 64
    assert load_matchnet_x(changed, NO_FOLDER).id != before


@pytest.mark.parametrize(
    "key_path", [*leaves(NUMBERS), *leaves(TEXTS), ("c13",), ("weights",), ("predictor",)], ids=".".join
)
def test_a_missing_entry_is_refused(checkpoint: Path, key_path: tuple[str, ...]) -> None:
    with pytest.raises(CheckpointError, match="the file is damaged"):
        load_matchnet_x(rewritten(checkpoint, key_path, None), NO_FOLDER)


@pytest.mark.parametrize("key_path", list(leaves(NUMBERS)), ids=".".join)
def test_an_invalid_entry_is_refused(checkpoint: Path, key_path: tuple[str, ...]) -> None:
    for value in ("x", float("nan"), [1.0] * 19, {"a": 1.0}, 10**400):
        with pytest.raises(CheckpointError, match="the file is damaged"):
            load_matchnet_x(rewritten(checkpoint, key_path, value), NO_FOLDER)


@pytest.mark.parametrize(
    ("key_path", "value"),
    [
        (("c13", "window"), 0.0),
        (("h1", "dof"), -1.0),
        (("h1_trace", "spread_factor"), 0.0),
        (("posterior", "none_threshold"), 0.0),
        (("c13", "missing"), [-1.0, -1.0]),
        (("c13", "missing"), [-1.0, -1.0, -1.0, 1e300]),
        (("c13", "window"), 1e300),
        (("h1", "spread_factor"), 1e-300),
        (("h1", "dof"), 1e-300),
        (("h1", "weight_exponent"), 1e3),
        (("h1_trace", "integral_exponent"), -1e3),
        (("c13_trace", "log_p_extra_proton"), -1e300),
        (("weights", "single"), [1e300, 1.0]),
        (("posterior", "none_weights"), [1e300] * len(NONE_FEATURES)),
        (("posterior", "none_weights"), [1.0] * len(NONE_FEATURES)),
        (("posterior_trace", "none_weights"), [-1.0] * len(NONE_FEATURES)),
        (("height_weight",), 1e300),
        (("multiplicities",), list(MULTIPLICITIES[::-1])),
        (("predictor", "file"), ""),
        (("predictor", "file"), "../" * 40),
        (("predictor", "file"), "long" * 100),
        (("predictor", "sha256"), "00" * 32),
    ],
)
def test_an_entry_out_of_range_is_refused(checkpoint: Path, key_path: tuple[str, ...], value: object) -> None:
    with pytest.raises(CheckpointError):
        load_matchnet_x(rewritten(checkpoint, key_path, value), NO_FOLDER)


@pytest.mark.parametrize(
    "tensors",
    [{}, {"multiplicity": np.zeros((3, 3))}, {"table": TABLE},
     {"multiplicity": np.full(TABLE.shape, np.inf)},
     {"multiplicity": np.full(TABLE.shape, 1e30), "multiplicity_trace": READ,
      "heights": HEIGHTS},
     {"multiplicity": TABLE},
     {"multiplicity": TABLE, "heights": np.zeros((3, 3))},
     {"multiplicity": TABLE, "heights": HEIGHTS}],
)  # fmt: skip
def test_a_table_that_does_not_fit_is_refused(checkpoint: Path, tensors: dict[str, NDArray[np.float64]]) -> None:
    write_arrays(checkpoint, tensors, read_arrays(checkpoint, FORMAT)[1])

    with pytest.raises(CheckpointError):
        load_matchnet_x(checkpoint, NO_FOLDER)


def test_a_checkpoint_without_optional_tables_is_loaded(checkpoint: Path) -> None:
    _, header, _ = read_arrays(checkpoint, FORMAT)
    del header["height_weight"], header["multiplicity_trace_weight"]
    write_arrays(checkpoint, {"multiplicity": TABLE}, header)

    model = load_matchnet_x(checkpoint, NO_FOLDER).likelihood_model

    assert (model.height_weight, model.multiplicity_trace_weight) == (0.0, 0.0)


def test_a_checkpoint_of_an_older_version_is_refused(checkpoint: Path) -> None:
    arrays, header, _ = read_arrays(checkpoint, FORMAT)
    write_arrays(checkpoint, arrays, header | {"format": "specmol-evidence-1"})

    with pytest.raises(CheckpointError, match=r"written by a version before 0\.2\.0; train it again"):
        load_matchnet_x(checkpoint, NO_FOLDER)


def test_a_checkpoint_of_another_kind_is_refused(random_predictor: Path) -> None:
    with pytest.raises(CheckpointError, match="this is another kind of file"):
        load_matchnet_x(random_predictor, random_predictor.parent)


@pytest.mark.parametrize("content", [b"", b"no safetensors", None])
def test_an_invalid_file_is_refused(checkpoint: Path, content: bytes | None) -> None:
    checkpoint.write_bytes(checkpoint.read_bytes()[:200] if content is None else content)

    with pytest.raises(CheckpointError):
        load_matchnet_x(checkpoint, NO_FOLDER)
