"""How often the right structure comes first."""
