"""A session: a loaded model and open libraries, for one or several queries."""

from __future__ import annotations

import os
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from functools import cached_property, partial
from pathlib import Path

from specmol_core import __version__
from specmol_core.errors import DEBUG, INTERNAL, SpecmolError, SpectrumError, UsageError, fault_message, missing_package
from specmol_core.matcher.assignment import Assignment
from specmol_core.matcher.protocol import Matcher, Rescorer
from specmol_core.options import (
    ExplainOptions,
    LibraryOptions,
    Listener,
    ModelOptions,
    RankOptions,
    SpectrumOptions,
)
from specmol_core.queries import QueryFiles
from specmol_core.report.explain.write import write_explanation_images
from specmol_core.report.result import HashedFile, LibrarySummary, Provenance, QueryFailure, QueryResult
from specmol_core.retrieval.cache.candidates import CandidateSet
from specmol_core.retrieval.cache.rejections import write_rejections
from specmol_core.retrieval.component_amounts import with_fitted_fractions
from specmol_core.retrieval.components import rank_components
from specmol_core.retrieval.conclusion import Concluder, Conclusion
from specmol_core.retrieval.known import absent_known, known_smiles
from specmol_core.retrieval.models import checkpoint_path, load_model
from specmol_core.retrieval.open_libraries import OpenLibraries, OpenLibrary
from specmol_core.retrieval.ranker import Ranking
from specmol_core.retrieval.refinement import load_refiner, refine_ranking
from specmol_core.spectra.analysis.analysis import AnalysedPair, analyse_pair, analyse_unmasked
from specmol_core.spectra.analysis.mask import MaskedLines
from specmol_core.spectra.pair import read_pair
from specmol_core.spectra.read import read_spectrum
from specmol_core.spectra.readers.instruments.decay import no_carrier_reason
from specmol_core.spectra.readers.sentence.inline import SpectrumSource
from specmol_core.spectra.spectrum import NUCLEI, Nucleus, Spectrum

__all__ = ["Session"]

_RESULT_KEYS: dict[Nucleus, str] = {"1H": "h1", "13C": "c13"}


