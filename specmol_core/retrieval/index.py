"""The joint space: searched with faiss, or directly among some of its rows."""

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
    """Inner-product search over candidates.

    The index is built from checked vectors each time, which takes less than a second per million; it is
    never read from a file, since ``faiss.read_index`` trusts the lengths that it finds there. The search
    is exhaustive. A large index keeps half precision: the vectors come in it, so nothing is lost, and the
    search, which waits for the memory, takes half the time.

    Parameters
    ----------
    vectors
        Candidates in the joint space (candidates, width).
    gpu
        Whether to search on a GPU where faiss finds one. Its kernels give at most 2,048 neighbours;
        with a larger ``limit`` the search stays on the CPU.
    limit
        Largest number of neighbours that will be asked for.

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
        """Rows of the ``count`` candidates most similar to ``query`` (width,), best first.

        Fewer come back if there are fewer. Which of several equals at the end of the list are in it is
        up to faiss, and the same in each run.

        Raises
        ------
        ValueError
            If the query has another width or is not finite: faiss would answer at random.
        """
        if query.shape != (self._index.d,) or not np.isfinite(query).all():
            raise ValueError(f"a query is {self._index.d} finite numbers")
        _, rows = self._index.search(np.ascontiguousarray(query[None], dtype=np.float32), min(count, len(self)))
        nearest: NDArray[np.int64] = rows[0].astype(np.int64)
        return nearest[nearest >= 0]


def nearest_rows(
    vectors: NDArray[np.float16], rows: NDArray[np.int64], query: NDArray[np.float32], count: int
) -> NDArray[np.int64]:
    """The ``count`` of ``rows`` whose vectors are most similar to ``query`` (width,), in the order of ``rows``.

    Of equals at the end of the list, the first in ``rows`` are in it.

    Parameters
    ----------
    vectors
        Candidates in the joint space (candidates, width).
    rows
        Those to search among.
    """
    products = np.empty(len(rows), np.float32)
    for start in range(0, len(rows), _BLOCK_ROWS):
        block_rows = rows[start : start + _BLOCK_ROWS]
        products[start : start + len(block_rows)] = vectors[block_rows].astype(np.float32) @ query
    best = np.argsort(-products, kind="stable")[:count]
    return rows[np.sort(best)]
