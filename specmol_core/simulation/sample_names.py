"""Names of files for simulated molecules."""

from __future__ import annotations

__all__ = ["sample_name"]

_NAME_LIMIT = 60


def sample_name(name: str, record: int, copy: int = 0, copies: int = 1) -> str:
    """Return a unique file name for one draw of a molecule. It starts with the record's index.

    Names in a library may contain slashes or dots; ASCII letters and digits are safe everywhere.

    Examples
    --------
    >>> sample_name("a/b", 7), sample_name("", 8, 1, 2)
    ('0000007_a_b', '0000008_1')
    """
    safe = "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "_" for c in name)[:_NAME_LIMIT]
    stem = f"{record:07d}" + (f"_{safe}" if safe.strip("_") else "")
    return stem + (f"_{copy}" if copies > 1 else "")
