"""How often the components of known mixtures are found among candidates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from specmol_core.evaluation.mixtures.component_cases import ComponentCase
from specmol_core.matcher.components import ComponentOutcome
from specmol_core.matcher.judgement import ScoredCandidates
from specmol_core.matcher.protocol import Matcher, Unmixer
from specmol_core.metrics import mean_interval
from specmol_core.molecules.decoys import decoys_of
from specmol_core.molecules.without_stereo import constitution_of_smiles
from specmol_core.runtime.child_processes import resolve
from specmol_core.spectra.analysis.analysis import analyse_pair
from specmol_core.spectra.spectrum import SpectrumPair

__all__ = ["CandidateSource", "MeasuredSet", "component_figures", "isomers_of", "measure_components"]

_SHOWN = {"both": ("1H", "13C"), "1H": ("1H",), "13C": ("13C",)}
_POOL = 250
"""Most isomers of each component in a library."""
_MAX_ATOMS = 100
_REJECTED = ("none fits", "more components?")


class CandidateSource:
    """Libraries of candidates of mixtures: near candidates of each component, and others.

    Parameters
    ----------
    others
        SMILES from which libraries are filled up.
    isomers
        Most similar isomers of a component without a pool of its own, by its SMILES.
    size
        Number of candidates of a library.
    """

    def __init__(
        self, matcher: Matcher, others: Sequence[str], isomers: dict[str, list[str]], size: int, seed: int
    ) -> None:
        self._matcher, self._others, self._isomers, self._size = matcher, others, isomers, size
        self._rng = np.random.default_rng(seed)

    def library(self, case: ComponentCase) -> dict[str, bytes]:
        """Return the payloads of the candidates of a case by SMILES, its components first."""
        pools = case.pools or tuple(tuple(self._isomers.get(truth, [])[:_POOL]) for truth in case.truth)
        names = dict.fromkeys((*case.truth, *(smiles for pool in pools for smiles in pool)))
        for k in self._rng.permutation(len(self._others)).tolist():
            if len(names) >= self._size:
                break
            if (constitution := constitution_of_smiles(self._others[k])) is not None:
                names.setdefault(constitution)
        return self._embed(list(names)[: self._size])

    def _embed(self, names: Sequence[str]) -> dict[str, bytes]:
        parse = resolve(self._matcher.parser)
        parsed = {name: parse(name, "smiles", _MAX_ATOMS) for name in names}
        usable = {name: record for name, record in parsed.items() if not isinstance(record, str)}
        payloads, _ = self._matcher.embed([record.graph for record in usable.values()])
        return dict(zip(usable, payloads, strict=True))


def isomers_of(library: Path, cases: Iterable[ComponentCase]) -> dict[str, list[str]]:
    """Return the most similar isomers of each component without a pool."""
    truths = sorted({truth for case in cases if not case.pools for truth in case.truth})
    return decoys_of(library, truths, _POOL) if truths else {}


@dataclass(frozen=True)
class MeasuredSet:
    """What is found of one mixture."""

    mixture: str
    shown: str
    """Nuclei that were given: ``both``, ``1H`` or ``13C``."""
    truth: tuple[str, ...]
    found: tuple[str, ...]
    """Members of the best set; empty without a set."""
    set_is_first: bool
    """Whether the best set is the truth, and no other set has its score."""
    members_found: int
    """Number of true components in the best set."""
    verdict: str
    probability: float
    fraction_errors: tuple[float, ...]
    """Error of the fraction of each component, if the set is right and the fractions are known."""
    covered: tuple[bool, ...]
    """Whether the interval of each component holds the true fraction."""
    verdict_without: str
    """Verdict if the library lacks the first component."""
    wrong_identified: int
    """Number of absent compounds that are called identified, with all components in the library and
    without the first one."""


def measure_components(
    cases: Iterable[ComponentCase], source: CandidateSource, matcher: Matcher, most: int
) -> Iterator[MeasuredSet]:
    """Yield what is found of each mixture by both nuclei, and by each alone.

    Parameters
    ----------
    most
        Largest number of components that is asked for.
    """
    unmixer = matcher.unmixer
    assert unmixer is not None
    for case in cases:
        library = source.library(case)
        if not all(truth in library for truth in case.truth):
            continue
        for shown, nuclei in _SHOWN.items():
            spectra = [
                one if one is not None and one.nucleus in nuclei else None
                for one in (case.spectra.h1, case.spectra.c13)
            ]
            if sum(one is not None for one in spectra) != len(nuclei):
                continue
            query = matcher.query(analyse_pair(SpectrumPair(*spectra)))
            conditioned = matcher.payloads_for(query, library)
            payloads = library if conditioned is None else dict(zip(library, conditioned, strict=True))
            yield _measured(case, shown, query, payloads, unmixer, most)


def _measured(
    case: ComponentCase, shown: str, query: object, payloads: dict[str, bytes], unmixer: Unmixer, most: int
) -> MeasuredSet:
    whole = _outcome(query, payloads, unmixer, most)
    lacking = _outcome(query, {s: p for s, p in payloads.items() if s != case.truth[0]}, unmixer, most)
    best, names = whole.sets[0], list(payloads)
    found = tuple(names[member.index] for member in best.members)
    is_right = set(found) == set(case.truth)
    tied = sum(one.score == best.score for one in whole.sets) > 1
    errors, covered = [], []
    if is_right and case.fractions is not None:
        true = dict(zip(case.truth, case.fractions, strict=True))
        for name, member in zip(found, best.members, strict=True):
            if member.fraction is not None and member.low is not None and member.high is not None:
                errors.append(abs(member.fraction - true[name]))
                covered.append(member.low <= true[name] <= member.high)
    others = [name for name in names if name != case.truth[0]]
    return MeasuredSet(
        case.name, shown, case.truth, found, is_right and not tied, len(set(found) & set(case.truth)), whole.verdict,
        best.probability, tuple(errors), tuple(covered), lacking.verdict,
        _identified_absent(whole, names, case.truth) + _identified_absent(lacking, others, case.truth),
    )  # fmt: skip


def _outcome(query: object, payloads: dict[str, bytes], unmixer: Unmixer, most: int) -> ComponentOutcome:
    names, values = list(payloads), list(payloads.values())
    candidates = ScoredCandidates(names.__getitem__, values.__getitem__)
    return unmixer.component_sets(query, candidates, len(names), most)


def _identified_absent(outcome: ComponentOutcome, names: Sequence[str], truth: Sequence[str]) -> int:
    """Return how many members of an identified set are not in the mixture."""
    if outcome.verdict != "identified":
        return 0
    return sum(names[member.index] not in truth for member in outcome.sets[0].members)


def component_figures(rows: Sequence[MeasuredSet], seed: int = 0) -> dict[str, dict[str, float]]:
    """Return the figures of some mixtures by the nuclei given; ends of intervals are bootstrap percentiles."""
    figures = {}
    for shown in _SHOWN:
        part = [row for row in rows if row.shown == shown]
        if not part:
            continue
        first = np.array([row.set_is_first for row in part], float)
        members = np.array([row.members_found / len(row.truth) for row in part])
        errors = [error for row in part for error in row.fraction_errors]
        covered = [inside for row in part for inside in row.covered]
        wrong = np.array([row.wrong_identified > 0 for row in part], float)
        low, high = mean_interval(first, seed=seed)
        member_low, member_high = mean_interval(members, seed=seed)
        figures[shown] = {
            "mixtures": float(len(part)),
            "set_first": float(first.mean()),
            "set_first_low": low,
            "set_first_high": high,
            "members": float(members.mean()),
            "members_low": member_low,
            "members_high": member_high,
            "fraction_error": float(np.mean(errors)) if errors else float("nan"),
            "coverage": float(np.mean(covered)) if covered else float("nan"),
            "identified": float(np.mean([row.verdict == "identified" for row in part])),
            "wrong_identified": float(wrong.mean()),
            "rejected_without": float(np.mean([row.verdict_without in _REJECTED for row in part])),
        }
    return figures
