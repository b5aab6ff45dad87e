from __future__ import annotations

from support.tiny_fixtures import dataset_path, fake_backbone, sources, store_path  # noqa: F401 - fixtures
