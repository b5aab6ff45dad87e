"""Queries for the fit of the posterior: lists as authors write them, spectra as laboratories measure them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem

from specmol_core.matchnet_x.fit.coordinate_descent import FitQuery
from specmol_core.matchnet_x.fit.counts import fit_query, listed_queries, predicted_payloads, trace_signals
from specmol_core.matchnet_x.matcher import EMBEDDING_SOLVENT
from specmol_core.shifts.conventions import network_solvent
from specmol_core.shifts.predictor import ShiftPredictor
from specmol_core.simulation.config import SimulationConfig
from specmol_core.simulation.listed_shifts import with_listed_carbon_shifts, with_listed_proton_shifts
from specmol_core.simulation.simulate import SimulatedPair, simulate
from specmol_core.spectra.reference.solvents import solvent_named
from specmol_core.spectra.spectrum import Nucleus

__all__ = ["laboratory_queries", "payloads_by_solvent", "written_queries"]

_COPIES = 2
"""Copies of each list."""
_OMITTED = {"c13": 0.09, "h1": 0.045}
"""Share of the literature's lists that lack a signal of their compound."""
_ADDED = {"c13": 0.08, "h1": 0.015}
"""Share of the literature's lists with a signal that their compound does not have."""
_NEAR_PPM = {"c13": 2.0, "h1": 0.2}
"""Largest distance of an added signal, as of a rotamer, from one of the list (ppm)."""
_MAX_QUERIES = 400
"""Most structures whose spectra are simulated."""
_POINTS = 32_768
"""Points of a trace, as in a usual file."""
_PLOT_POINTS, _PLOT_ROWS = 3_000, 550
"""Columns and rows of a plotted trace."""
_IMPURITY = (0.01, 0.1)
"""Range of the height of an impurity, relative to the compound."""
_SECOND_COMPOUND = (0.4, 1.0)
"""Range of the height of the second compound of a mixture."""
_CONDITIONS = {"impurity": 0.4, "mixture": 0.2, "other solvent": 0.2, "plot": 0.2}
"""Share of the structures with each condition besides the clean spectra."""
_SOLVENTS = ("DMSO-d6", "CD3OD", "D2O", "acetone-d6", "C6D6", "CD3CN")
"""Solvents in which candidates are predicted although the shifts may have been measured in another."""


_Payloads = Mapping[str, Mapping[str, bytes]]
"""Payload of each structure, by solvent of the network."""


def payloads_by_solvent(
    predictor: ShiftPredictor, held_out: Sequence[Mapping[str, Any]]
) -> dict[str, dict[str, bytes]]:
    """Return the payloads of all candidates in the solvents of their queries, as ``rank`` predicts them.

    Parameters
    ----------
    held_out
        Queries, see ``matchnet_x.fit.held_out_queries``.
    """
    structures: dict[str, set[str]] = defaultdict(set)
    for entry in held_out:
        structures[_solvent(entry)].update(entry["pool"])
    return {name: predicted_payloads(predictor, sorted(found), name) for name, found in structures.items()}


def _solvent(entry: Mapping[str, Any]) -> str:
    """Return the solvent of the network for a query; that of ``embed`` if it is unknown."""
    name = str(entry.get("solvent") or "")
    known = solvent_named(name) or solvent_named(name.partition(" (")[0])
    return EMBEDDING_SOLVENT if known is None else network_solvent(known.name)


def written_queries(held_out: Sequence[Mapping[str, Any]], lines: _Payloads, seed: int) -> list[FitQuery]:
    """Return queries of measured lists with the omissions and additions of authors.

    The lists of databases are complete. One in ten of the literature's lists lacks a signal of its
    compound, and as many have a signal too many.

    Parameters
    ----------
    held_out
        Queries, see ``matchnet_x.fit.held_out_queries``.
    lines
        Payloads, see :func:`payloads_by_solvent`.
    """
    return [
        query
        for copy in range(_COPIES)
        for number, entry in enumerate(held_out)
        for query in listed_queries(
            [_as_written(entry, np.random.default_rng((seed, copy, number)))], lines[_solvent(entry)]
        )
    ]


def _as_written(entry: Mapping[str, Any], rng: np.random.Generator) -> dict[str, Any]:
    written = dict(entry)
    for key in ("c13", "h1"):
        signals = list(entry[key])
        omit, add = rng.random(2)
        if len(signals) > 1 and omit < _OMITTED[key]:
            del signals[int(rng.integers(len(signals)))]
        if signals and add < _ADDED[key]:
            near = signals[int(rng.integers(len(signals)))]
            signals.append([near[0] + rng.uniform(-1, 1) * _NEAR_PPM[key], *near[1:]])
        written[key] = signals
    return written


