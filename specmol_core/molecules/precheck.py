"""Cheap checks of a record's text before RDKit parses it, because RDKit hangs on some texts.

A record that passes ``is_quick`` is certain to take RDKit only milliseconds, so it can be parsed
without a worker and a time limit. Two searches of RDKit can take very long: the search for rings,
and the search for an assignment of alternating single and double bonds. Their time grows with the
number of rings, and with nothing else. A record is therefore quick if it is short, has few rings,
and has only ordinary atoms and bonds. A wildcard atom is not ordinary, because RDKit tries all its
meanings in an aromatic ring; neither are query features and extensions.
"""

from __future__ import annotations

import re

from specmol_core.molecules.records import RecordKind

__all__ = ["find_fault", "has_marks", "is_plain_smiles", "is_quick", "written_atoms"]

_SMILES_ATOM = re.compile(r"\[(?!\d*H[+-]?\d*(?::\d+)?\])[^\]]*\]|Br|Cl|[BCNOPSFIbcnops*]")
_MAX_SMILES_LENGTH = 200_000
_QUICK_SMILES = 300
_QUICK_ATOMS = 250
_QUICK_RINGS = 8
"""Largest number of rings of a quick record; the time of RDKit's searches grows with the rings."""
# No wildcard atom and no extension: in an aromatic ring RDKit tries all meanings of a wildcard atom.
_PLAIN_SMILES = re.compile(
    r"(?:Cl|Br|[BCNOPSFIbcnops]|[-=#:/\\().]|\d|%\d\d|\[\d{0,3}(?!\*)[A-Za-z][a-z]?@{0,2}H?\d?[+-]{0,3}\d?(?::\d{1,4})?\])++"
)
_SMILES_BRACKET = re.compile(r"\[[^\]]*\]")
_SMILES_CLOSURE = re.compile(r"%\d\d|\d")
_PLAIN_SYMBOLS = frozenset(
    ["H", "D", "T", "B", "C", "N", "O", "F", "Na", "Mg", "Si", "P", "S", "Cl", "K", "Ca", "Se", "Br", "I"]
)
_PLAIN_BONDS = frozenset("1234")
_V2000 = re.compile(r"([ \d]{3})([ \d]{3}).*V2000\s*$")
_V3000_COUNTS = re.compile(r"M  V30 COUNTS +(\d+) +(\d+)(?: +(\d+) +(\d+).*)?\s*$")
_V3000_ATOM = re.compile(r"M  V30 +\d+ +(\S+)")
_V3000_BOND = re.compile(r"M  V30 +\d+ +(\d+)")
_V3000_GROUP = re.compile(r"M  V30 +\d+ +(\S+)")
_TRIPOS_TYPE = re.compile(r"\s*\S+\s+\S+(?:\s+\S+){3}\s+[A-Z][A-Za-z]?(?:\.\w+)?(?:\s|$)")
"""An atom line of a mol2 record; other force fields, such as GAFF, have types in lower case."""
_QUERY_FAULT = "unparsable: a query with variable atoms or bonds is not a molecule"
_QUERY_BONDS = ("  5", "  6", "  7", "  8")
_PLAIN_PROPERTIES = ("M  CHG", "M  RAD", "M  ISO", "M  END")


def written_atoms(text: str, kind: RecordKind) -> int:
    """Count the heavy atoms in the text of a record, without building a molecule.

    >>> written_atoms("CC(=O)[O-]", "smiles")
    4
    """
    if kind == "smiles":
        return sum(1 for _ in _SMILES_ATOM.finditer(text.split(" ")[0]))
    lines = text.split("\n")
    if kind == "mol2":
        return len(_mol2_section(lines, "ATOM")) - _mol2_hydrogens(lines)
    counts = _v2000_counts(lines)
    if counts:
        symbols = [line[31:34].strip() for line in lines[4 : 4 + counts[0]]]
    else:
        symbols = _v3000_section(lines, "ATOM", _V3000_ATOM)
    return sum(symbol not in ("H", "D", "T", "") for symbol in symbols)


def find_fault(text: str, kind: RecordKind) -> str:
    """Return the reason why the text must not be given to RDKit, or an empty string.

    The counts of a V3000 block must agree with its lines: RDKit drops extra lines, and hangs on some
    counts. Atom lists and bonds of variable order make a query, which RDKit would turn into one
    arbitrary molecule.
    """
    if "\0" in text:
        return "unparsable: the record holds a NUL byte"
    if kind == "smiles":
        return f"too large: a SMILES of {len(text):,} characters" if len(text) > _MAX_SMILES_LENGTH else ""
    lines = text.split("\n")
    if kind == "mol2":
        return _mol2_fault(lines)
    if len(lines) > 3 and "V3000" in lines[3]:
        return _v3000_fault(lines)
    atoms, bonds = _v2000_counts(lines) or (0, 0)
    query_bonds = any(line[6:9] in _QUERY_BONDS for line in lines[4 + atoms : 4 + atoms + bonds])
    return _QUERY_FAULT if query_bonds or "\nM  ALS" in text else ""


def has_marks(text: str, kind: RecordKind) -> bool:
    """Whether atoms may have map numbers, or explicit hydrogen counts that differ from their valence."""
    if kind == "smiles":
        return "[" in text
    lines = text.split("\n")
    counts = _v2000_counts(lines) if kind == "molblock" else None
    return counts is None or any(line[48:].strip(" 0") for line in lines[4 : 4 + counts[0]])


