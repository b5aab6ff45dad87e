"""Results written out: JSON, JSON lines, CSV, SDF."""
