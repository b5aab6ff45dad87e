"""The manifest of an embedded library: the library, checkpoint and settings that it was made from."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from specmol_core.config import EmbedConfig
from specmol_core.matcher.protocol import Matcher
from specmol_core.retrieval.cache.columns import Counts

__all__ = ["FORMAT", "Manifest", "Origin"]

FORMAT = 3
"""Version of the tables. It is raised when they change, or when an older one would be misread."""


@dataclass(frozen=True)
class Origin:
    """The bytes that a library was read from."""

    name: str
    """File name without its folder; ``-`` for standard input."""
    sha256: str
    size: int
    """Bytes; 0 if unknown."""


@dataclass(frozen=True)
class Manifest:
    """Origin of a set of candidates. Two sets without a ``first_difference`` are interchangeable."""

    library: Origin
    checkpoint: str
    """SHA-256 of the checkpoint."""
    joint_width: int
    max_atoms: int
    elements: tuple[str, ...]
    counts: Counts = field(default_factory=Counts)
    specmol: str = ""
    """Version of specmol that wrote it, for information."""
    format: int = FORMAT

    @classmethod
    def of(cls, library: Origin, matcher: Matcher, config: EmbedConfig, version: str) -> Manifest:
        """Return the manifest of a run with these inputs, with all counts zero."""
        return cls(
            library=library,
            checkpoint=matcher.embedding_id,
            joint_width=matcher.joint_width,
            max_atoms=config.max_atoms,
            elements=tuple(matcher.elements),
            specmol=version,
        )

    def first_difference(self, other: Manifest) -> str | None:
        """Describe the first difference from another manifest; None if there is none.

        The name of the library is not compared, because a renamed file is the same library. Neither
        are the counts and the version of specmol.
        """
        pairs = {
            "format": (f"version {self.format}", f"version {other.format}"),
            "library": (self.library.sha256, other.library.sha256),
            "checkpoint": (self.checkpoint, other.checkpoint),
            "joint_width": (self.joint_width, other.joint_width),
            "max_atoms": (self.max_atoms, other.max_atoms),
            "elements": (self.elements, other.elements),
        }
        for name, (value, expected) in pairs.items():
            if value != expected:
                return f"another {name} ({_abbreviate(value)}, not {_abbreviate(expected)})"
        return None

    def to_json(self) -> dict[str, Any]:
        """Return the manifest as JSON values."""
        return {**asdict(self), "elements": list(self.elements)}

    @classmethod
    def from_json(cls, values: object) -> Manifest:
        """Build a manifest from JSON values of unknown origin.

        Raises
        ------
        ValueError
            If a field is missing, of another type or out of range; the message names it.
        """
        library, counts = _mapping_field(values, "library"), _mapping_field(values, "counts")
        elements = _field(values, "elements", list)
        if not all(isinstance(element, str) for element in elements):
            raise ValueError("the manifest has no valid elements")
        return cls(
            library=Origin(_field(library, "name", str), _field(library, "sha256", str), _int_field(library, "size")),
            checkpoint=_field(values, "checkpoint", str),
            joint_width=_int_field(values, "joint_width", low=1, high=1 << 16),
            max_atoms=_int_field(values, "max_atoms"),
            elements=tuple(elements),
            counts=Counts(*(_int_field(counts, name) for name in ("read", "embedded", "duplicates", "rejected"))),
            specmol=_field(values, "specmol", str),
            format=_int_field(values, "format"),
        )


def _abbreviate(value: object) -> str:
    text = value if isinstance(value, str) else str(value)
    return f"{text[:12]}..." if len(text) == 64 else text[:80]


def _field(values: object, name: str, kind: type[Any]) -> Any:
    value = values.get(name) if isinstance(values, dict) else None
    if not isinstance(value, kind) or isinstance(value, bool):
        raise ValueError(f"the manifest has no valid {name}")
    return value


def _mapping_field(values: object, name: str) -> dict[str, Any]:
    mapping: dict[str, Any] = _field(values, name, dict)
    return mapping


def _int_field(values: object, name: str, low: int = 0, high: int = 1 << 48) -> int:
    value: int = _field(values, name, int)
    if not low <= value <= high:
        raise ValueError(f"the manifest has no valid {name}")
    return value
