"""Signals at the worst time, and closed streams."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]

# Each sends the process a signal at another time.
WORST = {
    "while it is imported": """
class Slow:
    def find_spec(self, name, *rest):
        if name == "specmol_cli.main":
            press()
sys.meta_path.insert(0, Slow())
""",
    "while it tidies up": """
import specmol_cli.main
def run(arguments):
    try:
        press()
    finally:
        press()
specmol_cli.main.run = run
""",
    "while it says so": """
import specmol_cli.main
def run(arguments):
    os.write(2, {130: b"error: interrupted\\n", 143: b"error: terminated\\n"}[128 + number])
    atexit.register(press)
    return 128 + number
specmol_cli.main.run = run
""",
    "at its exit": """
import specmol_cli.main
def run(arguments):
    atexit.register(press)
    return 0
specmol_cli.main.run = run
""",
}
CODE = """
import atexit, os, signal, sys, time
number = int(sys.argv[1])
signal.signal(signal.SIGINT, signal.default_int_handler)
def press():
    os.kill(os.getpid(), number)
    time.sleep(5)
{worst}
from specmol_cli.start import main
main()
"""


@pytest.mark.parametrize(("number", "line"), [(2, "error: interrupted\n"), (15, "error: terminated\n")])
@pytest.mark.parametrize("when", WORST)
def test_a_signal_ends_it_in_one_line(when: str, number: int, line: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CODE.format(worst=WORST[when]), str(number)],
        cwd=ROOT, capture_output=True, text=True, timeout=60,
    )  # fmt: skip

    assert (done.returncode, done.stdout, done.stderr) == (128 + number, "", line)


def closed(which: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    line = f'exec "$@" {which}'
    command = [sys.executable, "-m", "specmol_cli", *map(str, arguments)]
    return subprocess.run(["sh", "-c", line, "sh", *command], cwd=ROOT, capture_output=True, text=True, timeout=120)


def test_a_result_for_closed_standard_output_is_an_error() -> None:
    done = closed(">&-", "models", "--format", "json")

    assert (done.returncode, done.stdout) == (6, "")
    assert done.stderr == "error: standard output: is closed; use --output FILE, or do not close it\n"


def test_a_result_for_a_file_needs_no_standard_output(tmp_path: Path) -> None:
    examples, output = ROOT / "examples", tmp_path / "r.json"
    done = closed(
        ">&-", "rank", "--h1", examples / "demo_h1.png", "--library", examples / "candidates.smi", "--no-cache",
        "--output", output,
    )  # fmt: skip

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert output.read_text().startswith("{")


def test_errors_for_closed_standard_error_go_nowhere() -> None:
    done = closed("2>&-", "rank", "--h1", "none", "--library", os.devnull)

    assert (done.returncode, done.stdout, done.stderr) == (3, "", "")
