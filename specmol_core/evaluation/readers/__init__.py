"""How well spectrum files and plots are read."""
