"""Readers of spectrometer files, and the processing of free induction decays."""
