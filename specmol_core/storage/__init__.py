"""File formats and writing: atomic writes, weights, run states, checked JSON, spreadsheet cells."""
