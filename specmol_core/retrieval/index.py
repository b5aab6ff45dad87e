"""Nearest-neighbour search in the joint space: with faiss, or directly among given rows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from specmol_core.runtime.packages import require_faiss

__all__ = ["JointIndex", "nearest_rows"]

_MIN_ROWS_FOR_HALF = 200_000
_MAX_GPU_NEIGHBOURS = 2048
_BLOCK_ROWS = 1 << 16


class JointIndex:
    """Exhaustive inner-product search over candidates.

    The index is built from checked vectors each time, which takes less than a second per million. It
    is never read from a file, because ``faiss.read_index`` trusts the lengths in its file. A large
    index stores half precision. The vectors have that precision, so nothing is lost. The search is
    limited by memory bandwidth and takes half the time.

    Parameters
    ----------
    vectors
        Candidates in the joint space (candidates, width).
    gpu
        Whether to search on a GPU if faiss finds one. The GPU kernels return at most 2,048
        neighbours; with a larger ``limit`` the search runs on the CPU.
    limit
        Largest number of neighbours that a search will return.

    Raises
    ------
    UsageError
        If faiss is not installed or does not load.
    """

    def __init__(self, vectors: NDArray[np.float16], *, gpu: bool = False, limit: int = 0) -> None:
        require_faiss("a search among more candidates than --prefilter")
        import faiss

        width = vectors.shape[1]
        index: Any
        if len(vectors) > _MIN_ROWS_FOR_HALF:
            index = faiss.IndexScalarQuantizer(width, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
        else:
            index = faiss.IndexFlatIP(width)
        self._resources: Any = None
        if gpu and 0 < limit <= _MAX_GPU_NEIGHBOURS and faiss.get_num_gpus() > 0:
            # faiss does not keep the resources alive itself.
            self._resources = faiss.StandardGpuResources()
            index = faiss.index_cpu_to_gpu(self._resources, 0, index)
        for start in range(0, len(vectors), _BLOCK_ROWS):
            index.add(vectors[start : start + _BLOCK_ROWS].astype(np.float32))
        self._index = index

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def search(self, query: NDArray[np.float32], count: int) -> NDArray[np.int64]:
        """Return the rows of the ``count`` candidates most similar to ``query`` (width,), best first.

        All rows are returned if there are fewer than ``count``. If several candidates tie at the
        end of the list, faiss decides which are included; the choice is the same in each run.

        Raises
        ------
        ValueError
            If the query has another width or is not finite: faiss would return arbitrary rows.
        """
        if query.shape != (self._index.d,) or not np.isfinite(query).all():
            raise ValueError(f"a query is {self._index.d} finite numbers")
        _, rows = self._index.search(np.ascontiguousarray(query[None], dtype=np.float32), min(count, len(self)))
        nearest: NDArray[np.int64] = rows[0].astype(np.int64)
        return nearest[nearest >= 0]


def nearest_rows(
    vectors: NDArray[np.float16], rows: NDArray[np.int64], query: NDArray[np.float32], count: int
) -> NDArray[np.int64]:
    """Return the ``count`` of ``rows`` most similar to ``query`` (width,), in the order of ``rows``.

    If several rows tie for the last position, the first ones in ``rows`` are included.

    Parameters
    ----------
    vectors
        Candidates in the joint space (candidates, width).
    rows
        Rows of ``vectors`` to search among.

    Examples
    --------
    >>> vectors = np.array([[1, 0], [0, 1], [0.6, 0.8]], np.float16)
    >>> nearest_rows(vectors, np.array([0, 1, 2]), np.array([0, 1], np.float32), 2)
    array([1, 2])
    """
    products = np.empty(len(rows), np.float32)
    for start in range(0, len(rows), _BLOCK_ROWS):
        block_rows = rows[start : start + _BLOCK_ROWS]
        products[start : start + len(block_rows)] = vectors[block_rows].astype(np.float32) @ query
    best = np.argsort(-products, kind="stable")[:count]
    return rows[np.sort(best)]