class Session:
    """Ranks one query after another; loads the model once and opens each library once.

    Parameters
    ----------
    ranking
        What is ranked, and how: number of candidates, constraints, refinement.
    model
        The trained model.
    spectra
        How spectra are read.
    libraries
        How libraries are embedded, and their caches.
    explain
        For how many candidates signals are assigned, and where their sheets are written.
    listener
        Functions that are called with progress and warnings.
    """

    def __init__(
        self,
        ranking: RankOptions = RankOptions(),
        *,
        model: ModelOptions = ModelOptions(),
        spectra: SpectrumOptions = SpectrumOptions(),
        libraries: LibraryOptions = LibraryOptions(),
        explain: ExplainOptions = ExplainOptions(),
        listener: Listener = Listener(),
    ) -> None:
        self._ranking, self._model, self._spectra = ranking, model, spectra
        self._options, self._explain, self._listener = libraries, explain, listener
        self._libraries = OpenLibraries(lambda: self.matcher, ranking, libraries, listener)

    @cached_property
    def matcher(self) -> Matcher:
        """The model.

        Raises
        ------
        UsageError, CheckpointError
            As ``retrieval.models.load_model``; also if explanation images are requested and the model
            cannot assign signals.
        """
        loaded = load_model(self._model.checkpoint, self._model.name, self._ranking.config.device)
        if self._explain.folder is not None and loaded.assigner is None:
            raise UsageError(f"--explain: {loaded.model} assigns no signals to atoms; use --model matchnet-x")
        if self._ranking.components > 1 and loaded.unmixer is None:
            raise UsageError(f"--components: {loaded.model} does not predict lines; use --model matchnet-x")
        return loaded

    @cached_property
    def _refiner(self) -> Rescorer | None:
        name = self._ranking.refine
        return None if name is None else load_refiner(name, self.matcher)

    @cached_property
    def _concluder(self) -> Concluder:
        checkpoint = checkpoint_path(self._model.checkpoint, self._model.name)
        return Concluder(self._ranking, self.matcher, checkpoint)

    def rank(self, query: QueryFiles, library: Path | str | None = None) -> QueryResult:
        """Rank the candidates of the query's own library, or else of ``library``.

        Raises
        ------
        SpecmolError
            UsageError if the query has no spectra or no library, or the second predictor is not
            available; or SpectrumError, LibraryError, CheckpointError, CacheError, OutputError.
        """
        source = query.library if query.library is not None else library
        if source is None:
            raise UsageError(f"query {query.id}: no library; fill its cell library, or give --library")
        if query.h1 is None and query.c13 is None and query.sample is None:
            raise UsageError(f"query {query.id}: no spectrum; fill its cell h1, c13 or sample")
        _ = self._refiner, self._concluder  # raise their errors before any work
        known = known_smiles(self.matcher, self._ranking.known)
        known += known_smiles(self.matcher, query.known, f"query {query.id}, column known:")
        known = tuple(dict.fromkeys(known))
        if known and self._concluder.is_calibrated:
            raise UsageError(f"query {query.id}: --confidence and --max-error are for spectra without known compounds")
        solvent = query.solvent or self._spectra.solvent
        pair = read_pair(query.h1, query.c13, partial(self._read_spectrum, solvent=solvent), query.sample)
        analysed = analyse_unmasked(pair) if self._spectra.keep_solvent else analyse_pair(pair)
        pair = analysed.masked_pair
        masked_lines = MaskedLines() if self._spectra.keep_solvent else analysed.contaminants
        for warning in _spectrum_warnings(analysed):
            self._listener.warn(warning)
        opened = self._libraries.open(str(source))
        ranking = opened.ranker.rank(analysed, opened.allowed_rows, known)
        ranking, caveats = self._refine_ranking(opened, ranking)
        caveats += absent_known(ranking.known)
        for caveat in caveats:
            self._listener.warn(caveat)
        caveats = [*opened.caveats, *caveats, *ranking.notes]
        conclusion = self._concluder.conclude(ranking, analysed, opened.candidates.smiles.__getitem__)
        result = self._result(
            query, analysed, masked_lines, str(source), opened.candidates, ranking, conclusion, caveats
        )
        if self._ranking.components > 1:
            with self._listener.progress("searching sets of candidates"):
                components = rank_components(self.matcher, opened.ranker, ranking, self._ranking.components)
                if components is not None:
                    components = with_fitted_fractions(components, analysed, known)
            result = replace(result, components=components)
        if self._explain.folder is not None:
            write_explanation_images(self._explain.folder, self._explain.suffix, result, pair)
        return result

    def rank_all(
        self, queries: Sequence[QueryFiles], library: Path | str | None = None
    ) -> Iterator[QueryResult | QueryFailure]:
        """Yield the result of each query; a query that fails yields a QueryFailure.

        Raises
        ------
        UsageError, CheckpointError
            If the model or the second predictor is not available.
        """
        _ = self.matcher, self._refiner, self._concluder
        with self._listener.progress("ranking") as advance:
            for number, query in enumerate(queries, 1):
                try:
                    outcome: QueryResult | QueryFailure = self.rank(query, library)
                except SpecmolError as error:
                    outcome = QueryFailure(query.id, str(error), error.exit_code)
                # An internal error fails only this query; the next ones may succeed.
                except Exception as error:
                    if os.environ.get(DEBUG):
                        traceback.print_exception(error)
                    known = missing_package(error)
                    if known is not None:
                        outcome = QueryFailure(query.id, str(known), known.exit_code)
                    else:
                        outcome = QueryFailure(query.id, " ".join(fault_message(error).split()), INTERNAL)
                yield outcome
                advance(number, len(queries))

    def write_rejections(self, library: Path | str, path: Path) -> None:
        """Write the rejected records of a library with their reasons (CSV: index, name, reason).

        Raises
        ------
        SpecmolError
            If the library cannot be opened, or the report cannot be written.
        """
        write_rejections(path, self._libraries.open(str(library)).candidates.rejections())

    def _read_spectrum(self, source: SpectrumSource, nucleus: Nucleus, solvent: str | None) -> Spectrum:
        options, geometry = self._spectra, self.matcher.geometry
        windows = {"1H": (options.h1_range, geometry.h1_window), "13C": (options.c13_range, geometry.c13_window)}
        with self._listener.progress(f"reading {source}"):
            spectrum = read_spectrum(source, nucleus, *windows[nucleus], solvent)
        if spectrum.axis_is_guessed:
            raise SpectrumError(str(source), no_carrier_reason(nucleus))
        return spectrum

    def _refine_ranking(self, opened: OpenLibrary, ranking: Ranking) -> tuple[Ranking, list[str]]:
        """Return the ranking, refined if requested, and warnings about it."""
        if self._refiner is None:
            return ranking, []
        name, limit = self._ranking.refine, self._ranking.config.max_refined
        with self._listener.progress(f"rescoring with {name}"):
            refinement = refine_ranking(ranking, opened.ranker, opened.candidates, self._refiner, limit)
        caveats = [f"{name} predicts no shifts of {failed}, which keeps its score" for failed in refinement.failed]
        if not refinement.rescored:
            caveats.append(f"{name} was not used: no candidate scores close to the best one")
        return refinement.ranking, caveats

    def _assignments(self, ranking: Ranking) -> tuple[Assignment, ...]:
        assigner = self.matcher.assigner
        if assigner is None:
            return ()
        best = ranking.candidates[: self._explain.max_assigned]
        return tuple(assigner.assign(ranking.query, candidate.smiles) for candidate in best)

    def _result(
        self,
        query: QueryFiles,
        analysed: AnalysedPair,
        masked_lines: MaskedLines,
        library: str,
        candidates: CandidateSet,
        ranking: Ranking,
        conclusion: Conclusion,
        caveats: list[str],
    ) -> QueryResult:
        pair = analysed.masked_pair
        counts, spectra = candidates.counts, (pair.h1, pair.c13)
        warnings = _spectrum_warnings(analysed)
        warnings += [f"no {n} spectrum was given" for n, s in zip(NUCLEI, spectra, strict=True) if s is None]
        return QueryResult(
            id=query.id,
            candidates=ranking.candidates,
            library=LibrarySummary(library, counts.read, ranking.scored, counts.duplicates, counts.rejected),
            nuclei=ranking.nuclei,
            provenance=Provenance(
                version=__version__,
                model=self.matcher.model,
                checkpoint=self.matcher.id,
                spectra={
                    key: None if s is None else HashedFile(s.source, s.sha256)
                    for key, s in zip(("h1", "c13"), spectra, strict=True)
                },
                library=HashedFile(library, candidates.manifest.library.sha256),
                settings={
                    "top": self._ranking.config.top,
                    "prefilter": self._ranking.config.prefilter,
                    "max_atoms": self._options.config.max_atoms,
                    "h1_range": self._spectra.h1_range,
                    "c13_range": self._spectra.c13_range,
                    "keep_solvent": self._spectra.keep_solvent,
                    "solvent": query.solvent or self._spectra.solvent,
                    "constraints": self._ranking.constraints.as_dict(),
                    "refine": self._ranking.refine,
                    "components": self._ranking.components,
                    "known": [one.smiles for one in ranking.known],
                    "confidence": self._ranking.confidence,
                    "max_error": self._ranking.max_error,
                    "device": self.matcher.device,
                },
            ),
            warnings=(*warnings, *caveats),
            ties=ranking.ties,
            verdict=ranking.verdict,
            confidence_set=conclusion.confidence_set,
            identification=conclusion.identification,
            advice=conclusion.advice,
            assignments=self._assignments(ranking),
            masked_lines={
                _RESULT_KEYS[nucleus]: tuple(line.as_dict() for line in lines)
                for nucleus, lines in masked_lines.items()
            },
            known=ranking.known,
            solvents={
                _RESULT_KEYS[a.spectrum.nucleus]: None if a.solvent is None else asdict(a.solvent)
                for a in analysed.analyses
            },
        )


def _spectrum_warnings(analysed: AnalysedPair) -> list[str]:
    """The warnings of each spectrum, with its source: of the reader, of masking, and about its quality."""
    return [f"{a.spectrum.source}: {text}" for a in analysed.analyses for text in a.warnings]
