"""The spectra of one entry of a series: its rows if it is an array, and reasons to leave some out."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

from specmol_core.errors import UsageError
from specmol_core.monitoring.items import SeriesItem
from specmol_core.spectra.readers.source import EXPERIMENT_SEPARATOR, RowTable
from specmol_core.spectra.rows import SourceContent, content_of
from specmol_core.spectra.spectrum import Nucleus

__all__ = ["ExpandedEntry", "Expander", "RowChoice", "parse_row_choice"]

_PROCESSING = re.compile(r"pdata/[0-9]+/")
_LOST_TIMES = "does not state when it was measured, and the series has other entries: give --times"


@dataclass(frozen=True)
class RowChoice:
    """Every so many rows of an array, as an interleaved one needs."""

    first: int = 1
    step: int = 1

    def takes(self, number: int) -> bool:
        """Return whether a row is taken, counted from 1."""
        return number >= self.first and (number - self.first) % self.step == 0


def parse_row_choice(text: str) -> RowChoice:
    """Return the choice of ``FIRST:STEP``.

    Raises
    ------
    UsageError
        If the text is another.

    Examples
    --------
    >>> [number for number in range(1, 8) if parse_row_choice("2:3").takes(number)]
    [2, 5]
    """
    found = re.fullmatch(r"([1-9]\d{0,5})(?::([1-9]\d{0,5}))?", text.strip())
    if found is None:
        raise UsageError(f"--rows {text!r}: give FIRST:STEP, as 2:2 for every second row from the second")
    return RowChoice(int(found[1]), int(found[2] or 1))


@dataclass(frozen=True)
class ExpandedEntry:
    """The spectra of an entry that are there now."""

    items: tuple[SeriesItem, ...]
    is_complete: bool
    """Whether no more rows are expected."""


class Expander:
    """Finds the spectra of entries of one series.

    Parameters
    ----------
    nucleus
        Nucleus of the series; entries of another are left out if they were not named one by one.
    experiment
        Pulse sequence or other name of the experiment that is taken; None takes all.
    rows
        Rows that are taken of an array.
    has_one_entry
        Whether the series is one array, so that times after its first row are enough.
    """

    def __init__(
        self, nucleus: Nucleus, experiment: str | None, rows: RowChoice, *, has_one_entry: bool = False
    ) -> None:
        self.nucleus, self._experiment, self._rows = nucleus, experiment, rows
        self._has_one_entry = has_one_entry
        self._first_experiment = ""

    def __call__(self, item: SeriesItem) -> ExpandedEntry:
        """Return the spectra of an entry."""
        content = content_of(item.path, self.nucleus)
        reason = self._reason(item, content)
        if reason:
            return ExpandedEntry((replace(item, left_out=reason),), True)
        if content.rows is None:
            return ExpandedEntry((replace(item, note=self._changed(content.experiment)),), True)
        rows = content.rows
        items = [
            self._row(item, rows, index)
            for index, name in enumerate(rows.names)
            if self._rows.takes(index + 1) and self._is_asked(_at(rows.experiments, index))
        ]
        if items:
            lost = _LOST_TIMES if rows.seconds is not None and items[0].time is None else ""
            items[0] = replace(items[0], note="; ".join(filter(None, (items[0].note, *rows.notes, lost))))
        return ExpandedEntry(tuple(items), len(rows.names) >= rows.expected)

    def _row(self, item: SeriesItem, rows: RowTable, index: int) -> SeriesItem:
        name = rows.names[index]
        # The time of an entry is that of its first row.
        begin = rows.start if item.time is None else item.time
        if begin is None and self._has_one_entry:
            begin = 0.0
        time = None if rows.seconds is None or begin is None else begin + rows.seconds[index]
        # A row keeps its key when the array is processed between two runs.
        key = _PROCESSING.sub("", name)
        return SeriesItem(
            f"{item.key}{EXPERIMENT_SEPARATOR}{key}",
            Path(f"{item.path}{EXPERIMENT_SEPARATOR}{name}"),
            time,
            is_found=True,
            note=self._changed(_at(rows.experiments, index)),
            is_row=True,
        )

    def _reason(self, item: SeriesItem, content: SourceContent) -> str:
        """Return why an entry is left out; empty if it is not."""
        if item.is_found and content.nucleus and content.nucleus != self.nucleus:
            return f"is of {content.nucleus}; the series is of {self.nucleus}"
        if content.experiment and not self._is_asked(content.experiment):
            return f"is the experiment {content.experiment}, and {self._experiment} was asked for"
        return ""

    def _is_asked(self, experiment: str) -> bool:
        """Return whether an experiment has the asked name among its names; one without a name has."""
        asked = self._experiment
        return asked is None or not experiment or f" {asked.lower().strip()} " in f" {experiment.lower()} "

    def _changed(self, experiment: str) -> str:
        """Return a warning if an experiment is not that of the first spectrum."""
        self._first_experiment = self._first_experiment or experiment
        if not experiment or self._experiment is not None or experiment == self._first_experiment:
            return ""
        return (
            f"the series holds the experiments {self._first_experiment} and {experiment}: "
            "name one with --experiment if they cannot be compared"
        )


def _at(names: tuple[str, ...], index: int) -> str:
    return names[index] if index < len(names) else ""
