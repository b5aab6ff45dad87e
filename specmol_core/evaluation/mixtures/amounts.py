"""Measure amounts of known mixtures: from structures, from pure spectra, and by plain least squares."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from specmol_core.evaluation.mixtures.known_mixtures import KnownMixture
from specmol_core.mixtures.cells import line_width_hz
from specmol_core.mixtures.config import QuantifyConfig
from specmol_core.mixtures.fit import MixtureFit
from specmol_core.mixtures.fitter import MixtureFitter
from specmol_core.mixtures.posterior import indistinguishable
from specmol_core.mixtures.quantification import quantification_of
from specmol_core.shifts.predictor import ShiftBackend
from specmol_core.spectra.spectrum import Spectrum

__all__ = ["FIELDS_MHZ", "MeasuredAmounts", "estimate_field", "least_squares", "measure", "summary"]

Float = NDArray[np.float64]

FIELDS_MHZ = (43.0, 60.0, 80.0, 300.0, 400.0, 500.0, 600.0, 700.0)
"""Fields that are tried where a file states none."""
_FIELD_CHAINS = 8
_HIGH_FIELD_MHZ = 200.0
_NARROW_PPM = 0.012
"""Width of a line (ppm) below which the field is high: lines are about 1 Hz wide at any field."""
_COARSE_PPM, _FINE_PPM = 0.03, 0.006
"""Blur at which low fields are compared with each other, and high fields."""


@dataclass(frozen=True)
class MeasuredAmounts:
    """Fractions of one mixture, found and true."""

    mixture: str
    method: str
    """``structures``, ``pure spectra`` or ``least squares``."""
    species: tuple[str, ...]
    truth: tuple[float, ...]
    found: tuple[float, ...]
    intervals: tuple[tuple[float, float], ...]
    groups: tuple[tuple[int, ...], ...]
    """Indices of species that the result gives as a sum."""
    frequency_mhz: float

    @property
    def relative_error(self) -> float:
        """Mean of the relative errors of all fractions."""
        return float(np.mean([abs(f - t) / t for f, t in zip(self.found, self.truth, strict=True)]))

    @property
    def absolute_error(self) -> float:
        """Mean of the errors of all fractions."""
        return float(np.mean([abs(f - t) for f, t in zip(self.found, self.truth, strict=True)]))

    @property
    def grouped(self) -> tuple[tuple[float, float], ...]:
        """True and found fraction of each species or, where they are not distinguished, of their sum."""
        inside = {k for g in self.groups for k in g}
        units = [(k,) for k in range(len(self.truth)) if k not in inside] + list(self.groups)
        return tuple((sum(self.truth[k] for k in u), sum(self.found[k] for k in u)) for u in units)

    @property
    def covered(self) -> int:
        """Number of intervals that hold the truth."""
        return sum(low <= t <= high for (low, high), t in zip(self.intervals, self.truth, strict=True))


def measure(
    mixtures: Iterable[KnownMixture], predictor: ShiftBackend, config: QuantifyConfig
) -> Iterator[MeasuredAmounts]:
    """Yield what each method finds in each mixture; pure spectra are used where they are at hand."""
    for mixture in mixtures:
        known = mixture
        if not mixture.spectrum.frequency_mhz:
            mhz = estimate_field(mixture, predictor, config)
            pure = tuple(replace(s, frequency_mhz=mhz) for s in mixture.pure)
            known = replace(mixture, spectrum=replace(mixture.spectrum, frequency_mhz=mhz), pure=pure)
        if known.pure:
            yield _plain(known)
            names = [s.name for s in known.species]
            references = dict(zip(names, known.pure, strict=True))
            fitter = MixtureFitter(known.species, predictor, references=references, config=config)
            yield _result(known, fitter.fit(known.spectrum), "pure spectra", config)
        fitter = MixtureFitter(known.species, predictor, config=config)
        yield _result(known, fitter.fit(known.spectrum), "structures", config)


def estimate_field(mixture: KnownMixture, predictor: ShiftBackend, config: QuantifyConfig) -> float:
    """Return the field (MHz) of ``FIELDS_MHZ`` at which the predicted multiplets fit best.

    The width of the lines tells low fields from high ones.
    """
    # At 1 MHz a width in Hz is a width in ppm.
    narrow = line_width_hz(replace(mixture.spectrum, frequency_mhz=1.0), limits=(0.0, 1.0)) < _NARROW_PPM
    fields = [f for f in FIELDS_MHZ if (f >= _HIGH_FIELD_MHZ) == narrow]
    misfits = {f: _misfit(mixture, f, _FINE_PPM if narrow else _COARSE_PPM, predictor, config) for f in fields}
    return min(misfits, key=lambda f: misfits[f])


def _misfit(mixture: KnownMixture, mhz: float, blur: float, predictor: ShiftBackend, config: QuantifyConfig) -> float:
    """Return the energy of a fit at a field, on one scale (ppm) for all fields, so that they can be compared."""
    alike = replace(config, chains=_FIELD_CHAINS, fine_hz=0.0, fine_ppm=blur, full_field_mhz=1.0)
    fitter = MixtureFitter(mixture.species, predictor, config=alike)
    return fitter.fit(replace(mixture.spectrum, frequency_mhz=mhz)).energy


def least_squares(spectrum: Spectrum, pure: Iterable[Spectrum], nuclei: Iterable[float]) -> Float:
    """Return fractions by non-negative least squares on the raw points, as a plain program does it."""
    grid = spectrum.axis.grid()
    columns = []
    for one, count in zip(pure, nuclei, strict=True):
        trace = np.interp(-grid, -one.axis.grid(), one.intensities, left=0.0, right=0.0)
        columns.append(trace / trace.sum() * count)
    amounts = nnls(np.array(columns).T, spectrum.intensities.astype(np.float64))[0]
    return np.asarray(amounts / max(float(amounts.sum()), 1e-300))


def _plain(mixture: KnownMixture) -> MeasuredAmounts:
    nuclei = [float(s.nuclei("1H")) for s in mixture.species]
    found = least_squares(mixture.spectrum, mixture.pure, nuclei)
    return _row(mixture, "least squares", found, [(float(f), float(f)) for f in found], [])


def _result(mixture: KnownMixture, fit: MixtureFit, method: str, config: QuantifyConfig) -> MeasuredAmounts:
    result = quantification_of(fit, config.coverage)
    intervals = [(a.low, a.high) for a in result.amounts]
    found = np.array([a.fraction for a in result.amounts])
    return _row(mixture, method, found, intervals, indistinguishable(fit.posterior))


def _row(
    mixture: KnownMixture,
    method: str,
    found: Float,
    intervals: list[tuple[float, float]],
    groups: list[tuple[int, ...]],
) -> MeasuredAmounts:
    return MeasuredAmounts(
        mixture.name,
        method,
        tuple(s.name for s in mixture.species),
        tuple(float(t) for t in mixture.fractions),
        tuple(float(f) for f in found),
        tuple(intervals),
        tuple(groups),
        float(mixture.spectrum.frequency_mhz or 0.0),
    )


def summary(results: Iterable[MeasuredAmounts]) -> dict[str, dict[str, float]]:
    """Return the figures of each method: errors, errors with sums, share of intervals that hold the truth."""
    by_method: dict[str, list[MeasuredAmounts]] = {}
    for result in results:
        by_method.setdefault(result.method, []).append(result)
    figures = {}
    for method, rows in by_method.items():
        sums = [pair for row in rows for pair in row.grouped]
        known = [row for row in rows if not row.groups]
        figures[method] = {
            "mixtures": float(len(rows)),
            "relative_error": float(np.mean([row.relative_error for row in rows])),
            "absolute_error": float(np.mean([row.absolute_error for row in rows])),
            "absolute_error_with_sums": float(np.mean([abs(f - t) for t, f in sums])),
            "relative_error_with_sums": float(np.mean([abs(f - t) / t for t, f in sums])),
            "distinguished": float(len(known)),
            "absolute_error_distinguished": float(np.mean([r.absolute_error for r in known])) if known else np.nan,
            "coverage": sum(row.covered for row in rows) / sum(len(row.truth) for row in rows),
        }
    return figures