def is_quick(text: str, kind: RecordKind) -> bool:
    """Whether RDKit is certain to parse the record in milliseconds, so no worker is needed.

    True if the text is short, has only ordinary atoms and bonds, and has few rings. The record need
    not be valid.
    """
    if kind == "smiles":
        if len(text) > _QUICK_SMILES or _PLAIN_SMILES.fullmatch(text) is None:
            return False
        outside = _SMILES_BRACKET.sub("", text) if "[" in text else text
        return len(_SMILES_CLOSURE.findall(outside)) <= 2 * _QUICK_RINGS
    if kind == "mol2":
        return False
    lines = text.split("\n")
    counts = _v2000_counts(lines)
    if counts is None:
        return False
    atoms, bonds = counts
    rest = [line for line in lines[4 + atoms + bonds :] if line.strip()]
    if max(atoms, bonds) > _QUICK_ATOMS or not all(line.startswith(_PLAIN_PROPERTIES) for line in rest):
        return False
    if not all(line[31:34].strip() in _PLAIN_SYMBOLS for line in lines[4 : 4 + atoms]):
        return False
    return _has_few_rings(atoms, lines[4 + atoms : 4 + atoms + bonds])


def is_plain_smiles(text: str) -> bool:
    """Whether the text has only the characters of ordinary atoms, bonds, branches and rings.

    >>> is_plain_smiles("CC(=O)[O-]"), is_plain_smiles("acetate"), is_plain_smiles("C*")
    (True, False, False)
    """
    return _PLAIN_SMILES.fullmatch(text) is not None


def _has_few_rings(atoms: int, bonds: list[str]) -> bool:
    """Whether all bond lines are ordinary, and few of them close a ring.

    A bond closes a ring if its atoms are already connected by earlier bonds (union-find).
    """
    group = list(range(atoms + 1))
    rings = 0
    for line in bonds:
        try:
            ends = [int(line[0:3]), int(line[3:6])]
        except ValueError:
            return False
        if not 0 < min(ends) <= max(ends) <= atoms or line[6:9].strip() not in _PLAIN_BONDS:
            return False
        for i, atom in enumerate(ends):
            while group[atom] != atom:
                group[atom] = atom = group[group[atom]]
            ends[i] = atom
        rings += ends[0] == ends[1]
        group[ends[0]] = ends[1]
    return rings <= _QUICK_RINGS


def _v2000_counts(lines: list[str]) -> tuple[int, int] | None:
    match = _V2000.match(lines[3]) if len(lines) > 3 else None
    try:
        return (int(match[1] or 0), int(match[2] or 0)) if match else None
    except ValueError:  # blanks inside or instead of a number
        return None


def _v3000_fault(lines: list[str]) -> str:
    blocks = sum(line.startswith("M  V30 BEGIN CTAB") for line in lines)
    counts = [match for line in lines if (match := _V3000_COUNTS.match(line))]
    if blocks != 1 or len(counts) != 1:
        return "unparsable: a V3000 block needs one CTAB with one valid COUNTS line"
    for section, declared in (("ATOM", int(counts[0][1])), ("BOND", int(counts[0][2]))):
        entries = len(_v3000_section(lines, section, _V3000_ATOM))
        if entries != declared:
            return f"unparsable: COUNTS says {declared} {section.lower()}s, the block lists {entries}"
    if any(symbol.startswith(("[", "NOT")) for symbol in _v3000_section(lines, "ATOM", _V3000_ATOM)):
        return _QUERY_FAULT
    if any(int(order) > 4 for order in _v3000_section(lines, "BOND", _V3000_BOND) if order not in ("9", "10")):
        return _QUERY_FAULT
    groups = int(counts[0][3] or 0)
    entries = len(_v3000_section(lines, "SGROUP", _V3000_GROUP)) if groups else 0
    return f"unparsable: COUNTS says {groups} groups, the block lists {entries}" if groups != entries else ""


def _v3000_section(lines: list[str], section: str, entry: re.Pattern[str]) -> list[str]:
    """Return what ``entry`` captures in each logical line of a section.

    A line that ends in ``-`` is continued by the next line.
    """
    entries: list[str] = []
    inside = continued = False
    for line in lines:
        if line.startswith(f"M  V30 BEGIN {section}"):
            inside = True
        elif line.startswith(f"M  V30 END {section}"):
            inside = False
        elif inside:
            if not continued and (match := entry.match(line)):
                entries.append(match[1])
            continued = line.rstrip().endswith("-")
    return entries


def _mol2_fault(lines: list[str]) -> str:
    """Return what a mol2 record lacks, so that RDKit would read another molecule."""
    try:
        declared = [int(word) for word in lines[2].split()[:2]]
    except (IndexError, ValueError):
        return "unparsable: the mol2 record has no line with the numbers of atoms and bonds"
    found = [len(_mol2_section(lines, section)) for section in ("ATOM", "BOND")]
    if len(declared) < 2 or found != declared:
        return f"unparsable: the mol2 record declares {declared} atoms and bonds and lists {found}"
    if not all(_TRIPOS_TYPE.match(line) for line in _mol2_section(lines, "ATOM")):
        return "unparsable: the mol2 record has other atom types than those of Tripos; give an SD file"
    if not _mol2_hydrogens(lines):
        return "unparsable: the mol2 record has no hydrogens, without which its charges are unknown; give an SD file"
    return ""


def _mol2_hydrogens(lines: list[str]) -> int:
    return sum(line.split()[5:6] == ["H"] for line in _mol2_section(lines, "ATOM"))


def _mol2_section(lines: list[str], section: str) -> list[str]:
    """Return the filled lines of a section of a mol2 record."""
    start = next((i + 1 for i, line in enumerate(lines) if line.strip() == f"@<TRIPOS>{section}"), len(lines))
    stop = next((i for i in range(start, len(lines)) if lines[i].startswith("@<TRIPOS>")), len(lines))
    return [line for line in lines[start:stop] if line.strip()]
