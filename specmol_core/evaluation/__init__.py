"""Measurements for maintainers: ranking, shifts, readers and the simulator on sets whose answers are known."""
