from __future__ import annotations

import pytest

from specmol_core.spectra.readers.sentence.layout import sentence_text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- 167.3\n- 60.3", "167.3\n60.3"),
        ("• 167.3\n• 60.3".replace("•", "*"), "167.3\n60.3"),
        ("1) 167.3\n2) 60.3", "167.3\n60.3"),
        ("1. 167.3\n2. 60.3", "167.3\n60.3"),
        ("(3) 167.3\n(4) 60.3", "167.3\n60.3"),
        ("167.3 - 60.3 - 14.4", "167.3, 60.3, 14.4"),
        ("7.44...7.42 (m)", "7.44-7.42 (m)"),
        ("“7.26 (s)”", "7.26 (s)"),
        ("167.3、60.3。", "167.3, 60.3."),
        ("7.43〜7.51", "7.43~7.51"),
        ("between 7.51 and 7.43 (m, 2H)", "7.51-7.43 (m, 2H)"),
    ],
)
def test_marks_around_shifts(text: str, expected: str) -> None:
    assert sentence_text(text.encode()) == expected


@pytest.mark.parametrize(
    "text", ["7.51\n- 7.43 (m, 2H)", "- 0.12 (s)", "7.51 - 7.43 (m), 3.8", "1. 167.3", "2. 167.3\n7. 60.3"]
)
def test_what_may_belong_to_the_numbers_stays(text: str) -> None:
    assert sentence_text(text.encode()) == text
