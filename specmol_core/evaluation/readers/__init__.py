"""Evaluation of the readers of spectrum files and plots."""
