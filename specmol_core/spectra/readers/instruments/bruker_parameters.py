"""Parse the parameter files of Bruker's programs: ``acqus``, ``procs``.

nmrglue reads these too, but never returns from a file that ends inside a text or an array.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from specmol_core.spectra.readers.source import RefusedError

__all__ = ["BrukerParameters", "parse_parameters", "repetition_s"]

_RECORD = re.compile(r"^##\$(\w+)=[ \t]*(.*(?:\n(?!##|\$\$).*)*)", re.MULTILINE)


@dataclass(frozen=True)
class BrukerParameters:
    """Parameters by name, with values as written."""

    values: dict[str, str]

    def text(self, name: str) -> str:
        """Return a text without its brackets; empty where there is none."""
        return self.values.get(name, "").strip().removeprefix("<").removesuffix(">").strip()

    def number(self, name: str, default: float) -> float:
        """Return a number; the default where it is missing, invalid or not finite."""
        try:
            value = float(self.values.get(name, ""))
        except ValueError:
            return default
        return value if math.isfinite(value) and abs(value) < 1e15 else default

    def optional_number(self, name: str) -> float | None:
        """Return a number; None where it is missing, invalid or not finite."""
        value = self.number(name, math.nan)
        return None if math.isnan(value) else value

    def required_number(self, name: str) -> float:
        """Return a number that must be present.

        Raises
        ------
        RefusedError
            If it is missing or invalid.
        """
        value = self.number(name, math.nan)
        if math.isnan(value):
            raise RefusedError(
                f"the parameter {name} is missing or not a number: copy the whole folder of the experiment"
            )
        return value


def parse_parameters(content: bytes) -> BrukerParameters:
    """Parse the records ``##$NAME= value``; other text is ignored.

    >>> parse_parameters(b"##$SW_h= 4000").number("SW_h", 0.0)
    4000.0
    """
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return BrukerParameters({match[1]: match[2].strip() for match in _RECORD.finditer(text)})


def repetition_s(acquisition: BrukerParameters) -> float | None:
    """Return the time from one scan to the next (s): the delay D1 and the acquisition.

    None if there is one scan only, or if the parameters do not tell it.

    >>> repetition_s(parse_parameters(b"##$NS= 8\\n##$D= (0..63)\\n0 2 0\\n##$TD= 8000\\n##$SW_h= 4000\\n"))
    3.0
    """
    delays = re.sub(r"^\([^)]*\)", "", acquisition.values.get("D", "")).split()
    points, width = acquisition.optional_number("TD"), acquisition.optional_number("SW_h")
    scans = acquisition.number("NS", 1.0) + acquisition.number("DS", 0.0)
    if len(delays) < 2 or not points or not width or width <= 0 or points < 0 or scans < 2:
        return None
    delay = BrukerParameters({"D1": delays[1]}).optional_number("D1")
    return None if delay is None or delay < 0 else delay + points / 2 / width
