"""Look the pinned versions up in the data on known vulnerabilities with pip-audit; say so where that cannot be done."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).parents[1]
_CONSTRAINTS = _ROOT / "constraints.txt"
_FOLDER = _ROOT / "build" / "pip-audit"
_SECONDS = 600


def main() -> int:
    """Print the findings; returns 1 if there are any, 2 if nothing could be looked up."""
    install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--upgrade", "--target", str(_FOLDER)]
    audit = ["-m", "pip_audit", "--requirement", str(_CONSTRAINTS), "--no-deps", "--disable-pip", "--format", "json"]
    try:
        _python(*install, "pip-audit")
        packages = json.loads(_python(*audit).stdout)["dependencies"]
    except (OSError, subprocess.TimeoutExpired, ValueError, KeyError, TypeError):
        packages = []
    return report(packages, _CONSTRAINTS.read_text())


def report(packages: list[dict[str, Any]], constraints: str) -> int:
    """Print what pip-audit says of each package, or the pinned versions where it says nothing."""
    audited = [package for package in packages if "vulns" in package]
    if not audited:
        print("Not audited: pip-audit cannot be installed here, or cannot reach its data. The pinned versions are:")
        print("\n".join(line for line in constraints.splitlines() if line and not line.startswith("#")))
        return 2
    found = [(package, fault) for package in audited for fault in package["vulns"]]
    for package, fault in found:
        print(
            f"{package['name']} {package['version']}: {fault['id']}, fixed in {', '.join(fault['fix_versions']) or '-'}"
        )
    for package in packages:
        if "vulns" not in package:
            print(f"{package.get('name')}: not audited ({package.get('skip_reason')})")
    print(f"{len(audited)} of {len(packages)} packages audited, {len(found)} known vulnerabilities")
    return 1 if found else 0


def _python(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(_FOLDER)}
    command = [sys.executable, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, env=environment, check=False)


if __name__ == "__main__":
    sys.exit(main())
