"""Evaluation of predicted chemical shifts."""
