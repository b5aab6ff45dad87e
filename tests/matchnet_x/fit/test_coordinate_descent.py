"""Fit of matchnet-x: parameters make the truths more probable, and the run writes a checkpoint."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path

import numpy as np
import pytest
from rdkit import Chem

from specmol_core import api
from specmol_core.errors import DatasetError
from specmol_core.evaluation.benchmark_set import read_benchmark
from specmol_core.matchnet_x.fit import run as fit_run
from specmol_core.matchnet_x.fit.coordinate_descent import (
    FitQuery,
    fit_model,
    fit_temperatures,
    height_table,
    mean_loss,
    multiplicity_table,
)
from specmol_core.matchnet_x.fit.counts import (
    count_heights,
    count_trace_multiplicities,
    predicted_payloads,
    simulated_queries,
)
from specmol_core.matchnet_x.fit.held_out_queries import select_held_out_queries
from specmol_core.matchnet_x.kernels import HEIGHT_BINS, LOG_HEIGHT_STEP, LOWEST_LOG_HEIGHT
from specmol_core.matchnet_x.likelihood import LikelihoodModel
from specmol_core.matchnet_x.observed_signals import MULTIPLICITIES, Observed
from specmol_core.matchnet_x.predicted_lines import KIND_COUNTS, LINE_DTYPE, PROTON_KINDS, VICINAL_COUNTS
from specmol_core.retrieval.models import load_model
from specmol_core.shifts.predictor import ShiftPredictor
from specmol_core.shifts.train.shift_records import experimental_records, split_of

POOL = ("CCOC(C)=O", "CCCC(=O)O", "CC(C)C(=O)O", "COC(=O)CC", "C1COCCO1", "CC(O)C(C)=O")


@pytest.fixture(scope="module")
def lines() -> dict[str, bytes]:
    return predicted_payloads(ShiftPredictor.load(), POOL)


def carbons(shifts: tuple[float, ...]) -> Observed:
    count = len(shifts)
    return Observed(
        "13C", np.sort(np.array(shifts)), np.full(count, 0.05), np.ones(count), np.zeros(count, np.int64), 0.1, False
    )


def query(shifts: tuple[float, ...], truth: str, lines: dict[str, bytes]) -> FitQuery:
    return FitQuery((carbons(shifts),), tuple(lines[s] for s in POOL), POOL.index(truth))


def test_fitting_lowers_the_loss(lines: dict[str, bytes]) -> None:
    queries = [
        query((10.1, 24.0, 56.0, 176.0), "CCOC(C)=O", lines),
        query((16.0, 21.5, 33.0, 185.0), "CCCC(=O)O", lines),
        query((13.2, 24.5, 55.5, 171.9), "COC(=O)CC", lines),
    ]
    bad = replace(LikelihoodModel(), c13=replace(LikelihoodModel().c13, spread_factor=0.4, missing=(-0.1,) * 4))

    fitted = fit_model(bad, queries)

    assert mean_loss(fitted, queries, "13C") < mean_loss(bad, queries, "13C")
    assert np.isnan(mean_loss(fitted, queries, "1H"))


def test_simulated_structures_are_of_all_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fit_run, "_MAX_SIMULATED", 4)
    queries = [{"truth": str(i)} for i in range(12)]

    assert [q["truth"] for q in fit_run._subsample(queries)] == ["0", "3", "6", "9"]
    assert fit_run._subsample(queries[:3]) == queries[:3]


def test_parameters_without_effect_keep_their_start(lines: dict[str, bytes]) -> None:
    shown = replace(carbons((14.2, 21.0, 60.4, 171.1)), from_peak_list=False)
    queries = [query((14.2, 21.0, 60.4, 171.1), "CCOC(C)=O", lines)._replace(observed=(shown,))]
    start = replace(LikelihoodModel(), c13_trace=replace(LikelihoodModel().c13_trace, merged=-2.0, split=-1.5))

    fitted = fit_model(start, queries)

    assert (fitted.c13_trace.merged, fitted.c13_trace.split) == (-2.0, -1.5)


def of_acetate(heights: tuple[float, ...], lines: dict[str, bytes]) -> FitQuery:
    """13C lines of ethyl acetate, with the given heights."""
    shown = replace(carbons((14.2, 21.0, 60.4, 171.1)), from_peak_list=False, height=np.array(heights))
    return query((14.2, 21.0, 60.4, 171.1), "CCOC(C)=O", lines)._replace(observed=(shown,))


@pytest.mark.slow
def test_heights_are_counted_by_the_alignment_of_the_truth(lines: dict[str, bytes]) -> None:
    queries = [of_acetate((1.0, 0.95, 1.05, 0.3), lines), of_acetate((np.nan,) * 4, lines)]

    counts = count_heights(LikelihoodModel(), queries)

    ones, usual = counts.sum(1), LOWEST_LOG_HEIGHT + LOG_HEIGHT_STEP * np.array([row.argmax() for row in counts])
    assert ones.tolist() == [1, 0, 1, 2, 0]
    assert usual[[0, 2, 3]] == pytest.approx([-1.25, 0.0, 0.0], abs=0.13)


@pytest.mark.slow
def test_heights_have_weight_only_if_they_help(lines: dict[str, bytes]) -> None:
    heights = np.zeros((KIND_COUNTS["13C"], HEIGHT_BINS))
    heights[0, : HEIGHT_BINS // 2], heights[1:, : HEIGHT_BINS // 2] = 1.5, -2.0
    other = np.frombuffer(lines["CCOC(C)=O"], LINE_DTYPE).copy()
    other["kind"][[0, 3]] = other["kind"][[3, 0]]
    pool = (lines["CCOC(C)=O"], other.tobytes())
    right, wrong = (
        of_acetate(of_lines, lines)._replace(candidates=pool, truth=0)
        for of_lines in ((1.0, 0.95, 1.05, 0.3), (0.3, 1.0, 0.3, 1.05))
    )
    model = replace(LikelihoodModel(), heights=heights)

    assert fit_model(model, [right] * 3).height_weight > 0
    assert fit_model(model, [wrong] * 3).height_weight == 0


def protons_of_acetate(names: tuple[str, ...], lines: dict[str, bytes], *, from_peak_list: bool = False) -> FitQuery:
    """1H signals of ethyl acetate in ascending order, near its predicted shifts."""
    multiplicities = np.array([MULTIPLICITIES.index(name) for name in names])
    shown = Observed(
        "1H",
        np.array([1.25, 2.04, 4.12]),
        np.full(3, 0.005),
        np.array([3.0, 3.0, 2.0]),
        multiplicities,
        0.02,
        True,
        from_peak_list=from_peak_list,
    )
    return FitQuery((shown,), tuple(lines.values()), list(lines).index("CCOC(C)=O"))


def test_multiplicities_of_traces_are_counted_by_the_alignment_of_the_truth(lines: dict[str, bytes]) -> None:
    queries = [protons_of_acetate(names, lines) for names in (("t", "s", "q"), ("t", "unknown", "m"))]

    counts = count_trace_multiplicities(LikelihoodModel(), queries)

    kinds = [PROTON_KINDS.index(name) * VICINAL_COUNTS + n for name, n in (("CH3", 2), ("CH3", 0), ("CH2", 3))]
    seen = {(k, MULTIPLICITIES[j]): n for k, j in zip(*counts.nonzero(), strict=True) if (n := counts[k, j])}
    assert seen == {(kinds[0], "t"): 2.0, (kinds[1], "s"): 1.0, (kinds[2], "q"): 1.0, (kinds[2], "m"): 1.0}


@pytest.mark.parametrize("from_peak_list", [True, False])
def test_multiplicities_have_weight_only_if_they_help(lines: dict[str, bytes], *, from_peak_list: bool) -> None:
    right, wrong = (
        protons_of_acetate(names, lines, from_peak_list=from_peak_list) for names in (("t", "s", "q"), ("s", "t", "s"))
    )
    table = multiplicity_table(count_trace_multiplicities(LikelihoodModel(), [right] * 30))
    model = replace(LikelihoodModel(), multiplicity=table, multiplicity_trace=table)
    name = "multiplicity_weight" if from_peak_list else "multiplicity_trace_weight"

    assert getattr(fit_model(model, [right] * 3), name) > 0
    assert getattr(fit_model(model, [wrong] * 3), name) == 0


def test_the_prior_of_heights_is_all_lines() -> None:
    counts = np.zeros((KIND_COUNTS["13C"] + 1, HEIGHT_BINS))
    counts[0, 9], counts[1, 13], counts[-1, 5], counts[2:4, 13] = 200, 200, 100, 3

    table = height_table(counts)

    assert table.shape == (KIND_COUNTS["13C"], HEIGHT_BINS)
    assert -3.2 <= table.min() < -3
    assert table[0, 9] > table[2, 9] > table[1, 9]
    assert table[1, 13] > table[2, 13] > table[0, 13]
    assert table[:, 5].max() < 0


def test_temperatures_are_high_if_the_likelihood_is_always_right(lines: dict[str, bytes]) -> None:
    right = [query((14.2, 21.0, 60.4, 171.1), "CCOC(C)=O", lines)]
    wrong = [query((14.2, 21.0, 60.4, 171.1), "C1COCCO1", lines)]

    assert fit_temperatures(LikelihoodModel(), right)[0][0] > fit_temperatures(LikelihoodModel(), wrong)[0][0]


def test_the_prior_of_rare_kinds_is_their_sort() -> None:
    counts = np.zeros((KIND_COUNTS["1H"], len(MULTIPLICITIES)))
    counts[0, MULTIPLICITIES.index("s")] = 500
    counts[2, MULTIPLICITIES.index("t")] = 500

    table = multiplicity_table(counts)

    assert table[0, MULTIPLICITIES.index("s")] > 0.5 > table[0, MULTIPLICITIES.index("t")]
    assert table[1, MULTIPLICITIES.index("s")] == pytest.approx(table[1, MULTIPLICITIES.index("t")], abs=0.05)
    assert (table[:, 0] == 0).all()
    assert table.shape == (KIND_COUNTS["1H"], len(MULTIPLICITIES))


def test_simulated_queries_have_both_nuclei_and_are_the_same_each_time(lines: dict[str, bytes]) -> None:
    held_out = [{"truth": "CCOC(C)=O", "pool": list(POOL), "c13": [[171.4, 1.0], [60.2, 1.0]]}]

    first, second = (simulated_queries(held_out, lines, ShiftPredictor.load(), 3) for _ in range(2))

    assert [o.nucleus for o in first[0].observed] == ["13C", "1H"]
    assert not any(o.from_peak_list for o in first[0].observed)
    assert all(np.array_equal(a.ppm, b.ppm) for a, b in zip(first[0].observed, second[0].observed, strict=True))


def chains() -> list[str]:
    """Alcohols without a ring, which are split by their SMILES: some of each split."""
    smiles = {Chem.CanonSmiles("C" * a + "C(O)" + "C" * b) for a in range(1, 17) for b in range(1, 17)}
    share = {s: int.from_bytes(blake2b(s.encode(), digest_size=8).digest(), "big") % 1000 for s in sorted(smiles)}
    return [s for s, k in share.items() if k < 80] + [s for s, k in share.items() if k >= 80][:8]


def measured_file(folder: Path) -> Path:
    predictor = ShiftPredictor.load()
    path = folder / "measured.jsonl"
    rows = []
    for smiles in chains():
        mol = Chem.MolFromSmiles(smiles)
        shifts = predictor.predict([mol])[0]
        rows.append(
            {
                "id": smiles,
                "smiles": smiles,
                "map": "cascade_sdf",
                "c13": [[round(v, 1), [a], ""] for a, v in shifts.c13.items()],
                "h1": [
                    [round(float(np.mean(v)), 2), len(v), "t", [], [a]]
                    for a, v in shifts.h1.items()
                    if mol.GetAtomWithIdx(a).GetAtomicNum() == 6
                ],
            }
        )
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_queries_are_of_held_out_structures_and_contain_nothing_excluded(tmp_path: Path) -> None:
    path, library = measured_file(tmp_path), tmp_path / "library.smi"
    library.write_text("CCCCC(C)O\nCC(C)CCO\n")
    records = list(experimental_records(path, Counter()))
    expected = {r.smiles for r in records if split_of(r, frozenset()) == "validation"}
    assert expected

    some = sorted(expected)[0]
    found = select_held_out_queries([path], library, frozenset(), "validation")
    without = select_held_out_queries([path], library, frozenset({some}), "validation")

    assert {q["truth"] for q in found} == expected
    assert {q["truth"] for q in without} == expected - {some}
    assert all(some not in q["pool"] for q in without)
    assert all(q["truth"] in q["pool"] and len(set(q["pool"])) == len(q["pool"]) for q in found)


def test_a_fit_without_held_out_structures_is_refused(tmp_path: Path) -> None:
    path, library = tmp_path / "measured.jsonl", tmp_path / "library.smi"
    path.write_text('{"smiles": "CCO", "map": "cascade_sdf", "c13": [[18.1, [0], "Q"], [57.8, [1], "T"]], "h1": []}\n')
    library.write_text("COC\n")

    with pytest.raises(DatasetError, match="held out"):
        api.fit([path], library, tmp_path / "x.safetensors")


@pytest.mark.slow
def test_the_complete_fit_writes_a_checkpoint_that_ranks(tmp_path: Path) -> None:
    path, library, output = measured_file(tmp_path), tmp_path / "library.smi", tmp_path / "x.safetensors"
    library.write_text("CCCCC(C)O\nCC(C)CCO\n")

    figures = api.fit([path], library, output, queries=tmp_path / "queries")

    assert set(figures) <= {"13C", "1H", "both", "none fits, lists", "none fits, spectra"}
    kept = read_benchmark(tmp_path / "queries" / "validation.jsonl")
    assert [q.truth for q in kept] == [
        q["truth"] for q in select_held_out_queries([path], library, frozenset(), "validation")
    ]
    matcher = load_model(output, None, "cpu")
    assert matcher.model == "matchnet-x"
