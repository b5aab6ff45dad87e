"""Readers of peak lists and tables."""
