"""Compounds that are known to be in a sample: their SMILES, and the query without their signals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from specmol_core.config import EmbedConfig
from specmol_core.errors import SpectrumError, UsageError
from specmol_core.matcher.components import KnownCompound
from specmol_core.matcher.protocol import EncodedQuery, Matcher
from specmol_core.retrieval.residual import fitted_residual
from specmol_core.runtime.child_processes import resolve
from specmol_core.spectra.analysis.analysis import AnalysedPair

__all__ = ["MAX_KNOWN", "absent_known", "known_smiles", "query_without_known"]

MAX_KNOWN = 16
"""Most known compounds of a sample."""
_MAX_LENGTH = 5_000


def known_smiles(matcher: Matcher, texts: Iterable[str], source: str = "--known") -> tuple[str, ...]:
    """Return the SMILES of known compounds, each once, in the form of candidates.

    Parameters
    ----------
    source
        Option or cell that holds the texts, for messages.

    Raises
    ------
    UsageError
        If a text is not the SMILES of one molecule, there are too many, or the model cannot explain mixtures.
    """
    found: dict[str, None] = {}
    for text in texts:
        if matcher.unmixer is None:
            raise UsageError(f"{source.rstrip(':')}: {matcher.model} does not predict lines; use --model matchnet-x")
        written = text.strip()
        if not written or len(written) > _MAX_LENGTH or any(c.isspace() for c in written) or "*" in written:
            raise UsageError(f"{source} {text[:60]!r}: is not a SMILES; give the SMILES of one molecule")
        if "." in written:
            raise UsageError(f"{source} {written[:60]!r}: holds several molecules; give each its own --known")
        parsed = resolve(matcher.parser)(written, "smiles", EmbedConfig.max_atoms)
        if isinstance(parsed, str):
            raise UsageError(f"{source} {written[:60]!r}: {parsed}; give the SMILES of one molecule")
        found[parsed.smiles] = None
    if len(found) > MAX_KNOWN:
        raise UsageError(f"{source.rstrip(':')}: {len(found)} compounds; give at most {MAX_KNOWN}")
    return tuple(found)


def query_without_known(
    matcher: Matcher, pair: AnalysedPair, known: Sequence[str]
) -> tuple[EncodedQuery, tuple[KnownCompound, ...]]:
    """Return the query of a pair of spectra without the signals of known compounds, and these compounds.

    Parameters
    ----------
    known
        Result of ``known_smiles``.

    Raises
    ------
    SpectrumError
        If the known compounds explain all signals.
    UsageError
        If a compound has no line in the spectra.
    """
    if not known or matcher.unmixer is None:
        return matcher.query(pair), ()
    left, compounds = matcher.unmixer.without_known(pair, known, fitted_residual(pair.h1, known))
    if left is None:
        sources = " and ".join(analysis.spectrum.source for analysis in pair.analyses)
        raise SpectrumError(sources, "the known compounds explain all signals; nothing is left to rank")
    return left, compounds


def absent_known(known: Sequence[KnownCompound]) -> list[str]:
    """Return a warning for each known compound of which most lines are not observed."""
    return [
        f"known compound {one.smiles}: most of its predicted lines are not in the spectra"
        for one in known
        if not one.is_seen
    ]
