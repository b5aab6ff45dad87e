"""Measurements for maintainers: ranking, shifts, readers and simulator on sets with known answers."""
