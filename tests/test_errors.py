from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from specmol_core import errors
from specmol_core.errors import (
    CacheError,
    CheckpointError,
    ChildError,
    DatasetError,
    LibraryError,
    MissingPackageError,
    OutputError,
    SpecmolError,
    SpectrumError,
    UsageError,
)

EXIT_CODES = {
    SpecmolError: 1,
    UsageError: 2,
    MissingPackageError: 2,
    SpectrumError: 3,
    LibraryError: 4,
    CheckpointError: 5,
    CacheError: 5,
    DatasetError: 5,
    OutputError: 6,
    ChildError: 70,
}
FILE_ERRORS = [kind for kind in EXIT_CODES if kind not in (SpecmolError, UsageError, MissingPackageError, ChildError)]


@pytest.mark.parametrize("kind", EXIT_CODES, ids=lambda kind: kind.__name__)
def test_exit_codes(kind: type[SpecmolError]) -> None:
    assert kind.exit_code == EXIT_CODES[kind]
    assert issubclass(kind, SpecmolError)
    assert f"{kind.__name__}" in errors.__all__


def test_docstring_has_the_complete_error_tree() -> None:
    defined = {v for n, v in vars(errors).items() if inspect.isclass(v) and issubclass(v, Exception) and n[0] != "_"}

    assert defined == set(EXIT_CODES)
    tree = [line.replace("│", "").split() for line in (errors.__doc__ or "").splitlines() if "──" in line]
    drawn = {name: int(code) for _, name, code, *_ in tree}
    assert drawn == {kind.__name__: code for kind, code in EXIT_CODES.items() if kind is not SpecmolError}


@pytest.mark.parametrize("kind", FILE_ERRORS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("path", ["a b/c.png", Path("a b/c.png")])
def test_a_file_error_names_the_file_and_the_reason(kind: type[SpecmolError], path: str | Path) -> None:
    error = kind(path, "is empty; give another")

    assert str(error) == "a b/c.png: is empty; give another"
    assert (error.path, error.reason) == ("a b/c.png", "is empty; give another")


@pytest.mark.parametrize("kind", FILE_ERRORS, ids=lambda kind: kind.__name__)
def test_error_classes_are_not_caught_as_each_other(kind: type[SpecmolError]) -> None:
    others = tuple(k for k in EXIT_CODES if k not in (kind, SpecmolError))

    assert not issubclass(kind, others)
