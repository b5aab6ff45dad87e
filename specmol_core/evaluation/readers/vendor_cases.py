"""The table of what must be read from each file of a folder of vendor files."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files
from typing import Any, Literal

__all__ = ["VendorCase", "parse_cases", "vendor_cases"]

_TABLE = "vendor_files.toml"


@dataclass(frozen=True)
class VendorCase:
    """One file and what must be read from it. Fields that are empty are not checked."""

    path: str
    """Path in the folder; its first part is the format."""
    kind: Literal["spectrum", "library"] = "spectrum"
    nucleus: Literal["1H", "13C"] = "1H"
    within: float = 0.0
    """Tolerance of shifts (ppm); 0.03 for 1H and 0.3 for 13C unless given."""
    lines: tuple[float, ...] = ()
    """Shifts at which there is a line, or the middle of a multiplet (ppm)."""
    may_have: tuple[float, ...] = ()
    """Shifts at which there may be further lines (ppm)."""
    only_lines: bool = False
    """Whether the compound has no other lines."""
    absent: tuple[float, ...] = ()
    """Shifts at which there is no line (ppm)."""
    protons: tuple[float, ...] = ()
    """Protons of the signals of a list, up to one common factor; high to low shift."""
    solvent: str = ""
    """Solvent whose lines are recognised at their reference shifts."""
    frequency_mhz: float = 0.0
    trace_points: int = 0
    """Number of points of a trace; the file is then no peak list."""
    axis_high: float = 0.0
    """High end of the axis, which shows whether it was moved (ppm)."""
    same_as: str = ""
    """Path of a file that gives the same spectrum."""
    warning: str = ""
    """Pattern of a warning that must be given."""
    no_warning: str = ""
    """Pattern of a warning that must not be given."""
    ranked_first: tuple[str, ...] = ()
    """SMILES of isomers; the first is the compound, which must be ranked first, identified or probable."""
    records: int = 0
    """Number of valid candidates of a library, without a rejected one."""
    names: tuple[str, ...] = ()
    """Names of the candidates."""
    or_warning: str = ""
    """Pattern of a warning that excuses any fault."""
    or_refused: str = ""
    """Pattern of a refusal that is also right."""
    or_named: bool = False
    """Whether a refusal is also right that proposes a name which can be read."""

    @property
    def format(self) -> str:
        """Name of the format: the first part of the path."""
        return self.path.partition("/")[0]

    @property
    def tolerance_ppm(self) -> float:
        """Tolerance of shifts (ppm)."""
        return self.within or {"1H": 0.03, "13C": 0.3}[self.nucleus]


@cache
def vendor_cases() -> tuple[VendorCase, ...]:
    """Return the cases of the table that belongs to the package."""
    return parse_cases(files("specmol_core.evaluation.readers").joinpath(_TABLE).read_text(encoding="utf-8"))


def parse_cases(text: str) -> tuple[VendorCase, ...]:
    """Parse a table of cases in TOML.

    Raises
    ------
    ValueError
        If a case has an unknown field, or the text is not TOML.

    Examples
    --------
    >>> [case.format for case in parse_cases('[[case]]\\npath = "jeol/a.jdf"')]
    ['jeol']
    """
    known = {field.name for field in fields(VendorCase)}
    cases = []
    for entry in tomllib.loads(text).get("case", []):
        unknown = set(entry) - known
        if unknown:
            raise ValueError(f"the case of {entry.get('path')} has unknown fields: {', '.join(sorted(unknown))}")
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in entry.items()
        }
        cases.append(VendorCase(**values))
    return tuple(cases)
