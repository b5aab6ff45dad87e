"""Delay of a FID by a digital filter: as stated, checked against the FID, or found in it."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

__all__ = ["bruker_delay", "jeol_delay", "settle_delay"]

_MIN_DELAY = 8.0
"""Shortest delay that the build-up of a FID shows (points): beating lines may rise within fewer."""
_MAX_DELAY = 256
"""Longest delay searched for (points); those of real filters are below 100."""
_QUIET_SHARE = 0.02
"""Largest mean power before the FID begins, relative to its top; a filter lets less through."""
_MAX_RISE_SHARE = 0.25
"""Largest signal two points before half the height, relative to the top: a filter lets the FID begin abruptly."""
_MIN_SIGNAL_TO_NOISE = 20.0
"""Least power of the top of a FID, relative to its end, for a beginning to be seen."""
_JEOL_COLUMN = 3
"""Characters of a number in JEOL's lists of filter stages."""
_MAX_DEVIATION = 4.0
"""Largest difference between the stated delay and the build-up that counts as agreement (points)."""


def settle_delay(fid: NDArray[np.complexfloating], stated: float | None) -> tuple[float, tuple[str, ...]]:
    """Return the delay of a FID (points), and warnings.

    A FID begins near its strongest point, and a digital filter lets almost nothing through before
    its delay. The stated delay is used unless the points contradict it.

    Parameters
    ----------
    fid
        Complex points (n,).
    stated
        Delay that the file states (points), negative for missing points; None for none.

    Examples
    --------
    >>> settle_delay(np.exp(-np.arange(512) / 50.0) + 0j, stated=None)
    (0.0, ())
    """
    begin = _begin_of_signal(fid)
    if stated is None:
        if begin is None or begin < _MIN_DELAY:
            return 0.0, ()
        return begin, (f"states no delay of its digital filter: {begin:.1f} points were found in its FID",)
    is_impossible = not abs(stated) < len(fid) / 2  # refused where the FID is processed
    if begin is None or is_impossible or abs(begin - stated) <= _MAX_DEVIATION:
        return stated, ()
    if stated >= _MIN_DELAY > begin:
        return 0.0, (f"states a filter delay of {stated:.1f} points, but its FID begins at once: 0 was used",)
    if begin >= _MIN_DELAY > stated:
        return begin, (f"states no filter delay, but its FID begins after {begin:.1f} points, which was used",)
    return stated, ()


def _begin_of_signal(fid: NDArray[np.complexfloating]) -> float | None:
    """Where the step of a FID reaches half its height (points); None where it is not seen."""
    count = min(_MAX_DELAY, len(fid) // 4)
    if count < 2 * _MIN_DELAY:
        return None
    magnitudes = np.abs(np.asarray(fid, dtype=np.complex128))
    top = float(magnitudes[:count].max())
    if not (np.isfinite(magnitudes).all() and top > 0):
        return None
    with np.errstate(over="ignore"):
        magnitudes = magnitudes / top
        power = magnitudes**2
    if not _MIN_SIGNAL_TO_NOISE * float(power[-max(8, len(power) // 8) :].mean()) < 1.0:
        return None
    head = magnitudes[:count]
    first = int(np.flatnonzero(head >= 0.5)[0])
    if first == 0:
        return 0.0
    is_abrupt = float(head[: max(1, first - 1)].max()) < _MAX_RISE_SHARE
    if float(power[: max(1, first // 2)].mean()) > _QUIET_SHARE or (first >= _MIN_DELAY and not is_abrupt):
        return None
    below, above = head[first - 1], head[first]
    return first - 1 + float((0.5 - below) / (above - below))


def bruker_delay(grpdly: float | None, digmod: float | None, dspfvs: float | None, decim: float | None) -> float | None:
    """Return the delay by Bruker's digital filter (points); None where the parameters do not tell it.

    ``GRPDLY`` states it. Old firmware states its version (``DSPFVS``) and the decimation
    (``DECIM``); the delays are then those of a table of W. M. Westler and F. Abildgaard. ``DIGMOD``
    of 0 is an analogue measurement.

    >>> bruker_delay(-1.0, 1.0, 12.0, 16.0), bruker_delay(67.98, 1.0, 20.0, 16.0)
    (71.625, 67.98)
    """
    if grpdly is not None and grpdly > 0:
        return grpdly
    if digmod == 0:
        return 0.0
    if dspfvs is None or decim is None:
        return None
    from nmrglue.fileio.bruker import bruker_dsp_table

    delay = bruker_dsp_table.get(int(dspfvs), {}).get(int(decim))
    return None if delay is None else float(delay)


def jeol_delay(is_used: str, orders: str, factors: str) -> tuple[float | None, tuple[str, ...]]:
    """Return the delay by JEOL's digital filter (points), None where it is unknown, and warnings.

    A stage of ``orders`` with N coefficients delays by (N - 1) / 2 of its own points. Its own
    factor and all later ones decimate these. The first of the orders is the number of stages.

    Parameters
    ----------
    is_used
        ``digital_filter``: TRUE or FALSE; empty where the file does not state it.
    orders, factors
        Lists of the stages, in columns of three characters.

    Examples
    --------
    >>> jeol_delay("TRUE", "2 54 73", "8  2")
    (19.65625, ())
    """
    used = is_used.strip().lower()
    if used == "false":
        return 0.0, ()
    if used != "true" and not orders:
        return None, ()
    stages, *lengths = _parse_columns(orders) or [0]
    decimations = _parse_columns(factors)
    if len(decimations) == stages + 1 and decimations[0] == stages:
        decimations = decimations[1:]
    if not (0 < stages == len(lengths) == len(decimations) and 0 not in decimations and 0 not in lengths):
        return None, (f"its digital filter is not understood (orders {orders[:16]!r}, factors {factors[:16]!r})",)
    return sum((length - 1) / 2 / math.prod(decimations[stage:]) for stage, length in enumerate(lengths)), ()


def _parse_columns(text: str) -> list[int]:
    """Parse numbers in columns, such as ``2 54 73`` or ``2 54125``; also between blanks."""
    padded = text.rjust(-(-len(text) // _JEOL_COLUMN) * _JEOL_COLUMN)
    columns = [padded[at : at + _JEOL_COLUMN].strip() for at in range(0, len(padded), _JEOL_COLUMN)]
    for words in (columns, text.split()):
        if words and all(word.isdecimal() and word.isascii() and len(word) < 10 for word in words):
            return [int(word) for word in words]
    return []
