"""Every error becomes one line and an exit code."""

from __future__ import annotations

import errno
import subprocess
import sys
from pathlib import Path

import pytest

from specmol_cli.failures import DEBUG, TerminationRequest, exit_code_of
from specmol_core import errors
from specmol_core.storage.plain_text import plain_text

TREE = {
    errors.UsageError("--x: no"): 2,
    errors.MissingPackageError("--x", "torch"): 2,
    errors.SpectrumError(Path("a.png"), "no"): 3,
    errors.LibraryError("l.sdf", "no"): 4,
    errors.CheckpointError("c", "no"): 5,
    errors.CacheError("c", "no"): 5,
    errors.DatasetError("d", "no"): 5,
    errors.OutputError("o", "no"): 6,
    errors.ChildError("no"): 70,
    KeyboardInterrupt(): 130,
    TerminationRequest(): 143,
    MemoryError(): 70,
    ZeroDivisionError("division by zero"): 70,
    OSError(errno.ENOSPC, "No space left on device"): 6,
    PermissionError(errno.EACCES, "Permission denied", "/x/y"): 6,
}


@pytest.mark.parametrize(("error", "code"), TREE.items(), ids=lambda v: type(v).__name__)
def test_error_is_one_line_with_the_documented_code(
    error: BaseException, code: int, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(DEBUG, raising=False)
    monkeypatch.setattr("specmol_cli.failures._silence_stdout", lambda: None)

    assert exit_code_of(error) == code

    out, err = capfd.readouterr()
    assert out == ""
    assert err.startswith("error: ")
    assert err.count("\n") == 1


def test_every_error_of_the_tree_is_covered() -> None:
    named = {kind for name in errors.__all__ if isinstance(kind := getattr(errors, name), type)} - {errors.SpecmolError}

    assert named == {type(e) for e in TREE if isinstance(e, errors.SpecmolError)}


def test_closed_pipe_is_no_error(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("specmol_cli.failures._silence_stdout", lambda: None)

    assert exit_code_of(BrokenPipeError(errno.EPIPE, "Broken pipe")) == 0
    assert capfd.readouterr() == ("", "")


def test_traceback_is_shown_on_request(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DEBUG, "1")

    assert exit_code_of(ValueError("boom")) == 70
    assert "ValueError: boom" in capfd.readouterr().err


def test_interrupt_inside_exec_keeps_its_exit_code() -> None:
    code = """
import sys
from specmol_cli.failures import exit_code_of
try:
    exec("raise KeyboardInterrupt")
except KeyboardInterrupt as error:
    sys.exit(exit_code_of(error))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)

    assert (done.returncode, done.stderr) == (130, "error: interrupted\n")


@pytest.mark.parametrize(
    ("text", "line"), [("a\nb", "a b"), ("a\x1b[31mb", "a [31mb"), ("tab\there", "tab here"), ("plain", "plain")]
)
def test_control_characters_of_a_name_are_escaped(text: str, line: str) -> None:
    assert plain_text(text) == line
