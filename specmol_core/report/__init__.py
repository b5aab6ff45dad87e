"""Results written out: JSON, JSON lines, CSV, SDF, and the explained candidate."""
