"""JSON files of unknown origin, and objects whose fields are checked when they are read."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from specmol_core.errors import DatasetError

__all__ = ["CheckedJson", "read_json", "read_object"]

_MAX_FILE_BYTES = 1 << 20
"""Largest size of a result file (bytes)."""


class CheckedJson:
    """An object of a JSON file, whose methods check the type and range of a field.

    Parameters
    ----------
    path
        The file, for messages.
    content
        The object.
    remedy
        What to do about an invalid field, for messages.
    location
        Prefix of the field names in messages, such as ``data.``; empty at the top level.
    """

    def __init__(self, path: Path, content: Mapping[str, Any], remedy: str, location: str = "") -> None:
        self._path, self._content, self._remedy, self._location = path, content, remedy, location

    def names(self) -> list[str]:
        """Return the names of the fields in the order of the file."""
        return list(self._content)

    def child(self, key: str) -> CheckedJson:
        """Return the object in a field."""
        value = self._content.get(key)
        if not isinstance(value, dict):
            self.raise_invalid(key, "an object")
        return CheckedJson(self._path, value, self._remedy, f"{self._location}{key}.")

    def has_value(self, key: str) -> bool:
        """Whether the field exists and is not null."""
        return self._content.get(key) is not None

    def text(self, key: str) -> str:
        """Return a non-empty text."""
        value = self._content.get(key)
        if not isinstance(value, str) or not value.strip():
            self.raise_invalid(key, "a text")
        return value

    def integer(self, key: str, minimum: int = 0) -> int:
        """Return a whole number of at least ``minimum``."""
        value = self._content.get(key)
        if not isinstance(value, int) or isinstance(value, bool) or value < minimum:
            self.raise_invalid(key, f"a whole number of at least {minimum}")
        return value

    def number(self, key: str, minimum: float = 0.0, maximum: float = math.inf) -> float:
        """Return a finite number from ``minimum`` to ``maximum``, both included."""
        value = self._content.get(key)
        fits = isinstance(value, int | float) and not isinstance(value, bool)
        # An integer in JSON may be too large for a float.
        if not fits or not minimum <= value <= maximum or abs(value) > 1e300:  # type: ignore[operator, arg-type]
            self.raise_invalid(
                key, f"a number of at least {minimum:g}" + (f" and at most {maximum:g}" if maximum < math.inf else "")
            )
        return float(value)  # type: ignore[arg-type]

    def items(self, key: str, count: int) -> list[Any]:
        """Return a list of so many items, whose types are not checked."""
        value = self._content.get(key)
        if not isinstance(value, list) or len(value) != count:
            self.raise_invalid(key, f"a list of {count} items")
        return value

    def scalars(self) -> dict[str, str | int | float | bool | None]:
        """Return the fields that are neither objects nor lists."""
        return {key: value for key, value in self._content.items() if not isinstance(value, dict | list)}

    def raise_invalid(self, key: str, requirement: str) -> NoReturn:
        """Raise an error about an invalid field.

        Raises
        ------
        DatasetError
            Always.
        """
        actual = f"is {_shown(self._content[key])}" if key in self._content else "is missing"
        self._raise(key, actual, requirement)

    def raise_invalid_item(self, place: str, value: Any, requirement: str) -> NoReturn:
        """Raise an error about a value inside a field, such as ``counts[3]``.

        Raises
        ------
        DatasetError
            Always.
        """
        self._raise(place, f"is {_shown(value)}", requirement)

    def _raise(self, place: str, actual: str, requirement: str) -> NoReturn:
        raise DatasetError(self._path, f"{self._location}{place} {actual}, but must be {requirement}; {self._remedy}")


def read_object(path: Path, remedy: str) -> CheckedJson:
    """Read the object of a JSON file.

    Raises
    ------
    DatasetError
        As :func:`read_json`; also if the content is not an object.
    """
    content = read_json(path, remedy)
    if not isinstance(content, dict):
        raise DatasetError(path, f"does not hold a JSON object; {remedy}")
    return CheckedJson(path, content, remedy)


def read_json(path: Path, remedy: str, *, max_bytes: int = _MAX_FILE_BYTES) -> Any:
    """Return the content of a JSON file.

    Raises
    ------
    DatasetError
        If the file cannot be read, is larger than ``max_bytes``, or is not JSON. NaN and infinity are refused,
        because JSON does not have them.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(max_bytes + 1)
        if len(raw) > max_bytes:
            raise DatasetError(path, f"larger than {max_bytes >> 20} MiB, too large for this kind of file; {remedy}")
        return json.loads(raw.decode("utf-8"), parse_constant=_reject_constant)
    except OSError as error:
        raise DatasetError(path, f"cannot be read ({error.strerror or error}); {remedy}") from None
    except (ValueError, RecursionError) as error:
        raise DatasetError(path, f"damaged, not valid JSON ({str(error)[:80]}); {remedy}") from None


def _shown(value: Any) -> str:
    """Return the beginning of a value for a message."""
    try:
        return json.dumps(value)[:60]
    except RecursionError:
        return "nested too deeply"


def _reject_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number")
