"""Evaluation on data with known answers: ranking, shift prediction, spectrum readers and the simulator."""
