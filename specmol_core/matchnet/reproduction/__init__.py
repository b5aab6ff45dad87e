"""Reproduction of the paper's tables and figures, and the page that shows it."""
