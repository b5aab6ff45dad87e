"""``specmol shifts``: predict chemical shifts."""
