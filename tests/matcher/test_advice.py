"""Advice in words."""

from __future__ import annotations

import json
from dataclasses import replace

from specmol_core.matcher.advice import Advice, DifferingSignal, ExpectedExperiment

SIGNAL = DifferingSignal("1H", (1, 2), (6.84, 7.05), ("d", "t"), 2.1)
ADVICE = Advice(
    (1, 2, 3),
    ("C", "CC", "CCC"),
    (
        ExpectedExperiment("DEPT", 0.4, False),
        ExpectedExperiment("HSQC", 5.25, True),
        ExpectedExperiment("1H in C6D6", 9.0, True),
    ),
    (SIGNAL,),
)


def test_advice_names_the_first_experiment_that_decides_and_the_signal_that_differs() -> None:
    assert ADVICE.describe() == [
        "next: HSQC would decide between ranks 1, 2 and 3 (expected log-likelihood ratio 5.2)",
        "compare: 1H at 6.84 to 7.05 ppm: 6.84 d (rank 1) against 7.05 t (rank 2)",
    ]


def test_advice_says_so_if_nothing_would_decide() -> None:
    weak = tuple(replace(experiment, decides=False) for experiment in ADVICE.experiments)

    assert replace(ADVICE, ranks=(1, 4), experiments=weak, regions=()).describe() == [
        "next: none of DEPT, HSQC, another solvent would decide between ranks 1 and 4, by their predicted spectra"
    ]


def test_a_carbon_has_one_decimal_and_no_multiplicity() -> None:
    signal = DifferingSignal("13C", (1, 3), (151.03, 148.42), ("", ""), 2.0)

    assert signal.describe() == "13C at 148.4 to 151.0 ppm: 151.0 (rank 1) against 148.4 (rank 3)"


def test_advice_is_json() -> None:
    found = json.loads(json.dumps(ADVICE.as_dict()))

    assert found["experiment"] == "HSQC"
    assert found["candidates"][2] == {"rank": 3, "smiles": "CCC"}
    assert found["regions"][0]["ppm"] == [6.84, 7.05]
