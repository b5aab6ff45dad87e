"""Evaluation on data with known answers: ranking, shifts, spectrum readers and the simulator."""
