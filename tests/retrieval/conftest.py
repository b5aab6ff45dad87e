from __future__ import annotations

import pytest
from support.fake_retrieval import FakeMatcher


@pytest.fixture
def matcher() -> FakeMatcher:
    return FakeMatcher()
