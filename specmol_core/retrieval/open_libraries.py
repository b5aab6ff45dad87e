"""Libraries that a session has opened: each is read and embedded once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from specmol_core.errors import LibraryError, SpecmolError
from specmol_core.matcher.protocol import Matcher
from specmol_core.molecules.library import STDIN, open_library
from specmol_core.options import LibraryOptions, Listener, RankOptions
from specmol_core.retrieval.cache.candidates import CandidateSet
from specmol_core.retrieval.get_candidates import obtain_candidates
from specmol_core.retrieval.library_source import records_of
from specmol_core.retrieval.ranker import Ranker

__all__ = ["OpenLibraries", "Opened"]

_MOST = 4


class Opened(NamedTuple):
    """One library as candidates of a model."""

    candidates: CandidateSet
    ranker: Ranker
    allowed: NDArray[np.int64] | None
    """Rows that the constraints let through; None for all."""


class OpenLibraries:
    """The last few libraries that were asked for; standard input, which cannot be read twice, stays.

    Parameters
    ----------
    matcher
        Gives the model; called when the first library is opened.
    """

    def __init__(
        self, matcher: Callable[[], Matcher], ranking: RankOptions, library: LibraryOptions, listener: Listener
    ) -> None:
        self._matcher, self._ranking, self._library, self._listener = matcher, ranking, library, listener
        self._known: OrderedDict[str, Opened | SpecmolError] = OrderedDict()

    def open(self, library: str) -> Opened:
        """The library, which is opened but once; so is one that cannot be.

        Raises
        ------
        SpecmolError
            LibraryError if it is unusable or nothing in it is allowed; CacheError, OutputError of its cache;
            UsageError, CheckpointError of the model.
        """
        known = self._known.get(library)
        if known is None:
            try:
                known = self._opened(library)
            except SpecmolError as error:
                known = error
            others = [name for name in self._known if name != STDIN]
            if len(others) >= _MOST:
                del self._known[others[0]]
            self._known[library] = known
        self._known.move_to_end(library)
        if isinstance(known, SpecmolError):
            raise known
        return known

    def _opened(self, library: str) -> Opened:
        matcher = self._matcher()
        with self._listener.progress(f"embedding {library}") as advance:
            candidates = obtain_candidates(
                records_of(open_library(library), self._library.config, matcher.parser),
                matcher,
                self._library.config,
                cache=self._library.cache,
                keep=self._library.keep_cache,
                progress=lambda counts: advance(counts.read, None),
                warn=self._listener.warn,
            )
        rejected = candidates.counts.rejected
        if rejected:
            self._listener.warn(
                f"{library}: {rejected} of {candidates.counts.read} records are no candidates; see --report"
            )
        return Opened(candidates, Ranker(matcher, candidates, self._ranking.config), self._allowed(library, candidates))

    def _allowed(self, library: str, candidates: CandidateSet) -> NDArray[np.int64] | None:
        constraints = self._ranking.constraints
        if not constraints:
            return None
        rows = [row for row in range(len(candidates)) if constraints.allows(candidates.formula[row])]
        if not rows:
            asked = constraints.describe()
            raise LibraryError(library, f"none of its {len(candidates)} candidates has {asked}; widen what is asked")
        return np.array(rows, np.int64)
