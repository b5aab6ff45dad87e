"""Read the peak list that TopSpin keeps beside a processed spectrum: ``peaklist.xml``."""

from __future__ import annotations

import math
import re
from pathlib import Path
from xml.parsers import expat

from specmol_core.errors import SpectrumError
from specmol_core.spectra.peaks import Peak
from specmol_core.spectra.readers.instruments.bruker_parameters import BrukerParameters, parse_parameters
from specmol_core.spectra.readers.instruments.nucleus import nucleus_name
from specmol_core.spectra.readers.lists.peak_list_checks import check_nucleus, peak_list_warnings
from specmol_core.spectra.readers.lists.spectrum_from_peaks import spectrum_from_peaks
from specmol_core.spectra.readers.source import Reader, RefusedError, Request, SourceFile, require_nucleus
from specmol_core.spectra.readers.text.contaminant_names import named_contaminant
from specmol_core.spectra.spectrum import Spectrum

__all__ = ["READER", "read_topspin_xml"]

_MARK = re.compile(rb"<PeakList(?:1D|2D|3D)?[\s>]|<Peak1D\s")
_MAX_PEAKS = 10_000
_MAX_PARAMETER_BYTES = 1024**2


def read_topspin_xml(source: SourceFile, request: Request) -> Spectrum:
    """Read the shifts (``F1``, ppm) and intensities of all one-dimensional peaks.

    Nucleus, frequency and solvent are those of the ``acqus`` of the experiment, if the list is still in
    its folder. A peak whose annotation names the solvent is left out.

    Raises
    ------
    SpectrumError
        If the document is damaged, two-dimensional, without peaks, or of another nucleus.
    """
    try:
        peaks, annotations = _parse(source.content)
        parameters = _parameters_beside(source.file)
        stated = nucleus_name(parameters.text("NUC1")) if parameters is not None else ""
        require_nucleus(source.path, stated, request)
        solvent = parameters.text("SOLVENT") if parameters is not None else ""
        kept = [
            peak
            for peak, words in zip(peaks, annotations, strict=True)
            if not named_contaminant([words], peak.ppm, request.nucleus, solvent, counted=False)
        ]
        notes = []
        if 0 < len(kept) < len(peaks):
            notes.append(f"left out {len(peaks) - len(kept)} peaks, which are annotated as solvent, water or impurity")
        kept = kept or peaks
        if kept:
            check_nucleus(kept, source, request, stated)
        return spectrum_from_peaks(
            source,
            request,
            kept,
            frequency_mhz=parameters.optional_number("SFO1") if parameters is not None else None,
            solvent=solvent or None,
            referencing="as listed",
            warnings=[*notes, *peak_list_warnings(kept, request.nucleus)],
        )
    except RefusedError as error:
        raise SpectrumError(source.path, str(error)) from error


def _parse(content: bytes) -> tuple[list[Peak], list[str]]:
    """Peaks and their annotations; the parser expands no entities and opens no other file."""
    peaks: list[Peak] = []
    annotations: list[str] = []
    higher: list[str] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        if re.fullmatch(r"Peak[2-9]D", name):
            higher.append(name)
        if name == "Peak1D":
            if len(peaks) >= _MAX_PEAKS:
                raise RefusedError(f"holds more than {_MAX_PEAKS} peaks: pick them with a higher threshold")
            ppm = _number(attributes, "F1", "a shift (F1, ppm)")
            height = _number(attributes, "intensity", "an intensity") if "intensity" in attributes else 1.0
            peaks.append(Peak(ppm, height, None))
            annotations.append(attributes.get("annotation", ""))

    def refuse_entities(*_: object) -> None:
        raise RefusedError("declares entities, which no peak list of TopSpin does: export it again")

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.EntityDeclHandler = refuse_entities
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise RefusedError(f"is a damaged peak list of TopSpin: {error}; export it again") from None
    except RefusedError:
        raise
    # An unknown encoding is a LookupError, one of several bytes a ValueError.
    except (LookupError, ValueError) as error:
        raise RefusedError(f"is in an unsupported encoding ({error}): save it as UTF-8") from None
    if higher and not peaks:
        raise RefusedError("is the peak list of a two-dimensional spectrum: give that of a 1H or of a 13C spectrum")
    return peaks, annotations


def _number(attributes: dict[str, str], name: str, what: str) -> float:
    try:
        value = float(attributes.get(name, ""))
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or abs(value) > 1e30:
        raise RefusedError(f"{attributes.get(name, '')[:30]!r} is not {what}: export the peak list again")
    return value


def _parameters_beside(file: Path) -> BrukerParameters | None:
    """The parameters of the experiment whose ``pdata`` holds the list; None for a list alone."""
    if len(file.parents) < 3 or file.parent.parent.name != "pdata":
        return None
    acqus = file.parents[2] / "acqus"
    try:
        if not acqus.is_file() or acqus.stat().st_size > _MAX_PARAMETER_BYTES:
            return None
        return parse_parameters(acqus.read_bytes())
    except OSError:
        return None


def _matches(head: bytes, path: Path) -> bool:
    return head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") and _MARK.search(head) is not None


READER = Reader(accepts="a peaklist.xml of TopSpin", matches=_matches, read=read_topspin_xml)
