"""List the licence of every installed package that specmol needs, directly or through another."""

from __future__ import annotations

import re
from importlib import metadata

_NAME = re.compile(r"[A-Za-z0-9._-]+")


def main() -> None:
    """Print name, version and licence, one package a line."""
    for name in sorted(dependencies("specmol")):
        found = metadata.metadata(name)
        print(f"{found['Name']:32} {found['Version']:16} {licence(found)}")


def dependencies(name: str) -> set[str]:
    """Names of what an installed package needs, and of what that needs; extras that are not installed are left out."""
    names: set[str] = set()
    waiting = [name]
    while waiting:
        for requirement in metadata.requires(waiting.pop()) or ():
            match = _NAME.match(requirement)
            needed = match[0].lower().replace("_", "-").replace(".", "-") if match else ""
            if needed not in names | {name} and is_installed(needed):
                names.add(needed)
                waiting.append(needed)
    return names


def is_installed(name: str) -> bool:
    """Whether the package is there."""
    try:
        metadata.distribution(name)
    except (metadata.PackageNotFoundError, ValueError):
        return False
    return True


def licence(found: metadata.PackageMetadata) -> str:
    """What a package states: its SPDX expression, else its classifiers, else the first line of its licence."""
    if expression := found.get("License-Expression"):
        return str(expression)
    classifiers = found.get_all("Classifier") or []
    named = [c.rpartition(" :: ")[2] for c in classifiers if c.startswith("License :: ") and not c.endswith("Approved")]
    text = str(found.get("License") or "").strip().partition("\n")[0][:80]
    return "; ".join(named) or text or "not stated: see its homepage"


if __name__ == "__main__":
    main()
