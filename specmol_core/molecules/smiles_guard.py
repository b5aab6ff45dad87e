"""A guard before RDKit for SMILES of unknown origin that are parsed outside of a library.

RDKit takes hours for some SMILES, is deaf to Ctrl-C meanwhile, and crashes on others (``precheck``).
"""

from __future__ import annotations

from types import TracebackType

from rdkit import Chem, rdBase

from specmol_core.molecules.precheck import find_fault, is_quick, written_atoms
from specmol_core.molecules.records import Molecule, RawRecord, RecordKind
from specmol_core.molecules.worker_pool import WorkerPool

__all__ = ["SmilesGuard", "probe"]

_MAX_ATOMS = 1_000
"""Heavy atoms above which a SMILES is refused unread."""
_SECONDS = 5.0
_HARMLESS = "harmless"


class SmilesGuard:
    """Tells which SMILES RDKit can parse in this process. A context manager.

    Nearly all are judged by their characters. The others are tried in a worker process with limits of time
    and memory, which is started when the first of them comes.

    Examples
    --------
    >>> with SmilesGuard() as guard:
    ...     guard.allows("CCO"), guard.allows("no SMILES("), guard.allows("C" * 2_000)
    (True, True, False)
    """

    def __init__(self) -> None:
        self._pool = WorkerPool(_MAX_ATOMS, _SECONDS, f"{__name__}:probe")

    def __enter__(self) -> SmilesGuard:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._pool.close()

    def allows(self, smiles: str) -> bool:
        """Whether RDKit parses the text, or says that it is no SMILES, in a moment.

        Raises
        ------
        ChildError
            If the worker process does not start or keeps being killed.
        """
        if is_quick(smiles, "smiles"):
            return True
        return self._pool.parse([RawRecord(0, "", smiles, "smiles")]) == [_HARMLESS]


def probe(text: str, kind: RecordKind, max_atoms: int) -> Molecule | str:
    """Parse a SMILES in the worker; its answer is a word, because nobody needs the molecule."""
    if find_fault(text, kind) or written_atoms(text, kind) > max_atoms:
        return "too large"
    with rdBase.BlockLogs():
        Chem.MolFromSmiles(text)
    return _HARMLESS
