from __future__ import annotations

from support.drawn_spectra import draw, multiplet  # noqa: F401 - fixtures
