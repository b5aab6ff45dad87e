"""Which columns of a table hold the SMILES and the name, by the words in its header."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

__all__ = ["AmbiguousColumnsError", "NamedColumns", "find_named_columns"]

_SMILES = (
    *("isomericsmiles", "isosmiles", "smilesisomeric", "smilesiso"),
    *("smiles", "smilesstring"),
    *("canonicalsmiles", "smilescanonical", "cansmiles", "smilescan"),
    *("connectivitysmiles", "smilesconnectivity"),
)
"""Names of SMILES columns without blanks and marks, from the most to the least informative; PubChem has three."""
_STRUCTURES = ("smi", "structure", "structures", "molecule", "mol")
"""Names of columns that may hold SMILES or something else."""
_NO_SMILES = frozenset(("id", "key", "hash", "length", "source", "count", "type", "error", "status"))
"""Words of headers that hold the word SMILES, too, but no structures."""
_NAMES = (
    *("name", "compoundname", "cmpdname", "moleculename", "molname", "commonname", "preferredname", "prefname"),
    *("genericname", "chemicalname", "drugname", "title", "compound", "iupacname"),
)
_IDENTIFIERS = (
    *("id", "identifier", "compoundid", "moleculeid", "molid", "chemblid", "moleculechemblid", "zincid", "cid"),
    *("compoundcid", "pubchemcid", "cas", "casrn", "casnumber", "casregistrynumber", "inchikey"),
)
_NAME_WORDS = frozenset(("name", "names", "title"))
_IDENTIFIER_WORDS = frozenset(("id", "cid", "identifier", "number", "no", "code", "key", "cas"))
_OTHER_OWNERS = frozenset(
    (
        *("assay", "author", "batch", "company", "file", "gene", "library", "manufacturer", "organism", "plate"),
        *("project", "protein", "source", "species", "supplier", "target", "user", "vendor"),
    )
)
"""Words of a header such as "Target Name": the name of something else than the compound."""


class AmbiguousColumnsError(ValueError):
    """Several columns of a header may hold the SMILES; the message names them."""


class NamedColumns(NamedTuple):
    """Columns of a table that its header names."""

    smiles: tuple[int, ...]
    """Columns of equivalent SMILES, best first; the first filled cell counts."""
    names: tuple[int, ...]
    """Columns of names and identifiers, best first; the first filled cell counts."""
    is_certain: bool
    """Whether the header leaves no doubt about the SMILES; else its cells must show it."""


def find_named_columns(cells: Sequence[str]) -> NamedColumns | None:
    """Find the columns by the cells of a header; None if no column can hold SMILES.

    Case, blanks and marks do not count: ``Canonical SMILES``, ``canonical_smiles`` and ``SMILES (Canonical)``
    are the same.

    Raises
    ------
    AmbiguousColumnsError
        If several columns have the word SMILES in unusual names.

    Examples
    --------
    >>> find_named_columns(["cid", "cmpdname", "isosmiles", "canonicalsmiles"])
    NamedColumns(smiles=(2, 3), names=(1, 0), is_certain=True)
    """
    words = [re.findall(r"[a-z0-9]+", cell.lower()) for cell in cells]
    keys = ["".join(parts) for parts in words]
    smiles = _ordered(keys, _SMILES)
    similar = [i for i, cell in enumerate(cells) if _holds_smiles(words[i]) and not re.search(r"[,;|\t]", cell)]
    if not smiles and len(similar) > 1:
        raise AmbiguousColumnsError(" and ".join(repr(cells[i].strip()[:40]) for i in similar))
    is_certain = bool(smiles or any(_is_short(words[i]) for i in similar))
    smiles = smiles or similar or _ordered(keys, _STRUCTURES)[:1]
    if not smiles:
        return None
    others = [i for i in range(len(cells)) if i not in smiles]
    names = _ordered(keys, _NAMES) or _ending_with(words, others, _NAME_WORDS)
    identifiers = _ordered(keys, _IDENTIFIERS) or _ending_with(words, others, _IDENTIFIER_WORDS)
    return NamedColumns(tuple(smiles), (*names, *identifiers), is_certain)


def _ordered(keys: Sequence[str], wanted: Iterable[str]) -> list[int]:
    return [keys.index(name) for name in wanted if name in keys]


def _holds_smiles(words: Sequence[str]) -> bool:
    return bool(words) and any(word.endswith("smiles") for word in words) and not _NO_SMILES & set(words)


def _is_short(words: Sequence[str]) -> bool:
    """Whether the words are a header and not a title such as "My SMILES library"."""
    return len(words) <= 3 and (words[0] == "smiles" or words[-1].endswith("smiles"))


def _ending_with(words: Sequence[Sequence[str]], columns: Sequence[int], endings: frozenset[str]) -> list[int]:
    return [i for i in columns if words[i] and words[i][-1] in endings and not _OTHER_OWNERS & set(words[i])]
