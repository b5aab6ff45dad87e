"""What ``specmol monitor`` shows on a terminal and in a pipe."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console
from support.measured_fixtures import write_jcamp
from support.mixture_spectra import mixture

from specmol_cli import series_view
from specmol_core.monitoring.condition import Condition
from specmol_core.monitoring.forecast import forecast

NAMES = ["isopropanol", "acetone [a]"]


def row(number: int, conversion: float, **more: Any) -> dict[str, Any]:
    shares = {NAMES[0]: 1 - conversion, NAMES[1]: conversion}
    return {"spectrum": f"{number}.dx", "time_s": 600.0 * number, **shares, "conversion": conversion, **more}


def picture(rows: list[dict[str, Any]], width: int = 100, height: int = 30) -> str:
    condition = Condition("conversion", ">", 0.9)
    series = SimpleNamespace(rows=rows, forecast=forecast(rows, "conversion", condition))
    console = Console(width=width, height=height, file=open(os.devnull, "w"), force_terminal=False)  # noqa: SIM115
    with console.capture() as captured:
        console.print(series_view._picture(console, rows, NAMES, series, "conversion>0.9"))
    return captured.get()


def test_the_table_has_fractions_conversion_rate_and_remaining_time() -> None:
    text = picture([row(k, 0.1 * k, steady=k > 6) for k in range(8)])

    assert re.search(r"spectrum +time \(min\) +isopropanol +acetone \[a\] +conversion", text)
    assert re.search(r"3\.dx +30\.0 +0\.700 +0\.300 +0\.300", text)
    assert re.search(r"7\.dx .* steady", text)
    assert re.search(r"8 spectra, conversion 0\.700, \+1\.00 %/min, conversion>0\.9: in about 5\d\.\d min", text)


def test_the_table_has_the_last_spectra_that_fit() -> None:
    text = picture([row(k, 0.01 * k) for k in range(100)], height=20)

    assert "99.dx" in text
    assert "88.dx" in text
    assert "87.dx" not in text
    assert len(text.splitlines()) < 20


def test_spectra_without_values() -> None:
    text = picture([{"spectrum": "a", "error": "is damaged"}, {"spectrum": "b", "left_out": "is of 13C"}])

    assert re.search(r"a +not read", text)
    assert re.search(r"b +left out", text)
    assert "waiting for the first spectrum" in text


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "words"), [("xterm", "%/min"), ("dumb", "0.dx  0 s  CC(C)O 0.9")])
def test_a_terminal(tmp_path: Path, kind: str, words: str) -> None:
    pty = pytest.importorskip("pty")
    for number, share in enumerate((0.05, 0.3, 0.5, 0.6)):
        write_jcamp(tmp_path / f"{number}.dx", mixture({"isopropanol": 1 - share, "acetone": share}, points=8192))
    output = tmp_path / "run.jsonl"
    command = [
        sys.executable, "-m", "specmol_cli", "monitor", str(tmp_path), "--reaction", "CC(C)O>>CC(C)=O", "--times", "60",
        "--settle", "0", "--output", str(output),
    ]  # fmt: skip
    controller, terminal = pty.openpty()
    environment = {**os.environ, "TERM": kind, "COLUMNS": "100", "LINES": "30"}
    with subprocess.Popen(command, stdout=terminal, stderr=subprocess.PIPE, env=environment) as process:
        os.close(terminal)
        shown = b""
        while True:
            try:
                part = os.read(controller, 65536)
            except OSError:
                break
            if not part:
                break
            shown += part
        assert process.wait() == 0
    os.close(controller)

    text = shown.decode()
    assert words in text
    assert "4 spectra, 0 failed" in text
    assert "{" not in text
    assert [json.loads(line)["time_s"] for line in output.read_text().splitlines()] == [0.0, 60.0, 120.0, 180.0]
