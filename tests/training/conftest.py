from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tiny_world import dataset_path, fake_backbone, sources, store_path  # noqa: F401 - fixtures
