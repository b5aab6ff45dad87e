"""Which columns of a table, or data items of a record, hold the SMILES and the name, by their headers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

__all__ = ["AmbiguousColumnsError", "NamedColumns", "find_named_columns", "name_rank"]

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
    *("genericname", "chemicalname", "drugname", "title", "compound", "casindexname", "iupacname", "pubchemiupacname"),
)
"""Names of columns of names, best first."""
_IDENTIFIERS = (
    *("id", "identifier", "compoundid", "moleculeid", "molid", "chemblid", "moleculechemblid", "zincid", "cid"),
    *("compoundcid", "pubchemcid", "pubchemcompoundcid", "drugbankid", "hmdbid", "chebiid", "dtxsid", "nsc"),
    *("catalogid", "catalognumber", "idnumber", "cas", "casrn", "casnumber", "casregistrynumber", "inchikey"),
)
"""Names of columns of identifiers, best first."""
_NAME_WORDS = frozenset(("name", "names", "title"))
_MAX_NAME_COLUMNS = 8
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
    ranks = {i: name_rank(cell) for i, cell in enumerate(cells) if i not in smiles}
    names = sorted((rank, i) for i, rank in ranks.items() if rank is not None)
    return NamedColumns(tuple(smiles), tuple(i for _, i in names[:_MAX_NAME_COLUMNS]), is_certain)


@lru_cache(maxsize=4096)
def name_rank(header: str) -> int | None:
    """Return how well a column or data item of this header names a compound, 0 for best; None if not at all.

    Names come before identifiers, and usual headers before unusual ones.

    >>> ranks = [name_rank(header) for header in ("Name", "Trade name", "ID", "Batch ID")]
    >>> ranks[0] < ranks[1] < ranks[2], ranks[3]
    (True, None)
    """
    words = re.findall(r"[a-z0-9]+", header.lower())
    key = "".join(words)
    if key in _NAMES:
        return _NAMES.index(key)
    if key in _IDENTIFIERS:
        return 200 + _IDENTIFIERS.index(key)
    if not words or _OTHER_OWNERS & set(words):
        return None
    return 100 if words[-1] in _NAME_WORDS else 300 if words[-1] in _IDENTIFIER_WORDS else None


def _ordered(keys: Sequence[str], wanted: Iterable[str]) -> list[int]:
    return [keys.index(name) for name in wanted if name in keys]


def _holds_smiles(words: Sequence[str]) -> bool:
    return bool(words) and any(word.endswith("smiles") for word in words) and not _NO_SMILES & set(words)


def _is_short(words: Sequence[str]) -> bool:
    """Whether the words are a header and not a title such as "My SMILES library"."""
    return len(words) <= 3 and (words[0] == "smiles" or words[-1].endswith("smiles"))
