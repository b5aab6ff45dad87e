"""Which candidates of a library explain the spectra of a mixture together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from specmol_core.matcher.components import ComponentOutcome, ComponentSet, ExplainedSignals, SetMember
from specmol_core.matcher.judgement import UnexplainedSignal, describe_shifts
from specmol_core.matcher.protocol import Matcher
from specmol_core.retrieval.ranker import Ranker, Ranking

__all__ = ["ComponentRanking", "RankedComponent", "RankedSet", "rank_components"]

MAX_CANDIDATES = 2_000
"""Most candidates among which sets are searched: the best of the ranking."""
_IDENTIFIED = 0.9
_MAX_SETS_SHOWN = 20


@dataclass(frozen=True)
class RankedComponent:
    """One component of a set."""

    index: int
    """Number of the record in the library, counted from 0."""
    name: str
    smiles: str
    formula: str
    fraction: float | None
    """Mole fraction among the components of the set; None if the spectra do not tell it."""
    low: float | None
    high: float | None
    """Interval of 95 %."""
    signals: tuple[ExplainedSignals, ...]
    """Its signals in each spectrum."""


@dataclass(frozen=True)
class RankedSet:
    """One set of candidates that may be the components of the sample."""

    rank: int
    probability: float
    score: float
    components: tuple[RankedComponent, ...]
    """The largest fraction first."""
    unexplained: tuple[UnexplainedSignal, ...]
    """Strong signals of none of the components."""


@dataclass(frozen=True)
class ComponentRanking:
    """Sets of candidates, best first."""

    most: int
    """Largest number of components that was asked for."""
    verdict: str
    """``identified``, ``probable``, ``open``, ``more components?`` or ``none fits``."""
    none_fits_probability: float
    """Probability that the library lacks a component."""
    component_probability: tuple[float, ...]
    """Probability that each component of the best set is in the sample."""
    amounts: str
    """What the fractions of the best set rest on: ``fit`` of the 1H spectrum, ``areas`` of its signals,
    ``heights`` of 13C lines, or empty."""
    sets: tuple[RankedSet, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)

    def describe(self) -> str:
        """Describe the verdict in words.

        Examples
        --------
        >>> ComponentRanking(2, "none fits", 0.8, (), "", ()).describe()
        'none fits (probability 0.80 that the library lacks a component)'
        """
        note = f"probability {self.none_fits_probability:.2f} that the library lacks a component"
        if not self.sets or self.verdict == "none fits":
            return f"{self.verdict} ({note})"
        best = self.sets[0]
        count = len(best.components)
        what = "one component suffices" if count == 1 else f"{count} components"
        if self.verdict == "more components?":
            return f"more components? (the best set leaves unexplained: {describe_shifts(best.unexplained)}; {note})"
        sure = [
            component.name or component.smiles
            for component, probability in zip(best.components, self.component_probability, strict=True)
            if probability >= _IDENTIFIED
        ]
        words = f"{what}, {self.verdict} (probability {best.probability:.2f} of the set; {note})"
        named = f"{words}; identified component{'s' * (len(sure) > 1)}: {', '.join(sure)}"
        return named if sure and self.verdict != "identified" else words


def rank_components(matcher: Matcher, ranker: Ranker, ranking: Ranking, most: int) -> ComponentRanking | None:
    """Return the sets of candidates that explain the spectra of a ranking; None if it has no candidate.

    Parameters
    ----------
    most
        Largest number of components.

    Raises
    ------
    ValueError
        If the model cannot explain mixtures.
    """
    unmixer = matcher.unmixer
    if unmixer is None:
        raise ValueError(f"{matcher.model} cannot explain mixtures")
    count = min(len(ranking.rows), MAX_CANDIDATES)
    if not count:
        return None
    candidates = ranker.best(ranking, count)
    outcome = unmixer.component_sets(ranking.query, candidates, count, most)
    return _named(outcome, most, lambda k: ranker.record(ranking, k), _source_of_amounts(ranking))


def _source_of_amounts(ranking: Ranking) -> str:
    return "areas" if "1H" in ranking.nuclei else "heights"


def _named(
    outcome: ComponentOutcome, most: int, record: Callable[[int], tuple[int, str, str, str]], amounts: str
) -> ComponentRanking:
    def component(member: SetMember) -> RankedComponent:
        return RankedComponent(*record(member.index), member.fraction, member.low, member.high, member.signals)

    def ranked(number: int, one: ComponentSet) -> RankedSet:
        members = tuple(component(member) for member in one.members)
        return RankedSet(number, one.probability, one.score, members, one.unexplained)

    sets = tuple(ranked(number, one) for number, one in enumerate(outcome.sets[:_MAX_SETS_SHOWN], 1))
    known = sets[0].components[0].fraction is not None
    return ComponentRanking(
        most, outcome.verdict, outcome.none_fits_probability, outcome.component_probability, amounts if known else "",
        sets,
    )  # fmt: skip
