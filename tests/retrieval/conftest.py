from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from fake_retrieval import FakeMatcher


@pytest.fixture
def matcher() -> FakeMatcher:
    return FakeMatcher()
