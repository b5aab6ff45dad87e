"""Fit a whole series together, after its last spectrum; part of ``specmol_core.api``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from specmol_core.api.series_sources import series_items
from specmol_core.errors import OutputError, SpecmolError, SpectrumError, UsageError
from specmol_core.progress import ProgressFactory, no_progress

if TYPE_CHECKING:
    from specmol_core.monitoring.items import SeriesItem
    from specmol_core.monitoring.series import SeriesMonitor
    from specmol_core.spectra.spectrum import Nucleus

__all__ = ["check_together", "fit_series_together"]

_MIN_SPECTRA = 2


def check_together(together: Path, output: Path | None) -> None:
    """Check the file of ``fit_series_together`` before the series begins.

    Raises
    ------
    UsageError
        If it is ``output`` too.
    OutputError
        If it cannot be a file.
    """
    if output is not None and together.resolve() == output.resolve():
        raise UsageError("--together and --output name the same file; give --together another one")
    if together.is_dir():
        raise OutputError(together, "is a folder; name a file in it")
    if not together.parent.is_dir():
        raise OutputError(together, "no such folder; create it first")


def fit_series_together(
    monitor: SeriesMonitor,
    source: Path | str,
    *,
    nucleus: Nucleus = "1H",
    experiment: str | None = None,
    rows: str | None = None,
    output: Path | None = None,
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
    output
        File for the new lines, ``.csv`` or JSON lines; it is replaced.
    progress
        Shows how far the work is.

    Raises
    ------
    SpectrumError
        If fewer than two spectra could be fitted.
    OutputError
        If the file cannot be written.
    """
    from specmol_core.mixtures.series_fit import SeriesFit
    from specmol_core.monitoring.journal import write_rows
    from specmol_core.monitoring.representatives import representative_rows
    from specmol_core.monitoring.series import SeriesMonitor, series_columns

    fitter = monitor.fitter.renewed()
    names = [one.name for one in fitter.species]
    items = _items(monitor, source, nucleus, experiment, rows)
    spectra = []
    for number in representative_rows(monitor.rows, names):
        try:
            spectra.append(monitor.read(items[str(monitor.rows[number]["spectrum"])].path))
        except (KeyError, SpecmolError):
            continue  # its line says so below
    if len(spectra) < _MIN_SPECTRA:
        raise SpectrumError(source, "has fewer than two spectra that can be fitted; --together needs more")
    whole = SeriesMonitor(fitter, monitor.read, fit=SeriesFit.of(fitter, spectra).fit)
    with progress("fitting the series together") as advance:
        for number, row in enumerate(monitor.rows, 1):
            _add(whole, row, items)
            advance(number, len(monitor.rows))
    whole.condition, whole.left_out = monitor.condition, monitor.left_out
    columns = series_columns(names, has_conversion={"reactant", "product"} <= {one.role for one in fitter.species})
    if output is not None:
        write_rows(output, columns, whole.rows)
    return whole


def _items(
    monitor: SeriesMonitor, source: Path | str, nucleus: Nucleus, experiment: str | None, rows: str | None
) -> dict[str, SeriesItem]:
    from specmol_core.monitoring.items import SeriesItem

    if str(source) == "-":
        return {key: SeriesItem(key, Path(key)) for key in monitor.done}
    found = series_items(source, set(), nucleus=nucleus, experiment=experiment, rows=rows, settle=0.0)
    return {item.key: item for item in found if not item.left_out}


def _add(whole: SeriesMonitor, row: Mapping[str, Any], items: Mapping[str, SeriesItem]) -> None:
    """Fit the spectrum of a line again; its time stays, and all of a line that has an error or gets one."""
    from specmol_core.monitoring.journal import signals_of

    item = items.get(str(row["spectrum"]))
    if row.get("error"):
        whole.rows.append(dict(row))
        return
    new = {"error": f"{row['spectrum']}: is gone"} if item is None else whole.add(item)
    if not new.get("error"):
        new["time_s"] = row["time_s"]
        return
    if item is not None:
        whole.rows.pop()
    reason = f"not fitted with the others: {new['error']}"
    whole.rows.append({**row, "warnings": "; ".join(filter(None, (str(row.get("warnings") or ""), reason)))})
    whole.unexplained.append(signals_of(row))
