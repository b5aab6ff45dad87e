"""Readers of the files of spectrometers, and the processing of free induction decays."""
