"""The parameters of ``acqu.par``, which Magritek's programs write: a line ``name = value`` for each."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from specmol_core.spectra.readers.instruments.nucleus import nucleus_name
from specmol_core.spectra.readers.instruments.tree import FileTree
from specmol_core.spectra.readers.source import RefusedError

__all__ = ["MagritekParameters", "parse_magritek_parameters", "read_magritek_parameters"]

_TEXT_LIMIT = 1024**2
_SEQUENCE_NAMES = ("expName", "experiment", "Protocol")
_NAMED_START = re.compile(r"(\d{6}-\d{6})(?: |$)")
"""Begin of ``expName``, which names the folder, in Spinsolve Expert."""


@dataclass(frozen=True)
class MagritekParameters:
    """The values by name, texts without their quotes."""

    values: Mapping[str, str]

    def text(self, name: str) -> str:
        """Return a value; empty where it is missing."""
        return self.values.get(name, "")

    def number(self, name: str) -> float | None:
        """Return a number; None where it is missing or not finite."""
        try:
            value = float(self.values[name])
        except (KeyError, ValueError):
            return None
        return value if math.isfinite(value) else None

    def required_number(self, name: str) -> float:
        """Return a number.

        Raises
        ------
        RefusedError
            If it is missing.
        """
        value = self.number(name)
        if value is None:
            raise RefusedError(f"acqu.par states no {name}: copy the whole folder of the experiment")
        return value

    @property
    def nucleus(self) -> str:
        """The observed nucleus; empty where it is unknown."""
        return nucleus_name(self.text("rxChannel"))

    @property
    def sequence(self) -> str:
        """Names of the experiment; empty where none is stated."""
        return " ".join(dict.fromkeys(filter(None, map(self.text, _SEQUENCE_NAMES))))

    @property
    def frequency_mhz(self) -> float:
        """Frequency of 0 ppm (MHz). Raises RefusedError if it is missing or impossible."""
        frequency = self.required_number("b1Freq")
        if not 1.0 <= frequency <= 2000.0:
            raise RefusedError(
                f"a frequency of {frequency:g} MHz (b1Freq) is outside the range of 1H and 13C: check acqu.par"
            )
        return frequency

    @property
    def scan_s(self) -> float | None:
        """Time from one scan to the next (s), stated as ``repTime`` (ms); None if it is unknown."""
        stated = self.number("repTime")
        return stated / 1000.0 if stated is not None and stated > 0 else None

    @property
    def repetition_s(self) -> float | None:
        """Time from one scan to the next (s); None for a single scan, and where it is unknown."""
        return self.scan_s if (self.number("nrScans") or 1.0) >= 2 else None

    @property
    def start(self) -> float | None:
        """When the measurement began (s since 1970), by the clock of the spectrometer; None if it is unknown."""
        try:
            return datetime.fromisoformat(self.text("startTime").replace(" ", "")).timestamp()
        except (ValueError, OverflowError, OSError):
            pass
        named = _NAMED_START.match(self.text("expName"))
        try:
            return None if named is None else datetime.strptime(named[1], "%y%m%d-%H%M%S").timestamp()
        except (ValueError, OverflowError, OSError):
            return None


def parse_magritek_parameters(content: bytes) -> MagritekParameters:
    """Return the parameters of a file.

    >>> parameters = parse_magritek_parameters(b'rxChannel = "1H"\\nrepTime = 7000\\n')
    >>> parameters.nucleus, parameters.scan_s
    ('1H', 7.0)
    """
    lines = content.decode("utf-8", errors="replace").splitlines()
    pairs = (line.split("=", 1) for line in lines if "=" in line)
    return MagritekParameters({name.strip(): value.strip().strip('"') for name, value in pairs})


def read_magritek_parameters(tree: FileTree) -> MagritekParameters:
    """Return the parameters of an experiment.

    Raises
    ------
    RefusedError
        If the file is too large, or cannot be read.
    """
    return parse_magritek_parameters(tree.read("acqu.par", _TEXT_LIMIT))
