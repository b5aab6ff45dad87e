"""``make bench``: measure speed and memory, and print the results beside their goals.

python benchmarks/run.py [--only NAME ...] [--quick] [--output FILE] [--write-readme]
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
import tempfile
import time
import warnings
from contextlib import ExitStack
from datetime import date
from pathlib import Path

from results import Results, print_measurements, read_results, write_readme, write_results
from setting import Setting, describe_machine, find_checkpoint, prepare_environment

from specmol_core.errors import SpecmolError

HERE = Path(__file__).parent

BENCHMARKS = {
    "help": ("startup", "measure"),
    "cold": ("ranking", "measure_cold"),
    "warm": ("ranking", "measure_warm"),
    "embed": ("embedding", "measure_rate"),
    "memory": ("embedding", "measure_memory"),
    "million": ("million", "measure"),
    "store": ("store", "measure"),
    "scoring": ("scoring", "measure"),
    "matchnet_x": ("matchnet_x", "measure"),
    "shifts": ("shifts", "measure"),
    "reading": ("reading", "measure"),
    "series": ("series", "measure"),
}
"""Module and function of each benchmark, by name."""


def main() -> int:
    # Warnings of libraries are for programmers.
    warnings.simplefilter("ignore")
    options = _options()
    if options.quick and options.write_readme:
        print("error: quick results are not for the README: omit --quick or --write-readme", file=sys.stderr)
        return 2
    output = options.output or (None if options.quick else HERE / "results.json")
    with ExitStack() as stack:
        if options.work is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="specmol-bench-")))
        else:
            folder = options.work.resolve()
            folder.mkdir(parents=True, exist_ok=True)
        # The plain code of the tests is what some benchmarks compare with.
        sys.path.append(str(HERE.parent / "tests"))
        prepare_environment(folder, options.cores)
        checkpoint, words = find_checkpoint(folder, options.checkpoint)
        setting = Setting(folder, checkpoint, options.quick, _say)
        results = _results(output, words, options.quick)
        failed = _measure(options.only, setting, results, output)
    if options.write_readme:
        write_readme(HERE / "README.md", results)
    missed = [m.what for part in results.measurements.values() for m in part if m.is_met is False]
    print(f"\ngoals missed: {len(missed)}" + "".join(f"\n  {what}" for what in missed))
    if output is not None:
        print(f"All results: {output}")
    return int(failed)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure the speed and the memory of specmol.")
    parser.add_argument(
        "--only",
        nargs="*",
        choices=BENCHMARKS,
        default=list(BENCHMARKS),
        metavar="NAME",
        help=f"benchmarks to run: {', '.join(BENCHMARKS)}; without a name, only earlier results are shown",
    )
    parser.add_argument("--quick", action="store_true", help="small sizes, to see that everything runs")
    parser.add_argument(
        "--output",
        type=Path,
        help="JSON file (default: results.json beside this file; none with --quick); other results in it are kept",
    )
    parser.add_argument("--write-readme", action="store_true", help="write the table to benchmarks/README.md")
    parser.add_argument("--checkpoint", type=Path, help="checkpoint of the paper's network (default: the shipped one)")
    parser.add_argument("--work", type=Path, help="folder in which libraries are kept (default: a temporary one)")
    parser.add_argument("--cores", type=int, default=2, help="processor cores to use (default: 2)")
    return parser.parse_args()


def _results(output: Path | None, checkpoint: str, quick: bool) -> Results:
    """The results of the file if they are of this machine and checkpoint, else empty results."""
    fresh = Results(describe_machine(), checkpoint, quick)
    earlier = None if output is None else read_results(output)
    if earlier is None:
        return fresh
    if (earlier.machine, earlier.checkpoint, earlier.quick) != (fresh.machine, fresh.checkpoint, fresh.quick):
        _say(f"{output}: the results are of another machine, version or checkpoint and are dropped")
        return fresh
    return earlier


def _measure(names: list[str], setting: Setting, results: Results, output: Path | None) -> bool:
    """Run the benchmarks one after the other; return whether one failed."""
    machine, failed = results.machine, False
    print(
        f"{machine['processor']}, {machine['cores']} of {machine['machine_cores']} cores, {machine['memory_gb']} GB; "
        f"Python {machine['python']}, torch {machine['versions']['torch']}; {results.checkpoint}"
    )
    if os.getloadavg()[0] > 0.5:
        _say(f"the machine is busy with other work (load {os.getloadavg()[0]:.1f}): the results will be too slow")
    for name in names:
        module, function = BENCHMARKS[name]
        print(f"\n{name}", flush=True)
        began = time.monotonic()
        try:
            results.measurements[name] = getattr(importlib.import_module(module), function)(setting)
        except (SpecmolError, RuntimeError, ValueError, OSError) as error:
            print(f"  failed: {error}", flush=True)
            failed = True
            continue
        results.measurements = {n: results.measurements[n] for n in BENCHMARKS if n in results.measurements}
        results.dates[name] = date.today().isoformat()
        print_measurements(results.measurements[name])
        print(f"  ({time.monotonic() - began:.0f} s)", flush=True)
        if output is not None:
            write_results(output, results)
    return failed


def _say(text: str) -> None:
    print(f"  {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