def laboratory_queries(
    held_out: Sequence[Mapping[str, Any]], lines: _Payloads, predictor: ShiftPredictor, seed: int
) -> list[FitQuery]:
    """Return queries of the held-out structures with signals from simulated spectra.

    Each structure has clean spectra and those of one condition: with an impurity; with a second
    compound, where neither is among the candidates; with candidates predicted for another solvent;
    or plotted. Listed shifts of both nuclei are taken as they were measured; the others are drawn
    from the predicted distributions. Structures with lists of both nuclei come first, the others are
    evenly spaced.

    Parameters
    ----------
    held_out
        Queries, see ``matchnet_x.fit.held_out_queries``.
    lines
        Payloads, see :func:`payloads_by_solvent`.
    """
    entries = _subsample([entry for entry in held_out if entry["truth"] in lines[_solvent(entry)]])
    queries: list[FitQuery | None] = []
    for number, entry in enumerate(entries):
        rng, known = np.random.default_rng((seed, number)), lines[_solvent(entry)]
        sample = _LaboratorySample.draw(entry, predictor, rng)
        queries.append(_query(entry, sample, known))
        condition = str(rng.choice(list(_CONDITIONS), p=list(_CONDITIONS.values())))
        other = entries[int(rng.integers(len(entries)))]
        if condition == "plot":
            plotted = _LaboratorySample.draw(entry, predictor, rng, points=_PLOT_POINTS)
            queries.append(_query(entry, plotted.plotted(), known))
        elif condition == "other solvent":
            pool = [smiles for smiles in entry["pool"] if smiles in known]
            queries.append(_query(entry, sample, predicted_payloads(predictor, pool, str(rng.choice(_SOLVENTS)))))
        elif other["truth"] != entry["truth"]:
            low, high = _IMPURITY if condition == "impurity" else _SECOND_COMPOUND
            second = _LaboratorySample.draw(other, predictor, rng, solvent=sample.solvent, mhz=sample.mhz["1H"])
            mixed = sample.plus(second, float(np.exp(rng.uniform(np.log(low), np.log(high)))))
            query = _query(entry, mixed, {s: stored for s, stored in known.items() if s != other["truth"]})
            if query is not None and condition == "mixture":
                query = query.without_truth()
            queries.append(query)
    return [query for query in queries if query is not None]


def _subsample(held_out: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    both = [entry for entry in held_out if entry["c13"] and entry["h1"]][:_MAX_QUERIES]
    rest = [entry for entry in held_out if not (entry["c13"] and entry["h1"])]
    count = min(_MAX_QUERIES - len(both), len(rest))
    return both + [rest[int(i * len(rest) / count)] for i in range(count)]


class _LaboratorySample(NamedTuple):
    """Simulated traces of one sample."""

    traces: dict[Nucleus, NDArray[np.float32]]
    mhz: dict[Nucleus, float]
    solvent: str

    @classmethod
    def draw(
        cls,
        entry: Mapping[str, Any],
        predictor: ShiftPredictor,
        rng: np.random.Generator,
        *,
        points: int = _POINTS,
        solvent: str = "",
        mhz: float = 0.0,
    ) -> _LaboratorySample:
        """Simulate the spectra of a structure; an empty solvent and a frequency of 0 are drawn."""
        mol = Chem.MolFromSmiles(entry["truth"])
        shifts = with_listed_carbon_shifts(mol, predictor.predict([mol])[0], [float(ppm) for ppm, *_ in entry["c13"]])
        shifts = with_listed_proton_shifts(mol, shifts, [float(ppm) for ppm, *_ in entry["h1"]])
        settings = SimulationConfig(points=points, solvent=solvent, frequency_mhz=mhz)
        pair: SimulatedPair = simulate(mol, shifts, rng, settings)
        frequencies: dict[Nucleus, float] = {
            "13C": float(pair.parameters["c13_mhz"]),
            "1H": float(pair.parameters["h1_mhz"]),
        }
        return cls(
            {"13C": pair.c13_trace, "1H": pair.h1_trace}, frequencies, pair.parameters["solvent"].item().decode()
        )

    def plus(self, other: _LaboratorySample, height: float) -> _LaboratorySample:
        """Add the traces of another sample with this height."""
        return self._replace(
            traces={n: (trace + height * other.traces[n]).astype(np.float32) for n, trace in self.traces.items()}
        )

    def plotted(self) -> _LaboratorySample:
        """Round the traces to the rows of a plot, and forget the sign."""
        return self._replace(
            traces={
                n: (np.rint(np.abs(t) / max(float(np.abs(t).max()), 1e-12) * _PLOT_ROWS) / _PLOT_ROWS).astype(
                    np.float32
                )
                for n, t in self.traces.items()
            }
        )

    def signals(self) -> Iterator[Any]:
        """Yield the observed signals of each spectrum that has any."""
        for nucleus, trace in self.traces.items():
            if np.ptp(trace) > 0:
                observed = trace_signals(nucleus, trace, self.mhz[nucleus], self.solvent)
                if len(observed):
                    yield observed


def _query(entry: Mapping[str, Any], sample: _LaboratorySample, lines: Mapping[str, bytes]) -> FitQuery | None:
    return fit_query(entry, tuple(sample.signals()), lines)
