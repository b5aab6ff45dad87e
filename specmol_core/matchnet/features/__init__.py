"""Frozen image backbone and the store of its features."""
