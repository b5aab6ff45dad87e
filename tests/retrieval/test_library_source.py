"""Libraries as input of embedding."""

import os
import threading
from pathlib import Path

import pytest

from specmol_core.config import EmbedConfig
from specmol_core.molecules.library import open_library
from specmol_core.retrieval.library_source import records_of_library


@pytest.mark.parametrize("kind", ["file", "pipe", "link to a pipe"])
def test_only_a_regular_file_has_a_default_cache_path(kind: str, tmp_path: Path) -> None:
    path = pipe = tmp_path / "library.smi"
    if kind == "file":
        path.write_bytes(b"CCO\n")
    else:
        os.mkfifo(pipe)
        threading.Thread(target=lambda: pipe.write_bytes(b"CCO\n")).start()
    if kind == "link to a pipe":
        path = tmp_path / "63"
        path.symlink_to(pipe)

    records = records_of_library(
        open_library(str(path)), EmbedConfig(workers=1), "specmol_core.molecules.parse:parse_text"
    )

    assert records.path == (path if kind == "file" else None)
    assert sum(len(batch) for batch in records.parse_from(0)) == 1
