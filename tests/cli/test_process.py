"""Behaviour that needs a whole process: pipes, a full device, signals, standard input."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

TIMEOUT = 300


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "specmol_cli", *(str(argument) for argument in arguments)]


@pytest.fixture
def rank(tiny_checkpoint: Path, spectra: tuple[Path, Path], sdf: Path) -> list[str]:
    files = ("--h1", spectra[0], "--c13", spectra[1], "--library", sdf, "--checkpoint", tiny_checkpoint)
    return command("rank", *files, "--workers", 1)


def specmol(arguments: list[str], stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(arguments, input=stdin, capture_output=True, text=True, timeout=TIMEOUT)


def test_standard_error_is_empty_on_success(rank: list[str], sdf: Path) -> None:
    done = specmol([*rank, "--format", "json"])

    assert (done.returncode, done.stderr) == (0, "")
    assert len(json.loads(done.stdout)["candidates"]) == 5


def test_standard_input_is_a_library(rank: list[str], sdf: Path) -> None:
    done = specmol([*rank, "--library", "-", "--format", "json"], stdin="CCO ethanol\nCCC propane\n")

    assert (done.returncode, done.stderr) == (0, "")
    assert {c["name"] for c in json.loads(done.stdout)["candidates"]} == {"ethanol", "propane"}
    assert list(sdf.parent.iterdir()) == [sdf]


def test_closed_pipe_ends_the_command_quietly(rank: list[str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)

    with os.fdopen(writer, "w") as closed:
        done = subprocess.run(rank, stdout=closed, stderr=subprocess.PIPE, text=True, timeout=TIMEOUT)

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full is not there")
def test_full_device_behind_standard_output() -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            command("models", "--format", "json"), stdout=full, stderr=subprocess.PIPE, text=True, timeout=TIMEOUT
        )

    assert done.returncode == 6
    assert done.stderr == "error: standard output: no space left on the disk; free some, or write elsewhere\n"


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signal_ends_the_command_in_one_line(number: int, code: int, rank: list[str], sdf: Path) -> None:
    # A library that never ends keeps the command busy until the signal comes.
    arguments = [*rank, "--library", "-", "--output", str(sdf.parent / "r.json")]
    with subprocess.Popen(
        arguments,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A shell starts its background jobs deaf to Ctrl-C, and they would hand that on.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        assert process.stdin is not None
        process.stdin.write("CCO\n")
        process.stdin.flush()
        time.sleep(_started(process.pid))
        process.send_signal(number)
        out, err = process.communicate(timeout=TIMEOUT)

    assert (process.returncode, out) == (code, "")
    assert err == {130: "error: interrupted\n", 143: "error: terminated\n"}[code]
    assert list(sdf.parent.iterdir()) == [sdf]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_the_command_while_a_record_is_slow(number: int, code: int, rank: list[str], sdf: Path) -> None:
    slow = "c*c1*n2*n3cccn4c5nn1***c**5cc4c1*n*n*4ncc***cc**nc**ccnc*nn*c1nc4c*nc*c3*c2"
    library = sdf.parent / "slow.smi"
    library.write_text(f"CCO\n{slow}\n")
    with subprocess.Popen(
        [*rank, "--library", str(library), "--no-cache"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        # The worker is at the slow record once it has used more time than it takes to start.
        limit = time.monotonic() + TIMEOUT
        while not _busy(process.pid) and time.monotonic() < limit and process.poll() is None:
            time.sleep(0.05)
        process.send_signal(number)
        sent = time.monotonic()
        assert process.stderr is not None
        said = process.stderr.readline()
        took = time.monotonic() - sent
        process.communicate(timeout=TIMEOUT)

    assert process.returncode == code
    assert said == {130: "error: interrupted\n", 143: "error: terminated\n"}[code]
    assert took < 1


def _busy(pid: int) -> bool:
    """Whether a child of the process has used three seconds of processor time."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid and int(fields[11]) + int(fields[12]) > 3 * os.sysconf("SC_CLK_TCK"):
            return True
    return False


def _started(pid: int) -> float:
    """Wait until the process handles SIGTERM, and return how long to wait yet (s)."""
    status, limit = Path(f"/proc/{pid}/status"), time.monotonic() + TIMEOUT
    term = 1 << (signal.SIGTERM - 1)
    while time.monotonic() < limit:
        caught = next((line for line in status.read_text().splitlines() if line.startswith("SigCgt")), "SigCgt: 0")
        if int(caught.split()[1], 16) & term:
            return 0.5
        time.sleep(0.05)
    pytest.fail("the command did not start")
