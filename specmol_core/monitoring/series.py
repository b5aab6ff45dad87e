"""Follow a series: fit each spectrum, write its line, and stop at a condition."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from specmol_core.errors import SpecmolError, SpectrumError, UsageError
from specmol_core.mixtures.fit import MixtureFit
from specmol_core.mixtures.fitter import MixtureFitter
from specmol_core.mixtures.memory import FitMemory
from specmol_core.mixtures.quantification import Amount, Quantification, quantification_of
from specmol_core.monitoring.condition import CONVERSION, Condition
from specmol_core.monitoring.forecast import Forecast, forecast
from specmol_core.monitoring.items import SeriesItem
from specmol_core.monitoring.journal import Journal, signals_of
from specmol_core.monitoring.plateaus import STEADY_SPECTRA
from specmol_core.monitoring.stamps import measured_at
from specmol_core.monitoring.times import GivenTimes
from specmol_core.spectra.readers.source import NucleusError
from specmol_core.spectra.spectrum import Spectrum
from specmol_core.storage.atomic import atomic_write

__all__ = ["SeriesMonitor", "series_columns"]

_MAX_SIGNALS = 30
"""Most unexplained signals of a line."""
_DIGITS = 6
_MAX_FIELD_DIFFERENCE = 0.01
"""Largest relative difference of two fields of one series."""


def series_columns(names: Sequence[str], *, has_conversion: bool) -> list[str]:
    """Return the columns of the table of a series of these species.

    Raises
    ------
    UsageError
        If a species has the name of another column.
    """
    columns = ["spectrum", "time_s"]
    for name in names:
        columns += [name, f"{name} low", f"{name} high"]
    if has_conversion:
        columns += [CONVERSION, "conversion_low", "conversion_high"]
    columns += ["balance", "unexplained", "unexplained_signals", "steady", "warnings", "error"]
    twice = [column for column in columns if columns.count(column) > 1]
    if twice:
        raise UsageError(f"a species has the name {twice[0]}, which is a column of the output; rename it")
    return columns


@dataclass
class SeriesMonitor:
    """Fits one spectrum after another, and keeps what is needed to continue after a stop.

    Parameters
    ----------
    fitter
        Of the species of the reaction.
    read
        Reads the spectrum of a path.
    journal
        Where lines are kept; None keeps none.
    condition
        Ends the series.
    times
        Times that override those of the files; None for none.
    fit
        Fits a spectrum; None takes ``fitter.fit``.
    """

    fitter: MixtureFitter
    read: Callable[[Path], Spectrum]
    journal: Journal | None = None
    condition: Condition | None = None
    times: GivenTimes | None = None
    fit: Callable[[Spectrum], MixtureFit] | None = None
    rows: list[dict[str, Any]] = field(default_factory=list)
    """The lines of all spectra."""
    unexplained: list[list[tuple[float, float]]] = field(default_factory=list)
    """Shift and area of the unexplained signals of each line that is no error."""
    left_out: int = 0
    """Number of spectra of another nucleus or experiment."""
    was_finished: bool | None = None
    """Whether the condition was met by the lines of an earlier fit, which ended the series; None if there was none."""

    def __post_init__(self) -> None:
        self._start: float | None = None
        self._first_total: float | None = None
        self._mhz: float | None = None
        self._memories: list[tuple[str, dict[str, Any]]] = []
        if self.journal is not None:
            self.rows = list(self.journal.rows)
            self._restore(self.journal)

    @property
    def done(self) -> set[str]:
        """The spectra that have a line."""
        return {str(row["spectrum"]) for row in self.rows}

    @property
    def is_finished(self) -> bool:
        """Whether the condition is met by the last line, or was by that of the earlier fit."""
        if self.was_finished is not None:
            return self.was_finished
        return bool(self.condition and self.rows and self.condition.is_met(self.rows[-1]))

    @property
    def forecast(self) -> Forecast:
        """Rate and remaining time of the quantity of the condition, else of the conversion or the first species."""
        names = [one.name for one in self.fitter.species]
        has_conversion = {"reactant", "product"} <= {one.role for one in self.fitter.species}
        quantity = self.condition.quantity if self.condition else CONVERSION if has_conversion else names[0]
        return forecast(self.rows, quantity, self.condition)

    def add(self, item: SeriesItem) -> dict[str, Any]:
        """Fit one spectrum and return its line; a spectrum that cannot be read or fitted has an ``error``.

        The line of one that is left out is not kept.

        Raises
        ------
        OutputError
            If the line cannot be written.
        """
        try:
            row = {"spectrum": item.key, "left_out": item.left_out} if item.left_out else self._fitted(item)
        except NucleusError as error:
            row = {"spectrum": item.key, "left_out" if item.is_found else "error": str(error)}
        except SpecmolError as error:
            row = {"spectrum": item.key, "error": str(error)}
        if "left_out" in row:
            self.left_out += 1
            return row
        if self.journal is not None:
            # The memory comes first: a line without its memory would start the next fit elsewhere.
            self._keep_memory(item.key)
            self.journal.add(row)
        self.rows.append(row)
        return row

    def _fitted(self, item: SeriesItem) -> dict[str, Any]:
        spectrum = self.read(item.path)
        self._check_field(spectrum)
        fit = (self.fit or self.fitter.fit)(spectrum)
        result = quantification_of(fit, self.fitter.config.coverage)
        time = self._time(item)
        if self._start is None and time is not None:
            self._start = time
        row: dict[str, Any] = {
            "spectrum": item.key,
            "time_s": None if time is None or self._start is None else round(time - self._start, 3),
        }
        for amount in result.amounts:
            row |= {
                amount.name: _rounded(amount.fraction),
                f"{amount.name} low": _rounded(amount.low),
                f"{amount.name} high": _rounded(amount.high),
            }
        reactant = _first_reactant(result)
        if reactant is not None:
            row |= {
                CONVERSION: _rounded(reactant.conversion),
                "conversion_low": _rounded(reactant.conversion_low),
                "conversion_high": _rounded(reactant.conversion_high),
            }
        signals = [(round(s.ppm, 4), round(s.area, _DIGITS)) for s in result.unexplained[:_MAX_SIGNALS]]
        self.unexplained.append(signals)
        return row | {
            "balance": self._balance(fit.areas.tolist()),
            "unexplained": _rounded(result.unexplained_share),
            "steady": self._is_steady(row, [a.name for a in result.amounts]),
            "warnings": "; ".join(filter(None, (item.note, self._lost_time(time), *result.warnings))),
            "unexplained_signals": [[ppm, area] for ppm, area in signals],
        }

    def _time(self, item: SeriesItem) -> float | None:
        if self.times is not None:
            return self.times.at(len(self.rows))
        return item.time if item.time is not None or item.is_row else measured_at(item.path)

    def _lost_time(self, time: float | None) -> str:
        return "--times has no time for it" if self.times is not None and time is None else ""

    def _check_field(self, spectrum: Spectrum) -> None:
        """Refuse a spectrum of another field than the first: it belongs to a series of its own."""
        mhz = spectrum.frequency_mhz
        if mhz and self._mhz and abs(mhz / self._mhz - 1.0) > _MAX_FIELD_DIFFERENCE:
            raise SpectrumError(
                spectrum.source, f"was measured at {mhz:.1f} MHz, the series at {self._mhz:.1f} MHz; give it alone"
            )
        self._mhz = self._mhz or mhz

    def _balance(self, areas: Sequence[float]) -> float | None:
        """Return the material in reactants and products over that of the first spectrum.

        It is 1 if the reaction as written is all that happens. It is known if there is a standard.
        """
        species = self.fitter.species
        reactants = [a / s.coefficient for a, s in zip(areas, species, strict=True) if s.role == "reactant"]
        products = [a / s.coefficient for a, s in zip(areas, species, strict=True) if s.role == "product"]
        standard = [a for a, s in zip(areas, species, strict=True) if s.role == "standard"]
        if not reactants or not products or not standard or standard[0] <= 0:
            return None
        total = (sum(reactants) / len(reactants) + sum(products) / len(products)) / standard[0]
        if self._first_total is None:
            self._first_total = total
        return _rounded(total / self._first_total) if self._first_total > 0 else None

    def _is_steady(self, row: dict[str, Any], names: Sequence[str]) -> bool:
        """Return whether no fraction leaves its interval over the last five spectra."""
        last = [r for r in self.rows if not r.get("error")][-(STEADY_SPECTRA - 1) :]
        if len(last) < STEADY_SPECTRA - 1:
            return False
        return all(
            min(r[f"{name} high"] for r in (*last, row)) >= max(r[f"{name} low"] for r in (*last, row))
            and _drift([r[name] for r in (*last, row)]) <= row[f"{name} high"] - row[f"{name} low"]
            for name in names
        )

    @property
    def _memory_path(self) -> Path:
        assert self.journal is not None
        return self.journal.path.with_name(f".{self.journal.path.name}.state")

    def _keep_memory(self, key: str) -> None:
        memory = self.fitter.memory
        values = {} if memory is None else memory.as_dict()
        values |= {"start": self._start, "first_total": self._first_total, "mhz": self._mhz}
        self._memories = [*self._memories[-1:], (key, values)]
        with atomic_write(self._memory_path, "wb") as file:
            file.write(json.dumps(self._memories).encode())

    def _restore(self, journal: Journal) -> None:
        """Continue where the last line was written."""
        for row in journal.rows:
            if not row.get("error"):
                with suppress(ValueError, TypeError):
                    self.unexplained.append(signals_of(row))
        if not journal.rows:
            return
        last = str(journal.rows[-1]["spectrum"])
        try:
            memories = json.loads(self._memory_path.read_bytes())
            values = next(values for key, values in memories if key == last)
            self.fitter.memory = FitMemory.from_dict(values) if "states" in values else None
            self._start, self._first_total, self._mhz = values["start"], values["first_total"], values.get("mhz")
            self._memories = [(last, values)]
        except (OSError, ValueError, KeyError, TypeError, StopIteration, RecursionError):
            # Without the memory the next spectrum takes a full search, and times start at the first line.
            self.fitter.memory = None


def _first_reactant(result: Quantification) -> Amount | None:
    return next((a for a in result.amounts if a.conversion is not None), None)


def _drift(values: Sequence[float]) -> float:
    return abs(values[-1] - values[0])


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(float(value), _DIGITS)
