"""Rank candidates from Python: a session loads the model and the library once, for any number of queries.

python examples/rank_from_python.py [CHECKPOINT]
"""

from __future__ import annotations

import sys
from pathlib import Path

import specmol

FOLDER = Path(__file__).parent


def main() -> int:
    checkpoint = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    session = specmol.Session(
        specmol.RankOptions(specmol.RankConfig(top=3)),
        model=specmol.ModelOptions(checkpoint),
        libraries=specmol.LibraryOptions(use_cache=False),
    )
    queries = [
        specmol.QueryFiles("both", FOLDER / "demo_h1.png", FOLDER / "demo_c13.png"),
        specmol.QueryFiles("1H alone", FOLDER / "demo_h1.png", None),
        specmol.QueryFiles("13C alone", None, FOLDER / "demo_c13.png"),
    ]
    for query in queries:
        try:
            result = session.rank(query, FOLDER / "candidates.sdf")
        except specmol.SpecmolError as error:
            print(f"error: {error}", file=sys.stderr)
            return error.exit_code
        print(f"{result.id}: {result.library.scored} candidates scored")
        for candidate in result.candidates:
            print(f"  {candidate.rank}  {candidate.probability:.3f}  {candidate.name}  {candidate.smiles}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
