from __future__ import annotations

import pytest

from specmol_core.spectra.readers.text.signal_marks import ends_in_label, prints_signals


@pytest.mark.parametrize(
    ("text", "prints", "ends"),
    [
        ("7.26 (d, J = 8.0 Hz, 2H), 3.71 (s, 3H)", True, False),
        ("7.26 d (2H, J 8.0 Hz)", True, False),
        ("7.26 ppm (H-2, d)", True, False),
        ("7.26, d, 2H", True, False),
        ("129.7 (C-3, C-5), 60.3 (CH2)", True, True),
        ("129.7 (×2), 60.3", True, True),
        ("129.7 × 2; 60.3", True, True),
        ("129.7 (two C)\n60.3", True, True),
        ("129.7 (C-3) 1.0\n60.3 (C-7) 0.5", True, False),
        ("7.26 1.0\n3.71 0.5", False, False),
        ("7.26 (weak)", False, False),
        ("C-3 129.7 CH", False, False),
    ],
)
def test_signals_of_journals(text: str, prints: bool, ends: bool) -> None:
    assert (prints_signals(text), ends_in_label(text)) == (prints, ends)
