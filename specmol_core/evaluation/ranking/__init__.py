"""Evaluation of rankings: how often the right structure is first."""
