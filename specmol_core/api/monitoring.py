"""Follow a reaction through a series of spectra; part of ``specmol_core.api``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from specmol_core.api.mixtures import mixture_fitter, read_mixture_spectrum
from specmol_core.api.named_unknowns import candidates_of
from specmol_core.errors import LibraryError, SpectrumError, UsageError
from specmol_core.monitoring.summary import NamedUnknown, SeriesSummary

if TYPE_CHECKING:
    from specmol_core.monitoring.items import SeriesItem
    from specmol_core.monitoring.kinetics import RateLaw
    from specmol_core.monitoring.series import SeriesMonitor
    from specmol_core.spectra.spectrum import Nucleus

__all__ = ["NamedUnknown", "SeriesSummary", "check_summary", "monitor_series", "series_monitor", "summarise"]

_MOST_UNKNOWNS = 3


def series_monitor(
    species: Path | str | Sequence[str] = (),
    *,
    nucleus: Nucleus = "1H",
    reaction: str | None = None,
    solvent: str | None = None,
    standard: str | None = None,
    references: Mapping[str, Path | str] | None = None,
    field_mhz: float | None = None,
    until: str | None = None,
    times: str | None = None,
    output: Path | None = None,
) -> tuple[SeriesMonitor, list[str]]:
    """Return a monitor for the spectra of one reaction, and warnings about its species.

    Parameters
    ----------
    species, nucleus, reaction, solvent, standard, references, field_mhz
        As of ``quantify``.
    until
        Condition that ends the series, such as ``conversion>0.95``.
    times
        Seconds between two spectra, or a file of times; they override those of the files.
    output
        File that gets a line for each spectrum; a file of an earlier run is continued.

    Raises
    ------
    SpecmolError
        As ``quantify``; also if the condition or the output is unusable.
    """
    from specmol_core.monitoring.condition import parse_condition
    from specmol_core.monitoring.journal import Journal
    from specmol_core.monitoring.series import SeriesMonitor, series_columns
    from specmol_core.monitoring.times import given_times
    from specmol_core.spectra.readers.source import SourceFiles

    fitter, notes = mixture_fitter(
        species, nucleus=nucleus, reaction=reaction, solvent=solvent, standard=standard, references=references,
        field_mhz=field_mhz,
    )  # fmt: skip
    names = [one.name for one in fitter.species]
    has_conversion = {"reactant", "product"} <= {one.role for one in fitter.species}
    condition = None if until is None else parse_condition(until, [(one.name, one.smiles) for one in fitter.species])
    if condition is not None and condition.quantity == "conversion" and not has_conversion:
        raise UsageError(f"--until {until!r}: a conversion needs --reaction with reactants and products")
    columns = series_columns(names, has_conversion=has_conversion)
    journal = None if output is None else Journal(output, columns)

    files = SourceFiles()

    def read(path: Path) -> Any:
        return read_mixture_spectrum(path, nucleus, solvent, field_mhz, files)

    return SeriesMonitor(fitter, read, journal, condition, given_times(times) if times is not None else None), notes


def monitor_series(
    monitor: SeriesMonitor, items: Iterable[SeriesItem], report: Callable[[dict[str, Any]], None]
) -> None:
    """Fit the spectra of a series until they or the condition end it.

    Parameters
    ----------
    report
        Called with the line of each spectrum.

    Raises
    ------
    OutputError
        If a line cannot be written.
    SpectrumError
        If all spectra are of another nucleus or experiment.
    """
    if monitor.is_finished:
        return
    for item in items:
        report(monitor.add(item))
        if monitor.is_finished:
            return
    if monitor.left_out and not monitor.rows:
        raise SpectrumError(
            "series", f"no spectrum is left: {monitor.left_out} are of another nucleus or experiment; give --nucleus"
        )


def check_summary(kinetics: str | None, library: Path | None, plot: Path | None) -> None:
    """Check what ``summarise`` needs, before the series begins.

    Raises
    ------
    UsageError
        If the order or the kind of picture is unknown.
    LibraryError
        If the library does not exist.
    """
    from specmol_core.drawing.picture_file import check_suffix
    from specmol_core.monitoring.kinetics import ORDERS

    if kinetics is not None and kinetics not in ORDERS:
        raise UsageError(f"--kinetics {kinetics} is unknown; choose one of {', '.join(ORDERS)}")
    if plot is not None:
        check_suffix(plot, "--plot")
    if library is not None and not library.exists():
        raise LibraryError(library, "no such file: check the path of the library")


def summarise(
    monitor: SeriesMonitor,
    *,
    notes: Sequence[str] = (),
    kinetics: str | None = None,
    library: Path | str | None = None,
    items: Mapping[str, SeriesItem] | None = None,
    solvent: str | None = None,
    plot: Path | None = None,
) -> SeriesSummary:
    """Return the rate law and the unknown compounds of a series.

    Parameters
    ----------
    notes
        Warnings about the species.
    kinetics
        Order of the rate law: ``zero``, ``first``, ``second`` or ``auto``; None fits none.
    library
        Candidates for the largest unknown compound.
    items
        Spectra of the series by their keys, see ``present_items``. Without them, the library is ranked for the
        list of the signals alone, which names a compound much less often.
    solvent
        Solvent of the spectra.
    plot
        SVG or PNG file for the curves.

    Raises
    ------
    UsageError
        If the order is unknown.
    SpecmolError
        If the library cannot be read, or the picture cannot be written.
    """
    from specmol_core.monitoring.curves import write_curves
    from specmol_core.monitoring.plateaus import plateaus
    from specmol_core.monitoring.product_balance import product_doubts
    from specmol_core.monitoring.unknowns import unknown_compounds

    check_summary(kinetics, None, plot)
    rows = [row for row in monitor.rows if not row.get("error")]
    law, doubts = _law(rows, kinetics) if kinetics is not None else (None, [])
    doubts = [*notes, *doubts, *_doubts(rows), *product_doubts(rows, monitor.fitter.species)]
    species = monitor.fitter.species
    unknowns = unknown_compounds(monitor.unexplained, monitor.fitter.nucleus)[:_MOST_UNKNOWNS]
    best: tuple[tuple[str, str, float], ...] = ()
    if library is not None and unknowns:
        best, remarks = candidates_of(unknowns[0], rows, items or {}, monitor.fitter, library, solvent)
        doubts += remarks
    named = tuple(
        NamedUnknown(unknown.ppm, unknown.areas, max(unknown.course), () if number else best)
        for number, unknown in enumerate(unknowns)
    )
    names = [one.name for one in species]
    if plot is not None:
        write_curves(plot, rows, names)
    failed = len(monitor.rows) - len(rows)
    return SeriesSummary(
        len(monitor.rows),
        failed,
        monitor.left_out,
        monitor.is_finished,
        law,
        tuple(plateaus(rows, names)),
        named,
        tuple(doubts),
    )


def _law(rows: Sequence[Mapping[str, Any]], order: str) -> tuple[RateLaw | None, list[str]]:
    from specmol_core.monitoring.kinetics import fit_rate_law

    timed = [row for row in rows if row.get("time_s") is not None and row.get("conversion") is not None]
    law = fit_rate_law(
        [float(row["time_s"]) for row in timed],
        [1.0 - float(row["conversion"]) for row in timed],
        [(float(row["conversion_high"]) - float(row["conversion_low"])) / 4 for row in timed],
        order,
    )
    if law is not None:
        return law, []
    return None, ["no rate law: it needs a reaction, and times and conversions of at least four spectra"]


def _doubts(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    balances = [float(row["balance"]) for row in rows if row.get("balance") is not None]
    if balances and not 0.8 <= min(balances) <= max(balances) <= 1.25:
        return [
            f"material in reactants and products changes to {min(balances):.2f} to {max(balances):.2f} of its start: "
            "the reaction as written is not all that happens"
        ]
    return []
