"""Evaluation on the paper's task: decide whether a molecule matches a pair of spectra."""
