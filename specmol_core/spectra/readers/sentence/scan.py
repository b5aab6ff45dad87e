"""The printed shifts of a sentence, and the state of the scan that finds them."""

from __future__ import annotations

from dataclasses import dataclass, field

from specmol_core.spectra.spectrum import Nucleus

__all__ = ["PrintedSignal", "SentenceScan"]


@dataclass
class PrintedSignal:
    """One printed shift, or range of shifts."""

    high: float
    """Shift (ppm); the larger end of a range."""
    low: float
    position: int
    """Position in the text."""
    words: list[str] = field(default_factory=list)
    """Words about it: the contents of brackets, and words outside them."""

    @property
    def ppm(self) -> float:
        """Middle of the range (ppm)."""
        return round((self.high + self.low) / 2, 5)


@dataclass
class SentenceScan:
    """State of the scan along one sentence."""

    text: str
    nucleus: Nucleus
    position: int
    end: int
    closing: dict[int, int]
    decimals: bool
    """Whether the shifts of this sentence are printed with decimals."""
    printed_signals: list[PrintedSignal] = field(default_factory=list)
    is_attached: bool = False
    """Whether the next words belong to the last shift: no separator follows it."""
    is_after_label: bool = False
    """Whether a label is directly before; a bare integer continues it."""
    notes: list[str] = field(default_factory=list)
    other_numbers: int = 0
    """Numbers between the shifts that cannot be shifts."""

    def add_words(self, words: str) -> None:
        if self.printed_signals:
            self.printed_signals[-1].words.append(words)
