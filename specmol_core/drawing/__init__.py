"""Surfaces to draw on: SVG and PNG."""
