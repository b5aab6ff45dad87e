"""Parse an nmrML document; the parser expands no entities and opens no other file."""

from __future__ import annotations

import math
from dataclasses import dataclass
from xml.parsers import expat

from specmol_core.spectra.readers.grid import check_point_count
from specmol_core.spectra.readers.source import RefusedError

__all__ = ["Acquisition", "EncodedArray", "NmrmlDocument", "StoredTrace", "parse_document"]

_MAX_DEPTH = 64
_MAX_SPECTRA = 1000
_DATA_ELEMENTS = ("fidData", "spectrumDataArray")


@dataclass(frozen=True)
class EncodedArray:
    """One array as written in the file."""

    text: bytes
    """Base64, with blanks."""
    compressed: bool
    byte_format: str


@dataclass
class Acquisition:
    """How a spectrum was measured."""

    nucleus: str = ""
    """As written, for example "hydrogen atom"."""
    frequency_mhz: float | None = None
    width_hz: float | None = None
    width_ppm: float | None = None
    carrier_hz: float | None = None
    """Offset of the carrier from 0 ppm (Hz)."""
    group_delay: float = 0.0
    """Delay of the digital filter (points)."""
    decay: EncodedArray | None = None


@dataclass
class StoredTrace:
    """One processed spectrum."""

    name: str = ""
    points: int | None = None
    unit: str = ""
    first: float | None = None
    last: float | None = None
    x: EncodedArray | None = None
    values: EncodedArray | None = None


@dataclass(frozen=True)
class NmrmlDocument:
    """The parsed content of a document."""

    acquisitions: tuple[Acquisition, ...]
    traces: tuple[StoredTrace, ...]
    solvent: str
    multidimensional: bool
    """Whether the document holds 2D data."""


def parse_document(content: bytes) -> NmrmlDocument:
    """Parse a document.

    Raises
    ------
    RefusedError
        If it is not well-formed, is nested too deeply, or declares entities.
    """
    collector = _Collector()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.buffer_size = 1024 * 1024
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    parser.EntityDeclHandler = _refuse_entity
    parser.StartElementHandler = collector.start
    parser.EndElementHandler = collector.end
    parser.CharacterDataHandler = collector.characters
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise RefusedError(f"is damaged XML: {error}; export the spectrum again") from None
    except (LookupError, UnicodeError) as error:
        raise RefusedError(f"is in an unsupported encoding ({error}): save it as UTF-8") from None
    return NmrmlDocument(
        tuple(collector.acquisitions), tuple(collector.traces), collector.solvent, collector.multidimensional
    )


def _refuse_entity(name: str, *_: object) -> None:
    raise RefusedError(f"declares the entity {name[:40]!r}, which is not allowed in nmrML: export the spectrum again")


class _Collector:
    """Handlers of the parser; they keep the data that are needed."""

    def __init__(self) -> None:
        self.acquisitions: list[Acquisition] = []
        self.traces: list[StoredTrace] = []
        self.solvent = ""
        self.multidimensional = False
        self._stack: list[str] = []
        self._data: dict[str, str] = {}
        self._text: list[str] | None = None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        name = name.rpartition(":")[2]
        self._stack.append(name)
        if len(self._stack) > _MAX_DEPTH or len(self.acquisitions) + len(self.traces) > _MAX_SPECTRA:
            raise RefusedError("is not an nmrML file of a spectrum: it has too many parts")
        if name in _DATA_ELEMENTS:
            self._data, self._text = attributes, []
        elif name in ("acquisitionMultiD", "spectrumMultiD"):
            self.multidimensional = True
        elif name == "acquisition1D":
            self.acquisitions.append(Acquisition())
        elif name == "spectrum1D":
            count = _number(attributes.get("numberOfDataPoints"))
            label = attributes.get("name") or attributes.get("id") or ""
            self.traces.append(StoredTrace(label, None if count is None else check_point_count(count)))
        elif name in ("solvent", "solventType"):
            self.solvent = self.solvent or attributes.get("name", "")[:60]
        elif "acquisition1D" in self._stack and self.acquisitions:
            self._acquisition(name, attributes, self.acquisitions[-1])
        elif name == "xAxis" and "spectrum1D" in self._stack:
            trace = self.traces[-1]
            trace.unit = attributes.get("unitName", "")
            trace.first, trace.last = (_number(attributes.get(key)) for key in ("startValue", "endValue"))

    def _acquisition(self, name: str, attributes: dict[str, str], acquisition: Acquisition) -> None:
        value = _number(attributes.get("value"))
        unit = attributes.get("unitName", "").lower()
        if name == "acquisitionNucleus":
            acquisition.nucleus = attributes.get("name", "")
        elif name in ("irradiationFrequency", "effectiveExcitationField") and value and value > 0:
            mhz = value / 1e6 if unit in ("hertz", "hz") or value > 1e6 else value
            acquisition.frequency_mhz = acquisition.frequency_mhz or (mhz if 1 <= mhz <= 3000 else None)
        elif name == "sweepWidth" and value and value > 0:
            if unit in ("ppm", "parts per million"):
                acquisition.width_ppm = value
            else:
                acquisition.width_hz = value
        elif name == "irradiationFrequencyOffset":
            acquisition.carrier_hz = value
        elif name == "groupDelay" and value and 0 < value < 1000:
            acquisition.group_delay = value

    def end(self, name: str) -> None:
        name = name.rpartition(":")[2]
        self._stack.pop()
        if name == "acquisition1D":
            finished = self.acquisitions[-1]
            if finished.width_hz is None and finished.width_ppm and finished.frequency_mhz:
                finished.width_hz = finished.width_ppm * finished.frequency_mhz
        if name not in _DATA_ELEMENTS or self._text is None:
            return
        compressed = self._data.get("compressed", "").lower() in ("true", "zlib", "gzip", "1")
        array = EncodedArray("".join(self._text).encode("utf-8"), compressed, self._data.get("byteFormat", ""))
        self._text = None
        if name == "fidData" and "acquisition1D" in self._stack:
            self.acquisitions[-1].decay = array
        elif name == "spectrumDataArray" and "spectrum1D" in self._stack:
            if "xAxis" in self._stack:
                self.traces[-1].x = array
            else:
                self.traces[-1].values = array

    def characters(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)


def _number(written: str | None) -> float | None:
    try:
        value = float(written) if written else math.nan
    except ValueError:
        return None
    return value if math.isfinite(value) else None
