"""Inspect a spectrum: its lines and warnings as plain values and as a drawing."""
