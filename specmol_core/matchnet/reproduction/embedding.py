"""Two-dimensional t-SNE embeddings of pair features, and their files."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from specmol_core.errors import DatasetError, UsageError
from specmol_core.storage.atomic import atomic_write

__all__ = ["Embedding", "read_embedding", "tsne", "write_embedding"]

_COLUMNS = ["x", "y", "label"]
_PERPLEXITY = 30.0
"""Effective number of neighbours of a point; 30 is the usual value."""
_MIN_ROWS = 5
_MAX_FILE_BYTES = 1 << 20
"""Maximum size of a file (bytes); an embedding has at most 1,000 pairs."""
_MISSING_SKLEARN = "the plot of embeddings needs scikit-learn: pip install 'specmol[paper]'"
_REMEDY = "delete it and run `specmol matchnet tables` again"


@dataclass(frozen=True)
class Embedding:
    """Two-dimensional embedding of pairs."""

    points: NDArray[np.float64]
    """(n, 2); the axes of t-SNE have no unit."""
    label: NDArray[np.int64]
    """(n,) 1 for a true pair, 0 for a false one."""


def tsne(features: NDArray[Any], seed: int) -> NDArray[np.float64]:
    """Return the t-SNE coordinates (n, 2) of features (van der Maaten, Hinton, JMLR 2008, 9, 2579).

    The same features and seed give the same coordinates, independent of the number of cores.

    Parameters
    ----------
    features
        (n, d) with n of at least 5.

    Raises
    ------
    UsageError
        If scikit-learn is not installed.
    ValueError
        If there are fewer than 5 rows, or a feature is not finite.
    """
    if features.ndim != 2 or len(features) < _MIN_ROWS or not np.isfinite(features).all():
        raise ValueError(f"t-SNE needs at least {_MIN_ROWS} finite rows, not an array of shape {features.shape}")
    try:
        from sklearn.manifold import TSNE  # an optional dependency, and slow to import
        from threadpoolctl import threadpool_limits
    except ImportError:
        raise UsageError(_MISSING_SKLEARN) from None
    perplexity = min(_PERPLEXITY, (len(features) - 1) / 3)
    layout = TSNE(perplexity=perplexity, init="pca", random_state=seed, n_jobs=1)
    # Sums over threads differ in the last digit, which changes the whole embedding.
    with threadpool_limits(1):
        coordinates = layout.fit_transform(np.asarray(features, dtype=np.float64))
    return np.asarray(coordinates, dtype=np.float64)


def write_embedding(path: Path, embedding: Embedding) -> None:
    """Write a CSV with the columns x, y and label.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    with atomic_write(path) as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(_COLUMNS)
        for (x, y), label in zip(embedding.points.tolist(), embedding.label.tolist(), strict=True):
            writer.writerow((f"{x:.3f}", f"{y:.3f}", label))


def read_embedding(path: Path) -> Embedding:
    """Read a file of :func:`write_embedding`.

    Raises
    ------
    DatasetError
        If the file cannot be read or is too large, or a line is not x, y and a label of 0 or 1. The
        message names the line.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(_MAX_FILE_BYTES + 1)
        lines = csv.reader(io.StringIO(raw.decode("utf-8")))
        header = next(lines, [])
        rows = [_row(path, number, fields) for number, fields in enumerate(lines, 2)]
    except OSError as error:
        raise DatasetError(path, f"cannot be read ({error.strerror or error}); {_REMEDY}") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise DatasetError(path, f"damaged, not a CSV ({str(error)[:80]}); {_REMEDY}") from None
    if len(raw) > _MAX_FILE_BYTES:
        raise DatasetError(path, f"larger than {_MAX_FILE_BYTES >> 20} MiB, the maximum of an embedding; {_REMEDY}")
    if header != _COLUMNS or not rows:
        raise DatasetError(path, f"has no rows under the columns {','.join(_COLUMNS)}; {_REMEDY}")
    table = np.array(rows)
    return Embedding(table[:, :2], table[:, 2].astype(np.int64))


def _row(path: Path, number: int, fields: list[str]) -> tuple[float, float, float]:
    try:
        x, y, label = map(float, fields)
    except ValueError:
        x = math.nan
    if not math.isfinite(x) or not math.isfinite(y) or label not in (0.0, 1.0):
        raise DatasetError(path, f"line {number} is not x, y and a label of 0 or 1; {_REMEDY}")
    return x, y, label
