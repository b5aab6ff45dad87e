"""The command line as a whole: how fast the help is, version, usage errors and interrupts."""

from __future__ import annotations

import resource
import subprocess
import sys

import pytest
from typer.core import TyperGroup

from specmol_cli.failures import TerminationRequest
from specmol_cli.main import run
from specmol_core import __version__


def python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    return done.stdout


def test_help_is_quick() -> None:
    def seconds() -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        python("from specmol_cli.main import run; run(['--help'])")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    # Processor time, and the least of three: other work on the machine must not affect the result.
    assert min(seconds() for _ in range(3)) < 0.4


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"specmol {__version__}\n"


@pytest.mark.parametrize("arguments", [(), ("evaluate",), ("matchnet",), ("shifts",), ("train",)])
def test_group_alone_prints_its_help(arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(list(arguments)) == 0
    assert capsys.readouterr().out.startswith(f"Usage: {' '.join(('specmol', *arguments))} [OPTIONS] COMMAND")


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments",
    [
        ["nope"],
        ["rank"],
        ["rank", "--nope"],
        ["rank", "--h1", "h.png"],
        ["rank", "--library", "l.sdf"],
        ["rank", "--h1", "h.png", "--library", "l.sdf", "--top", "x"],
        ["rank", "--h1", "h.png", "--library", "l.sdf", "--top", "-1"],
        ["rank", "--h1", "h.png", "--library", "l.sdf", "--format", "xml"],
        ["rank", "--h1", "h.png", "--library", "l.sdf", "--cache", "c.h5", "--no-cache"],
        ["rank", "--h1", "h.png", "--library", "l.sdf", "--h1-range", "1"],
        ["rank", "--h1", "h.png", "--library", "l.sdf", "--h1-range", "-2,12"],
        ["rank", "--h1", "h.png", "--library", "l.sdf", "--c13-range", "nan,0"],
        ["rank", "--h1", "h.png", "--library", "l.sdf", "--device", "tpu"],
        ["rank", "--queries", "q.csv", "--h1", "h.png"],
        ["rank", "--queries", "q.csv", "--format", "sdf"],
        ["rank", "--queries", "q.csv", "--report", "r.csv"],
        ["rank", "--queries", "no-such-list.csv", "--library", "l.sdf"],
        ["embed"],
        ["evaluate", "nope"],
        ["matchnet", "pairs"],
        ["models", "--format", "xml"],
    ],
    ids=" ".join,
)
def test_usage_errors_are_one_line(arguments: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == 2

    out, err = capfd.readouterr()
    assert out == ""
    assert err.startswith("error: ")
    assert err.count("\n") == 1


@pytest.mark.parametrize("stage", ["parse_args", "invoke"])
@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (KeyboardInterrupt(), 130, "error: interrupted\n"),
        (TerminationRequest(), 143, "error: terminated\n"),
        (PermissionError(13, "Permission denied", "x.h5"), 6, "error: x.h5: Permission denied;"),
    ],
)
def test_interrupt_has_its_exit_code_at_any_stage(
    stage: str,
    error: BaseException,
    code: int,
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    def fail(*args: object) -> None:
        raise error

    monkeypatch.setattr(TyperGroup, stage, fail)
    monkeypatch.setattr("specmol_cli.failures._silence_stdout", lambda: None)

    assert run(["models"]) == code
    assert capfd.readouterr().err.startswith(message)
