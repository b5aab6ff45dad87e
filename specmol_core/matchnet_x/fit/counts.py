"""Data for the fit of matchnet-x: queries of held-out structures, and counts of their signals."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem

from specmol_core.matchnet_x.alignment import alignment_path
from specmol_core.matchnet_x.fit.coordinate_descent import FitQuery
from specmol_core.matchnet_x.groups import compound_name
from specmol_core.matchnet_x.heights import height_bin
from specmol_core.matchnet_x.kernels import HEIGHT_BINS
from specmol_core.matchnet_x.likelihood import LikelihoodModel, carbon_terms, log_reference_height, proton_terms
from specmol_core.matchnet_x.matcher import EMBEDDING_SOLVENT
from specmol_core.matchnet_x.observed_signals import (
    MULTIPLICITIES,
    UNKNOWN_MULTIPLICITY,
    Observed,
    observed_of,
    observed_signals,
)
from specmol_core.matchnet_x.predicted_lines import (
    KIND_COUNTS,
    PredictedLines,
    pack_lines,
    predicted_lines,
    proton_kinds,
    unpack_lines,
)
from specmol_core.molecules.without_stereo import constitution_smiles
from specmol_core.shifts.graph import ShiftGraph, UnpredictableError, shift_graph
from specmol_core.shifts.predictor import ShiftPredictor
from specmol_core.shifts.train.measured_entries import measured_entries
from specmol_core.simulation.config import SimulationConfig
from specmol_core.simulation.listed_shifts import with_listed_carbon_shifts
from specmol_core.simulation.simulate import simulate
from specmol_core.spectra.analysis.analysis import Analysis
from specmol_core.spectra.axis import PpmAxis
from specmol_core.spectra.peaks import Peak
from specmol_core.spectra.readers.lists.sticks import render_peaks
from specmol_core.spectra.spectrum import Nucleus, Spectrum

__all__ = [
    "count_heights",
    "count_multiplicities",
    "count_trace_multiplicities",
    "fit_query",
    "listed_queries",
    "predicted_payloads",
    "simulated_queries",
    "trace_signals",
]

_LIST_POINTS = 4096
_SIMULATED_POINTS = 32_768
"""Points of a simulated trace, as in a usual spectrum, so that its lines are resolved equally."""
_MAX_DEVIATION_UNCERTAINTIES = 3.0
"""Maximum deviation of a signal from a line to which it is assigned (predicted uncertainties)."""


def predicted_payloads(
    predictor: ShiftPredictor, smiles: Iterable[str], solvent: str = EMBEDDING_SOLVENT
) -> dict[str, bytes]:
    """Return the predicted lines of each predictable structure, as the payload of a library."""
    names: list[str] = []
    graphs: list[ShiftGraph] = []
    for text in smiles:
        mol = Chem.MolFromSmiles(text)
        try:
            graphs.append(shift_graph(mol))
        except UnpredictableError:
            continue
        names.append(text)
    lines: list[bytes] = []
    for part, means, uncertainties in predictor.batches(graphs, solvent):
        lines += map(pack_lines, predicted_lines(part, means, uncertainties))
    return dict(zip(names, lines, strict=True))


def listed_queries(held_out: Sequence[Mapping[str, Any]], lines: Mapping[str, bytes]) -> list[FitQuery]:
    """Return the queries of measured lists, see ``matchnet_x.fit.held_out_queries``.

    A query is omitted if its truth cannot be predicted.

    Parameters
    ----------
    lines
        Payload of each structure.
    """
    queries = []
    for entry in held_out:
        peaks: dict[Nucleus, list[Peak]] = {
            "1H": [Peak(ppm, n, None, mult, tuple(j), n) for ppm, n, mult, j in entry["h1"]],
            "13C": [Peak(ppm, n, None, protons=n) for ppm, n in entry["c13"]],
        }
        observed = tuple(
            observed_signals(_list_spectrum(nucleus, listed)) for nucleus, listed in peaks.items() if listed
        )
        query = fit_query(entry, observed, lines)
        queries += [] if query is None else [query]
    return queries


def _list_spectrum(nucleus: Nucleus, peaks: Sequence[Peak]) -> Spectrum:
    high, low = max(p.ppm for p in peaks) + 1.0, min(p.ppm for p in peaks) - 1.0
    axis = PpmAxis(high, low, _LIST_POINTS)
    return Spectrum(nucleus, axis, render_peaks(peaks, nucleus, 400.0, axis), peaks=tuple(peaks))


def simulated_queries(
    held_out: Sequence[Mapping[str, Any]], lines: Mapping[str, bytes], predictor: ShiftPredictor, seed: int
) -> list[FitQuery]:
    """Return queries of the same structures and decoys, with signals from simulated spectra.

    13C lines have the listed shifts, so their deviations from the predictions are those of measured
    shifts. Shifts that are not listed, and all 1H shifts, are drawn from the predicted
    distributions, because few lists have all protons. The signals are extracted as from a measured
    spectrum (masking, peak picking, grouping), so the model accounts for lost and added signals.
    """
    queries = []
    for number, entry in enumerate(held_out):
        if entry["truth"] not in lines:
            continue
        mol = Chem.MolFromSmiles(entry["truth"])
        rng = np.random.default_rng((seed, number))
        shifts = with_listed_carbon_shifts(mol, predictor.predict([mol])[0], [float(ppm) for ppm, _ in entry["c13"]])
        pair = simulate(mol, shifts, rng, SimulationConfig(points=_SIMULATED_POINTS))
        observed = []
        for nucleus, trace, mhz in (
            ("13C", pair.c13_trace, pair.parameters["c13_mhz"]),
            ("1H", pair.h1_trace, pair.parameters["h1_mhz"]),
        ):
            if np.ptp(trace) > 0:
                observed.append(trace_signals(nucleus, trace, float(mhz), pair.parameters["solvent"].item().decode()))  # type: ignore[arg-type]
        query = fit_query(entry, tuple(o for o in observed if len(o)), lines)
        queries += [] if query is None else [query]
    return queries


def trace_signals(nucleus: Nucleus, trace: NDArray[np.float32], mhz: float, solvent: str) -> Observed:
    """Return the signals of a simulated trace, extracted as from a measured spectrum."""
    axis = SimulationConfig(points=len(trace)).axis(nucleus)
    return observed_of(Analysis(Spectrum(nucleus, axis, trace, frequency_mhz=mhz, solvent=solvent)))


def fit_query(entry: Mapping[str, Any], observed: tuple[Observed, ...], lines: Mapping[str, bytes]) -> FitQuery | None:
    """Return the query of these signals among the candidates that have a payload in ``lines``.

    None if there is no signal, or the truth has no payload.
    """
    pool = [smiles for smiles in entry["pool"] if smiles in lines]
    if not observed or entry["truth"] not in lines:
        return None
    truth, compounds = pool.index(entry["truth"]), tuple(map(_compound_name, pool))
    return FitQuery(observed, tuple(lines[s] for s in pool), truth, compounds, bool(entry.get("printed")))


_compound_name = cache(compound_name)


def count_multiplicities(
    measured: Sequence[Path], predictor: ShiftPredictor, excluded: frozenset[str], model: LikelihoodModel
) -> NDArray[np.float64]:
    """Count the reported multiplicities of each kind of proton (kinds, multiplicities).

    Signals that the file assigns to atoms are counted. In lists without assignment, a signal is
    counted if the model's alignment assigns it to protons of one kind, near their prediction.

    Parameters
    ----------
    measured
        JSON lines of measured shifts, see ``shifts.train.shift_records``.
    excluded
        SMILES without stereochemistry of structures that are omitted.

    Raises
    ------
    DatasetError
        If a file cannot be read.
    """
    counts = np.zeros((KIND_COUNTS["1H"], len(MULTIPLICITIES)))
    unassigned: dict[str, list[Observed]] = defaultdict(list)
    for path in measured:
        for _, entry in measured_entries(path):
            mol = Chem.MolFromSmiles(entry["smiles"])
            without_stereo = "" if mol is None else constitution_smiles(mol)
            if not without_stereo or without_stereo in excluded:
                continue
            signal_rows = [x for x in entry.get("h1") or [] if x[2] and x[1]]
            assigned = [x for x in signal_rows if len(x) > 4 and x[4]]
            if assigned and entry.get("map") != "inferred":
                _count_assigned(counts, mol, assigned)
            elif signal_rows and not assigned:
                unassigned[without_stereo].append(_signals_of_rows(signal_rows))
    lines = predicted_payloads(predictor, unassigned)
    for without_stereo, lists in unassigned.items():
        for observed in lists if without_stereo in lines else ():
            _count_aligned(counts, observed, lines[without_stereo], model)
    return counts


def count_trace_multiplicities(model: LikelihoodModel, queries: Sequence[FitQuery]) -> NDArray[np.float64]:
    """Count the multiplicities of signals from traces (kinds, multiplicities).

    The kind of a signal's protons is that of the alignment with the true candidate.
    """
    counts = np.zeros((KIND_COUNTS["1H"], len(MULTIPLICITIES)))
    for query in queries:
        for observed in query.observed:
            if observed.nucleus == "1H" and len(observed):
                _count_aligned(counts, observed, query.candidates[query.truth], model)
    return counts


def count_heights(model: LikelihoodModel, queries: Sequence[FitQuery]) -> NDArray[np.float64]:
    """Count the heights of each kind of carbon, and of unassigned signals (kinds + 1, bins).

    Signals are assigned by the alignment with the true candidate, and counted if they are near
    their prediction. Signals of several carbon classes, and classes with several signals, are
    omitted.
    """
    counts = np.zeros((KIND_COUNTS["13C"] + 1, HEIGHT_BINS))
    for query in queries:
        lines = unpack_lines([query.candidates[query.truth]], "13C")
        for observed in query.observed:
            if observed.nucleus == "13C" and len(observed) and np.isfinite(observed.height).all():
                _count_heights(counts, model, observed, lines)
    return counts


def _count_heights(
    counts: NDArray[np.float64], model: LikelihoodModel, observed: Observed, lines: PredictedLines
) -> None:
    pairs = alignment_path(carbon_terms(model, observed, lines))
    heights = np.log(observed.height) - log_reference_height(model, observed, lines)
    of_line, of_entry = Counter(line for line, _ in pairs), Counter(entry for _, entry in pairs)
    for line, entry in pairs:
        is_near = (
            abs(lines.ppm[line] - observed.ppm[entry]) < _MAX_DEVIATION_UNCERTAINTIES * lines.uncertainty_ppm[line]
        )
        if of_line[line] == of_entry[entry] == 1 and is_near:
            counts[lines.kind[line], height_bin(heights[entry] - np.log(max(lines.nuclei[line], 1)))] += 1
    for entry in set(range(len(observed))) - set(of_entry):
        counts[-1, height_bin(heights[entry])] += 1


def _signals_of_rows(signal_rows: Sequence[Sequence[Any]]) -> Observed:
    peaks = [Peak(float(x[0]), float(x[1]), None, str(x[2]), (), float(x[1])) for x in signal_rows]
    return observed_signals(_list_spectrum("1H", peaks))


def _count_assigned(counts: NDArray[np.float64], mol: Chem.Mol, signal_rows: Sequence[Sequence[Any]]) -> None:
    try:
        kinds = proton_kinds(shift_graph(mol))
    except UnpredictableError:
        return
    codes = _signals_of_rows(signal_rows)
    for code, signal in zip(codes.multiplicity, sorted(signal_rows, key=lambda x: float(x[0])), strict=True):
        atom = signal[4][0]
        if code != UNKNOWN_MULTIPLICITY and atom < len(kinds):
            counts[kinds[atom], code] += 1


def _count_aligned(counts: NDArray[np.float64], observed: Observed, payload: bytes, model: LikelihoodModel) -> None:
    lines = unpack_lines([payload], "1H")
    reading = proton_terms(model, observed, lines)
    owners: dict[int, set[int]] = defaultdict(set)
    for proton, entry in alignment_path(reading.terms):
        owners[int(reading.signal_of_proton[entry])].add(int(reading.line_of_proton[proton]))
    for signal, signal_lines in owners.items():
        code, kinds = observed.multiplicity[signal], {int(lines.kind[line]) for line in signal_lines}
        is_near = any(
            abs(lines.ppm[n] - observed.ppm[signal]) < _MAX_DEVIATION_UNCERTAINTIES * lines.uncertainty_ppm[n]
            for n in signal_lines
        )
        # The two protons of a CH2 may be two lines.
        if len(kinds) == 1 and code != UNKNOWN_MULTIPLICITY and is_near:
            counts[kinds.pop(), code] += 1
