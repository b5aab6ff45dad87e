"""The open libraries of a session: each is read and embedded once."""

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
from specmol_core.retrieval.get_candidates import get_candidates
from specmol_core.retrieval.library_source import records_of_library
from specmol_core.retrieval.ranker import Ranker

__all__ = ["OpenLibraries", "OpenLibrary"]

_MAX_OPEN_LIBRARIES = 4


class OpenLibrary(NamedTuple):
    """One library as candidates of a model."""

    candidates: CandidateSet
    ranker: Ranker
    allowed_rows: NDArray[np.int64] | None
    """Rows of the candidate set that satisfy the constraints, ascending; None for all."""
    caveats: tuple[str, ...] = ()
    """Warnings that belong into each result."""


class OpenLibraries:
    """The most recently used libraries. Standard input cannot be read twice and is always kept.

    Parameters
    ----------
    matcher
        Returns the model; called when the first library is opened.
    ranking, library, listener
        Options of the ranking, options of the library, and receiver of warnings and progress.
    """

    def __init__(
        self, matcher: Callable[[], Matcher], ranking: RankOptions, library: LibraryOptions, listener: Listener
    ) -> None:
        self._matcher, self._ranking, self._library, self._listener = matcher, ranking, library, listener
        self._entries: OrderedDict[str, OpenLibrary | SpecmolError] = OrderedDict()

    def open(self, library: str) -> OpenLibrary:
        """Return the library; it is opened at the first call, and an error is remembered too.

        Raises
        ------
        SpecmolError
            LibraryError if the library is unusable or no candidate satisfies the constraints;
            CacheError or OutputError of its cache; UsageError or CheckpointError of the model.
        """
        entry = self._entries.get(library)
        if entry is None:
            try:
                entry = self._open_library(library)
            except SpecmolError as error:
                entry = error
            names = [name for name in self._entries if name != STDIN]
            if len(names) >= _MAX_OPEN_LIBRARIES:
                del self._entries[names[0]]
            self._entries[library] = entry
        self._entries.move_to_end(library)
        if isinstance(entry, SpecmolError):
            raise entry
        return entry

    def _open_library(self, library: str) -> OpenLibrary:
        matcher = self._matcher()
        with self._listener.progress(f"embedding {library}") as advance:
            candidates = get_candidates(
                records_of_library(open_library(library), self._library.config, matcher.parser),
                matcher,
                self._library.config,
                cache=self._library.cache,
                use_cache=self._library.use_cache,
                progress=lambda counts: advance(counts.read, None),
                warn=self._listener.warn,
            )
        rejected = candidates.counts.rejected
        if rejected:
            self._listener.warn(
                f"{library}: {rejected} of {candidates.counts.read} records were rejected; see --report"
            )
        ranker = Ranker(matcher, candidates, self._ranking.config)
        return OpenLibrary(candidates, ranker, self._allowed_rows(library, candidates), _caveats(library, candidates))

    def _allowed_rows(self, library: str, candidates: CandidateSet) -> NDArray[np.int64] | None:
        constraints = self._ranking.constraints
        if not constraints:
            return None
        rows = [row for row in range(len(candidates)) if constraints.allows(candidates.formula[row])]
        if not rows:
            description = constraints.describe()
            raise LibraryError(
                library, f"none of its {len(candidates)} candidates has {description}; widen the constraints"
            )
        return np.array(rows, np.int64)


def _caveats(library: str, candidates: CandidateSet) -> tuple[str, ...]:
    count, limit = candidates.oversized, candidates.manifest.max_atoms
    if not count:
        return ()
    what = f"molecules with more than {limit} heavy atoms are not ranked, and the compound may be among them"
    return (f"{library}: {count:,} {what}; raise --max-atoms",)
