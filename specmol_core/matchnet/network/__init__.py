"""Matching network: its parts, variants and checkpoint."""
