"""Tell which numbers of a sentence are shifts."""

from __future__ import annotations

import re

from specmol_core.spectra.readers.sentence.brackets import CLOSING_BRACKETS
from specmol_core.spectra.readers.sentence.ranges import MAX_RANGE_PPM, shift_ends
from specmol_core.spectra.readers.sentence.scan import PrintedSignal, SentenceScan
from specmol_core.spectra.readers.sentence.tokens import SHIFT
from specmol_core.spectra.readers.text.characters import line_number

__all__ = ["take_number"]

_REGION = re.compile(r"\s{0,2}[(\[]")
"""Words after a range: a region of several carbons."""
_DECIMAL_COMMA = re.compile(
    r"(?=[\d.]{1,5}(?:\s?-\s?\d{1,3})?,\d)(?P<first>\d{1,3}[.,]\d{1,2})(?:\s?-\s?(?P<second>\d{1,3}[.,]\d{1,2}))?"
    r"(?=\s{0,2}[,;(\[]|\s(?:and|ppm)\b|\.?\s{0,3}$)"
)
_RUN = re.compile(r"\d[\d.]*\d|\d")
_PLAIN_NUMBER = re.compile(r"\d{1,3}(?:\.\d{1,5})?|(\d{1,3}\.\d{1,3})\.\d{1,3}\.\d{1,3}")
_UNIT = re.compile(
    r"\s?(?:M?Hz\b|MHZ|Mhz|°|º|%|mgs?\b|m[lLM]\b|mmol|scans|min\b|nm\b|cm\b|K\b|[x×]\s?\d?[A-Z(])|H(?![a-z])"
)
_COUNTED = re.compile(r"\s?[HC](?=[\s,;)\].]|$)|[A-Za-z'\"]|-\s?[A-Za-z(]|\s?[x×*]")


def take_number(scan: SentenceScan) -> bool:
    """Consume a number: a shift, part of the bracket before it, or neither; False for a word."""
    text, at = scan.text, scan.position
    if scan.decimals and (comma_match := _DECIMAL_COMMA.match(text, at, scan.end)) and "," in comma_match[0]:
        scan.notes.append(f"line {line_number(text, at)}: {comma_match[0]} was read with decimal points")
        _add_signal(
            scan,
            comma_match["first"].replace(",", "."),
            (comma_match["second"] or "").replace(",", "."),
            comma_match.end(),
        )
        return True
    run = _RUN.match(text, at, scan.end)
    if run is not None and text[at - 1 : at] in tuple(CLOSING_BRACKETS) and run[0].isdigit():
        scan.position = run.end()
        return True
    if run is not None and not _PLAIN_NUMBER.fullmatch(run[0]) and not _UNIT.match(text, run.end()):
        scan.other_numbers += 1
        scan.notes.append(
            f"line {line_number(text, at)}: {run[0][:20]} is not a shift and was left out: check the text"
        )
        scan.position = run.end()
        return True
    match = SHIFT.match(text, at, scan.end)
    if match is None or (not match["ppm"] and _UNIT.match(text, match.end())):
        return False
    bare = "." not in match["first"] and not match["ppm"]
    if bare and (_COUNTED.match(text, match.end()) or (scan.is_after_label and scan.decimals)):
        return False
    _add_signal(scan, match["first"], match["second"] or "", match.end())
    return True


def _add_signal(scan: SentenceScan, first: str, second: str, end: int) -> None:
    ends, notes = shift_ends(first, second, scan.nucleus, is_first=not scan.printed_signals)
    scan.notes += notes
    is_wide = max(ends) - min(ends) > MAX_RANGE_PPM[scan.nucleus]
    if is_wide and scan.nucleus == "13C" and "." in second and not _REGION.match(scan.text, end):
        scan.notes.append(f"{first} - {second} was read as two shifts: no 13C signal is as wide")
        scan.printed_signals += [PrintedSignal(ppm, ppm, scan.position) for ppm in ends]
    else:
        if is_wide:
            scan.notes.append(f"the range {first}-{second} is wide: it may be two shifts, or a misprint")
        scan.printed_signals.append(PrintedSignal(max(ends), min(ends), scan.position))
    scan.position = end
    scan.is_attached, scan.is_after_label = True, False
