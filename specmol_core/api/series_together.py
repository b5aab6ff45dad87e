"""Fit a whole series together, after its last spectrum; part of ``specmol_core.api``."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from specmol_core.api.series_sources import present_items
from specmol_core.errors import SpecmolError, SpectrumError, UsageError
from specmol_core.progress import ProgressFactory, no_progress

if TYPE_CHECKING:
    from specmol_core.monitoring.items import SeriesItem
    from specmol_core.monitoring.series import SeriesMonitor
    from specmol_core.spectra.spectrum import Nucleus

__all__ = ["check_together", "fit_series_together", "write_series"]

_MIN_SPECTRA = 2
_SUFFIXES = (".csv", ".jsonl")


def check_together(together: Path, others: Mapping[str, Path | str | None]) -> None:
    """Check the file of ``write_series`` before the series begins.

    Parameters
    ----------
    others
        Files that are read or written besides it, by the name of their option.

    Raises
    ------
    UsageError
        If it is one of the others, or has another ending than ``.csv`` and ``.jsonl``.
    OutputError
        If it cannot be a file, or holds something else than the lines of a series.
    """
    from specmol_core.monitoring.journal import check_is_of_series
    from specmol_core.storage.atomic import output_error

    for option, other in others.items():
        if other is not None and together.resolve() == Path(other).resolve():
            raise UsageError(f"--together and {option} name the same file; give --together another one")
    if together.is_dir():
        raise output_error(together, OSError(errno.EISDIR, ""))
    if together.suffix.lower() not in _SUFFIXES:
        raise UsageError(f"--together {together}: the ending is unknown; give {' or '.join(_SUFFIXES)}")
    if not together.parent.is_dir():
        raise output_error(together, OSError(errno.ENOENT, ""))
    if not os.access(together.parent, os.W_OK | os.X_OK):
        raise output_error(together, OSError(errno.EACCES, ""))
    check_is_of_series(together)


def fit_series_together(
    monitor: SeriesMonitor,
    source: Path | str,
    *,
    nucleus: Nucleus = "1H",
    experiment: str | None = None,
    rows: str | None = None,
    progress: ProgressFactory = no_progress,
) -> SeriesMonitor:
    """Return the lines of a finished series once more, each fitted with what all spectra share.

    Up to six spectra that differ most are fitted together. They tell which signals fall and which
    rise, and where each stands. With a reaction, the amounts keep its mass balance about as well as
    the spectra allow. Then each spectrum of the series is fitted with these places.

    Parameters
    ----------
    monitor
        Of the series, with its lines.
    source, nucleus, experiment, rows
        As of ``series_items``.
    progress
        Shows how far the work is.

    Raises
    ------
    SpectrumError
        If fewer than two spectra of one field, window and solvent could be fitted.
    """
    from specmol_core.mixtures.series_fit import SeriesFit, measured_alike
    from specmol_core.monitoring.representatives import representative_rows
    from specmol_core.monitoring.series import SeriesMonitor

    fitter = monitor.fitter.renewed()
    items = present_items(monitor.done, source, nucleus=nucleus, experiment=experiment, rows=rows)
    spectra = []
    for number in representative_rows(monitor.rows, [one.name for one in fitter.species]):
        try:
            spectra.append(monitor.read(items[str(monitor.rows[number]["spectrum"])].path))
        except (KeyError, SpecmolError):
            continue  # its line says so below
    spectra = measured_alike(fitter, spectra)
    if len(spectra) < _MIN_SPECTRA:
        raise SpectrumError(
            _named(source),
            "has fewer than two fitted spectra of one field, window and solvent, which --together needs; leave it out",
        )
    with progress("fitting the series together") as advance:
        whole = SeriesMonitor(fitter, monitor.read, times=monitor.times, fit=SeriesFit.of(fitter, spectra).fit)
        for number, row in enumerate(monitor.rows, 1):
            _add(whole, row, items)
            advance(number, len(monitor.rows))
    whole.left_out, whole.was_finished = monitor.left_out, monitor.is_finished
    return whole


def write_series(monitor: SeriesMonitor, output: Path) -> None:
    """Write the lines of a whole series to a file, ``.csv`` or JSON lines; it is replaced.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    from specmol_core.monitoring.journal import write_rows
    from specmol_core.monitoring.series import series_columns

    species = monitor.fitter.species
    has_conversion = {"reactant", "product"} <= {one.role for one in species}
    write_rows(output, series_columns([one.name for one in species], has_conversion=has_conversion), monitor.rows)


def _named(source: Path | str) -> Path:
    return Path("standard input" if str(source) == "-" else source)


def _add(whole: SeriesMonitor, row: Mapping[str, Any], items: Mapping[str, SeriesItem]) -> None:
    """Fit the spectrum of a line again; its time stays, and all of a line that has an error or gets one."""
    from specmol_core.monitoring.journal import signals_of

    if row.get("error"):
        whole.rows.append(dict(row))
        return
    item = items.get(str(row["spectrum"]))
    new = {"error": f"{row['spectrum']}: is gone"} if item is None else whole.add(item)
    reason = new.get("error") or new.get("left_out")
    if not reason:
        new["time_s"] = row["time_s"]
        return
    if new.get("error") and item is not None:
        whole.rows.pop()
    reason = f"not fitted with the others: {reason}"
    whole.rows.append({**row, "warnings": "; ".join(filter(None, (str(row.get("warnings") or ""), reason)))})
    with suppress(ValueError, TypeError):
        whole.unexplained.append(signals_of(row))
