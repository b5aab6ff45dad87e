"""Files that appear whole or not at all: atomic writes, weights, run states, checked JSON."""
