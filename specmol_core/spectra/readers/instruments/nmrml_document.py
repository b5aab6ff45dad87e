"""Parse an nmrML document; the parser expands no entities and opens no other file."""

from __future__ import annotations

import math
from dataclasses import dataclass
from xml.parsers import expat

from specmol_core.spectra.readers.grid import check_point_count
from specmol_core.spectra.readers.source import RefusedError

__all__ = ["Acquisition", "EncodedArray", "NmrmlDocument", "Quantity", "StoredTrace", "parse_document"]

_MAX_DEPTH = 64
_MAX_SPECTRA = 1000
_MAX_WORDS = 4000
"""Most characters kept of the names of instruments and programs."""
_DATA_ELEMENTS = ("fidData", "spectrumDataArray")
_UNITS = {
    "hertz": "Hz",
    "hz": "Hz",
    "kilohertz": "kHz",
    "khz": "kHz",
    "megahertz": "MHz",
    "mhz": "MHz",
    "gigahertz": "GHz",
    "ghz": "GHz",
    "tesla": "T",
    "t": "T",
    "parts per million": "ppm",
    "ppm": "ppm",
}
_UNITS_BY_ACCESSION = {
    "UO0000106": "Hz", "UO0000324": "kHz", "UO0000325": "MHz", "UO0000228": "T", "UO0000109": "ppm",
}  # fmt: skip
"""Units by their number in the Unit Ontology."""
_NUCLEI_BY_ACCESSION = {"CHEBI49637": "1H", "CHEBI29236": "1H", "CHEBI36928": "13C"}
"""Nuclei by their number in the ontology of chemical entities."""


@dataclass(frozen=True)
class EncodedArray:
    """One array as written in the file."""

    text: bytes
    """Base64, with blanks."""
    compressed: bool
    byte_format: str


@dataclass(frozen=True)
class Quantity:
    """A number with its unit."""

    value: float
    unit: str
    """Hz, kHz, MHz, GHz, T or ppm; empty where the file names none of them."""


@dataclass
class Acquisition:
    """How a spectrum was measured, as the file states it."""

    nucleus: str = ""
    """As written, for example "hydrogen atom"."""
    irradiation: Quantity | None = None
    """Frequency of the transmitter, the middle of the spectrum."""
    field: Quantity | None = None
    """Effective excitation field: the frequency of 0 ppm, or the strength of the magnet."""
    offset: Quantity | None = None
    """Distance of the transmitter from 0 ppm."""
    width: Quantity | None = None
    group_delay: float | None = None
    """Delay of the digital filter (points)."""
    pulse_sequence: str = ""
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
    origin: str
    """Names of source formats, programs and instruments."""
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
    except RefusedError:
        raise
    # An unknown encoding is a LookupError, one of several bytes a ValueError.
    except (LookupError, ValueError) as error:
        raise RefusedError(f"is in an unsupported encoding ({error}): save it as UTF-8") from None
    return NmrmlDocument(
        tuple(collector.acquisitions),
        tuple(collector.traces),
        collector.solvent,
        collector.origin,
        collector.multidimensional,
    )


def _refuse_entity(name: str, *_: object) -> None:
    raise RefusedError(f"declares the entity {name[:40]!r}, which is not allowed in nmrML: export the spectrum again")


class _Collector:
    """Handlers of the parser; they keep the data that are needed."""

    def __init__(self) -> None:
        self.acquisitions: list[Acquisition] = []
        self.traces: list[StoredTrace] = []
        self.solvent = ""
        self.origin = ""
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
            trace.unit = _unit(attributes) or attributes.get("unitName", "")
            trace.first, trace.last = (_number(attributes.get(key)) for key in ("startValue", "endValue"))
        elif set(self._stack) & {"sourceFile", "software", "instrumentConfiguration"}:
            self.origin = (self.origin + " " + attributes.get("name", ""))[:_MAX_WORDS]

    def _acquisition(self, name: str, attributes: dict[str, str], acquisition: Acquisition) -> None:
        if name == "acquisitionNucleus":
            acquisition.nucleus = attributes.get("name", "") or _NUCLEI_BY_ACCESSION.get(_accession(attributes, ""), "")
        elif "pulseSequence" in self._stack:
            named = attributes.get("value") or attributes.get("name") or ""
            acquisition.pulse_sequence = f"{acquisition.pulse_sequence} {named}".strip()[:200]
        value = _number(attributes.get("value"))
        if value is None:
            return
        quantity = Quantity(value, _unit(attributes))
        if name == "irradiationFrequency":
            acquisition.irradiation = acquisition.irradiation or quantity
        elif name == "effectiveExcitationField":
            acquisition.field = acquisition.field or quantity
        elif name == "irradiationFrequencyOffset":
            acquisition.offset = quantity
        elif name == "sweepWidth":
            acquisition.width = quantity
        elif name == "groupDelay":
            acquisition.group_delay = value

    def end(self, name: str) -> None:
        name = name.rpartition(":")[2]
        self._stack.pop()
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


def _unit(attributes: dict[str, str]) -> str:
    """Unit of a quantity, by its name or by its number in the Unit Ontology; empty for another one."""
    named = _UNITS.get(" ".join(attributes.get("unitName", "").lower().split()), "")
    return named or _UNITS_BY_ACCESSION.get(_accession(attributes, "unit"), "")


def _accession(attributes: dict[str, str], prefix: str) -> str:
    """Number of an ontology, such as UO0000106 for ``UO:0000106`` and ``UO_0000106``."""
    written = attributes.get(f"{prefix}Accession" if prefix else "accession", "")
    return "".join(filter(str.isalnum, written.upper()))


def _number(written: str | None) -> float | None:
    try:
        value = float(written) if written else math.nan
    except ValueError:
        return None
    return value if math.isfinite(value) else None
