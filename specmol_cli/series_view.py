"""Show the lines of a series: JSON lines, a live table on a terminal, or text where a terminal cannot redraw."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from specmol_cli.output import write
from specmol_core.storage.plain_text import plain_text

if TYPE_CHECKING:
    from rich.console import Console, Group

    from specmol_core.api import SeriesMonitor, SeriesSummary

__all__ = ["series_view", "summary_lines"]

Row = Mapping[str, Any]

_OTHER_LINES = 8
"""Lines of the terminal that the rows of the table do not use."""
_FEWEST_ROWS = 3
_UNITS = ((7200.0, "h", 3600.0), (120.0, "min", 60.0))
"""Least time (s), name and seconds of the units of time."""
_MIN_RATE_A_MINUTE = 0.001
"""Rate (1/min) above which it is told for a minute, not for an hour."""
_NAME_LENGTH = 24


@contextmanager
def series_view(series: SeriesMonitor, condition: str | None) -> Iterator[Callable[[Row], None]]:
    """Yield a function that shows the line of a spectrum.

    Lines are JSON if standard output is no terminal. On a terminal the table is drawn anew with each
    line; if that is not possible (``TERM=dumb``), lines are text.
    """
    names = [one.name for one in series.fitter.species]
    if not sys.stdout.isatty():
        yield lambda row: write(json.dumps(row, ensure_ascii=False) + "\n", None)
        return
    from rich.console import Console
    from rich.live import Live

    console = Console(file=sys.stdout, highlight=False)
    if console.is_dumb_terminal:
        yield lambda row: write(_text(row, names) + "\n", None)
        return
    rows: list[Row] = list(series.rows)

    def show(row: Row) -> None:
        rows.append(row)
        live.update(_picture(console, rows, names, series, condition), refresh=True)

    first = _picture(console, rows, names, series, condition)
    # Warnings on the same terminal are printed above the table.
    with Live(
        first, console=console, auto_refresh=False, redirect_stdout=False, redirect_stderr=sys.stderr.isatty()
    ) as live:
        yield show


def _picture(
    console: Console, rows: Sequence[Row], names: Sequence[str], series: SeriesMonitor, condition: str | None
) -> Group:
    """Return the table of the last spectra, and a line with conversion, rate and remaining time."""
    from rich import box
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    last = list(rows)[-max(console.height - _OTHER_LINES, _FEWEST_ROWS) :]
    unit, seconds = _unit(max((float(row.get("time_s") or 0.0) for row in rows), default=0.0))
    has_conversion = any(row.get("conversion") is not None for row in rows)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("spectrum", no_wrap=True)
    table.add_column(f"time ({unit})", justify="right", no_wrap=True)
    for name in names:
        table.add_column(Text(_short(name)), justify="right", overflow="fold")
    if has_conversion:
        table.add_column("conversion", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for row in last:
        numbers = ["" if row.get(name) is None else f"{row[name]:.3f}" for name in names]
        if has_conversion:
            numbers.append("" if row.get("conversion") is None else f"{row['conversion']:.3f}")
        time = "" if row.get("time_s") is None else f"{row['time_s'] / seconds:.1f}"
        table.add_row(*map(Text, [plain_text(row["spectrum"]), time, *numbers, _remark(row)]))
    return Group(table, Text(_status(rows, series, condition)))


def _remark(row: Row) -> str:
    if row.get("error"):
        return "not read"
    return "left out" if row.get("left_out") else "steady" if row.get("steady") else ""


def _status(rows: Sequence[Row], series: SeriesMonitor, condition: str | None) -> str:
    """Return the line below the table."""
    if not any(not row.get("error") and not row.get("left_out") for row in rows):
        return "waiting for the first spectrum"
    state = series.forecast
    value = next((row[state.quantity] for row in reversed(rows) if row.get(state.quantity) is not None), None)
    parts = [f"{len(series.rows)} spectra"]
    if value is not None:
        parts.append(f"{plain_text(state.quantity)} {value:.3f}")
    if state.rate is not None:
        a_minute = 60.0 * state.rate
        is_fast = abs(a_minute) >= _MIN_RATE_A_MINUTE
        rate, unit = (a_minute, "min") if is_fast else (60.0 * a_minute, "h")
        parts.append(f"{100 * rate:+.2f} %/{unit}")
    if condition is not None:
        parts.append(f"{plain_text(condition)}: {_remaining(state.seconds_left)}")
    return ", ".join(parts)


def _remaining(seconds: float | None) -> str:
    if seconds is None:
        return "not in sight"
    if seconds == 0:
        return "met"
    unit, size = _unit(seconds)
    return f"in about {seconds / size:.3g} {unit}"


def _unit(seconds: float) -> tuple[str, float]:
    """Return the unit in which a time is told, and its seconds."""
    return next(((name, size) for least, name, size in _UNITS if seconds >= least), ("s", 1.0))


def _short(name: str) -> str:
    plain = plain_text(name)
    return plain if len(plain) <= _NAME_LENGTH else f"{plain[: _NAME_LENGTH - 3]}..."


def _text(row: Row, names: Sequence[str]) -> str:
    if row.get("error") or row.get("left_out"):
        return f"{plain_text(row['spectrum'])}: {_remark(row)}: {plain_text(row.get('error') or row['left_out'])}"
    time = "" if row["time_s"] is None else f"  {row['time_s']:.0f} s"
    parts = [f"{plain_text(name)} {row[name]:.3f}" for name in names]
    if row.get("conversion") is not None:
        parts.append(f"conversion {row['conversion']:.3f}")
    return f"{plain_text(row['spectrum'])}{time}  {', '.join(parts)}{', steady' if row['steady'] else ''}"


def summary_lines(summary: SeriesSummary) -> list[str]:
    """Return the summary of a series as lines of text."""
    lines = [f"{summary.spectra} spectra, {summary.failed} failed, {summary.left_out} left out"]
    if summary.law is not None:
        law = summary.law
        half = "" if law.half_life == float("inf") else f", half-life {law.half_life:.4g} s"
        lines.append(
            f"order {law.order}: rate constant {law.rate:.4g} 1/s ({law.rate_low:.4g} to {law.rate_high:.4g}){half}, "
            f"residual {law.residual:.3f}"
        )
    for plateau in summary.plateaus:
        shares = ", ".join(f"{plain_text(name)} {share:.3f}" for name, share in plateau.fractions.items())
        lines.append(f"steady from {plain_text(plateau.first)} to {plain_text(plateau.last)}: {shares}")
    for number, unknown in enumerate(summary.unknowns, 1):
        shifts = ", ".join(f"{ppm:.2f}" for ppm in unknown.ppm)
        lines.append(f"unknown {number}: {shifts} ppm, up to {100 * unknown.largest_share:.1f} % of the intensity")
        lines += [f"  {plain_text(n)} ({plain_text(s)}): probability {p:.2f}" for n, s, p in unknown.candidates]
    return [*lines, *summary.notes]
