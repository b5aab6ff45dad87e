"""Amounts of mixtures whose composition is known."""
