"""Fuzz every target in turns; keep what is found in ``tests/corpus``, and end with 1 if there is any."""

from __future__ import annotations

import argparse
import hashlib
import random
import sys
import time
from pathlib import Path

from fuzz.cases import make_case
from fuzz.seeds import SEEDS
from fuzz.worker import Worker

_CORPUS = Path(__file__).parents[1] / "corpus"
_TURN_SECONDS = 4.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--seed", type=int, default=None, help="repeats a run; by the clock if not given")
    parser.add_argument("targets", nargs="*", help=f"some of: {', '.join(SEEDS)}; all if none is given")
    options = parser.parse_args()
    targets = options.targets or list(SEEDS)
    seed = options.seed if options.seed is not None else int(time.time())
    print(f"seed {seed}, {len(targets)} targets, {options.seconds:g} s", flush=True)
    end = time.monotonic() + options.seconds
    counts = dict.fromkeys(targets, 0)
    found: dict[str, bytes] = {}
    rng = random.Random(seed)
    seeds = {target: SEEDS[target]() for target in targets}
    turn = max(_TURN_SECONDS, min(60.0, options.seconds / len(targets) / 2))
    while time.monotonic() < end:
        for target in targets:
            if time.monotonic() >= end:
                break
            counts[target] += _turn(target, seeds[target], rng, min(end, time.monotonic() + turn), found)
    print("".join(f"{target:16} {count:8,} cases\n" for target, count in counts.items()), end="")
    print(f"{sum(counts.values()):,} cases, {len(found)} findings")
    return 1 if found else 0


def _turn(target: str, seeds: list[bytes], rng: random.Random, end: float, found: dict[str, bytes]) -> int:
    """Cases of one target until the time is up; returns their number."""
    worker, count = Worker(target), 0
    try:
        while time.monotonic() < end or count == 0:
            case = make_case(target, seeds, rng)
            count += 1
            outcome = worker.run(case)
            key = outcome.partition("\n")[0]
            if key and (key not in found or len(case) < len(found[key]) // 2):
                found[key] = case
                print(f"FOUND {_keep(target, case)}\n{outcome}", flush=True)
    finally:
        worker.close()
    return count


def _keep(target: str, case: bytes) -> Path:
    path = _CORPUS / target / hashlib.sha256(case).hexdigest()[:12]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(case)
    return path


if __name__ == "__main__":
    sys.exit(main())
