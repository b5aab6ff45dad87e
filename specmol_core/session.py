"""A loaded model and open libraries, for one query or for many."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path

from specmol_core import __version__
from specmol_core.config import EmbedConfig, RankConfig
from specmol_core.errors import SpecmolError, UsageError
from specmol_core.matcher import Matcher
from specmol_core.matchnet_x.assignment import Assignment
from specmol_core.matchnet_x.matcher import EvidenceMatcher, ObservedQuery
from specmol_core.matchnet_x.refine import Refiner
from specmol_core.molecules.constraints import Constraints
from specmol_core.progress import ProgressFactory, no_progress
from specmol_core.queries import Query
from specmol_core.report.explain.write import Explain, write_explanations
from specmol_core.report.result import LibrarySummary, Provenance, QueryFailure, QueryResult, Source
from specmol_core.retrieval.cache.candidates import CandidateSet
from specmol_core.retrieval.cache.rejections import write_rejections
from specmol_core.retrieval.models import load_model
from specmol_core.retrieval.open_libraries import Opened, OpenLibraries
from specmol_core.retrieval.ranker import Ranking
from specmol_core.retrieval.refined import load_refiner, refined_ranking
from specmol_core.spectra.analysis.mask import Masked, masked_pair
from specmol_core.spectra.pair import read_pair
from specmol_core.spectra.read import read_spectrum
from specmol_core.spectra.spectrum import NUCLEI, Nucleus, Spectrum, SpectrumPair

__all__ = ["Session", "Window"]

Window = tuple[float, float]
"""Range of a spectrum, high to low (ppm)."""

_UNCONSTRAINED = Constraints()
_KEYS: dict[Nucleus, str] = {"1H": "h1", "13C": "c13"}


class Session:
    """Ranks query after query; the model is loaded once, and each library is opened once.

    Parameters
    ----------
    rank, embed
        How to rank, and how a library becomes candidates.
    checkpoint, model
        The trained model: a file, or the name of a shipped one.
    windows
        Range that every 1H and every 13C spectrum spans, where the user says one.
    cache
        Where the embedded library is kept; beside it, or in the user's cache folder, if None.
    keep_cache
        False neither reads nor writes a cache.
    keep_solvent
        True leaves the lines of solvent and impurities in.
    constraints
        What a candidate must fulfil to be scored at all.
    assigned
        Candidates, from the best, whose signals are assigned to atoms; 0 for none. Only matchnet-x can.
    explain
        Folder for a picture of each of these.
    refine
        Name of a second predictor that predicts the best candidates again, at most ``RankConfig.refined``; of
        ``retrieval.refined.REFINERS``. Only matchnet-x can. Signals are assigned by its own predictor all the same.
    progress, warn
        Who hears how the work goes, and what is doubtful.
    """

    def __init__(
        self,
        rank: RankConfig | None = None,
        embed: EmbedConfig | None = None,
        *,
        checkpoint: Path | None = None,
        model: str | None = None,
        windows: tuple[Window | None, Window | None] = (None, None),
        cache: Path | None = None,
        keep_cache: bool = True,
        keep_solvent: bool = False,
        constraints: Constraints = _UNCONSTRAINED,
        assigned: int = 0,
        explain: Explain | None = None,
        refine: str | None = None,
        progress: ProgressFactory = no_progress,
        warn: Callable[[str], None] = lambda text: None,
    ) -> None:
        self.config = rank if rank is not None else RankConfig()
        self._embed = embed if embed is not None else EmbedConfig()
        self._checkpoint, self._model, self._windows = checkpoint, model, windows
        self._keep_solvent, self._constraints = keep_solvent, constraints
        self._assigned, self._explain, self._refine = assigned, explain, refine
        self._progress, self._warn = progress, warn
        self._libraries = OpenLibraries(
            lambda: self.matcher,
            self.config,
            self._embed,
            constraints,
            cache=cache,
            keep_cache=keep_cache,
            progress=progress,
            warn=warn,
        )

    @cached_property
    def matcher(self) -> Matcher:
        """The model.

        Raises
        ------
        UsageError, CheckpointError
            As ``loading.load_model``; also if pictures are asked of a model that assigns nothing.
        """
        found = load_model(self._checkpoint, self._model, self.config.device)
        if self._explain is not None and not isinstance(found, EvidenceMatcher):
            raise UsageError(f"--explain: {found.model} assigns no signals to atoms; use --model matchnet-x")
        return found

    @cached_property
    def _refiner(self) -> Refiner | None:
        return None if self._refine is None else load_refiner(self._refine, self.matcher)

    def rank(self, query: Query, library: Path | str | None = None) -> QueryResult:
        """Rank the candidates of the query's own library, else of ``library``.

        Raises
        ------
        SpecmolError
            Of the class that says what is at fault: UsageError where the query lacks its spectra or its library, or
            there is no second predictor, SpectrumError, LibraryError, CheckpointError, CacheError, OutputError.
        """
        source = query.library if query.library is not None else library
        if source is None:
            raise UsageError(f"query {query.id}: no candidates; fill its cell library, or give --library")
        if query.h1 is None and query.c13 is None:
            raise UsageError(f"query {query.id}: no spectrum; fill its cell h1 or c13")
        _ = self._refiner  # what it lacks is said before any work
        pair = read_pair(query.h1, query.c13, self._read)
        pair, masked = (pair, Masked()) if self._keep_solvent else masked_pair(pair)
        for spectrum in pair.spectra:
            for warning in spectrum.warnings:
                self._warn(f"{spectrum.source}: {warning}")
        opened = self._libraries.open(str(source))
        ranking, doubts = self._refined(opened, opened.ranker.rank(pair, opened.allowed))
        for doubt in doubts:
            self._warn(doubt)
        result = self._result(query.id, pair, masked, str(source), opened.candidates, ranking, doubts)
        if self._explain is not None:
            write_explanations(self._explain, result, pair)
        return result

    def rank_all(
        self, queries: Sequence[Query], library: Path | str | None = None
    ) -> Iterator[QueryResult | QueryFailure]:
        """Rank query after query; one that fails gives a QueryFailure, and the next follows.

        Raises
        ------
        UsageError, CheckpointError
            If there is no model to rank with, or no second predictor.
        """
        _ = self.matcher, self._refiner
        with self._progress("ranking") as advance:
            for number, query in enumerate(queries, 1):
                try:
                    outcome: QueryResult | QueryFailure = self.rank(query, library)
                except SpecmolError as error:
                    outcome = QueryFailure(query.id, str(error), error.exit_code)
                yield outcome
                advance(number, len(queries))

    def write_rejections(self, library: Path | str, path: Path) -> None:
        """Write which records of a library are no candidates, and why (CSV: index, name, reason).

        Raises
        ------
        SpecmolError
            If the library cannot be opened, or the report not be written.
        """
        write_rejections(path, self._libraries.open(str(library)).candidates.rejections())

    def _read(self, path: Path, nucleus: Nucleus) -> Spectrum:
        place, geometry = NUCLEI.index(nucleus), self.matcher.geometry
        default = (geometry.h1_window, geometry.c13_window)[place]
        return read_spectrum(path, nucleus, self._windows[place], default)

    def _refined(self, opened: Opened, ranking: Ranking) -> tuple[Ranking, list[str]]:
        """The ranking, refined if that is asked for, and what is doubtful about it."""
        if self._refiner is None:
            return ranking, []
        with self._progress(f"predicting again with {self._refine}"):
            found = refined_ranking(ranking, opened.ranker, opened.candidates, self._refiner, self.config.refined)
        doubts = [f"{self._refine} predicts no shifts of {name}, which keeps its score" for name in found.failed]
        if not found.again:
            doubts.append(f"{self._refine} was not asked: no candidate comes near the best one")
        return found.ranking, doubts

    def _assignments(self, ranking: Ranking) -> tuple[Assignment, ...]:
        matcher = self.matcher
        if not isinstance(matcher, EvidenceMatcher) or not isinstance(ranking.query, ObservedQuery):
            return ()
        return tuple(matcher.assign(ranking.query, c.smiles) for c in ranking.candidates[: self._assigned])

    def _result(
        self,
        name: str,
        pair: SpectrumPair,
        masked: Masked,
        library: str,
        candidates: CandidateSet,
        ranking: Ranking,
        doubts: list[str],
    ) -> QueryResult:
        counts, spectra = candidates.counts, (pair.h1, pair.c13)
        warnings = [f"{s.source}: {text}" for s in spectra if s is not None for text in s.warnings]
        warnings += [f"no {n} spectrum was given" for n, s in zip(NUCLEI, spectra, strict=True) if s is None]
        return QueryResult(
            id=name,
            candidates=ranking.candidates,
            library=LibrarySummary(library, counts.read, ranking.scored, counts.duplicates, counts.rejected),
            nuclei=ranking.nuclei,
            provenance=Provenance(
                version=__version__,
                model=self.matcher.model,
                checkpoint=self.matcher.id,
                spectra={
                    key: None if s is None else Source(s.source, s.sha256)
                    for key, s in zip(("h1", "c13"), spectra, strict=True)
                },
                library=Source(library, candidates.manifest.library.sha256),
                settings={
                    "top": self.config.top,
                    "prefilter": self.config.prefilter,
                    "max_atoms": self._embed.max_atoms,
                    "h1_range": self._windows[0],
                    "c13_range": self._windows[1],
                    "keep_solvent": self._keep_solvent,
                    "constraints": self._constraints.as_dict(),
                    "refine": self._refine,
                    "device": self.matcher.device,
                },
            ),
            warnings=(*warnings, *doubts),
            ties=ranking.ties,
            verdict=ranking.verdict,
            assignments=self._assignments(ranking),
            masked={_KEYS[nucleus]: tuple(line.as_dict() for line in lines) for nucleus, lines in masked.items()},
        )
