"""Measurements of one simulated molecule whose lines are known."""

from __future__ import annotations

import pytest
from support.known_measurements import Known, known_measurements

_KNOWN = known_measurements()


@pytest.fixture(params=["1H", "13C"])
def known(request: pytest.FixtureRequest) -> Known:
    return _KNOWN[request.param]
