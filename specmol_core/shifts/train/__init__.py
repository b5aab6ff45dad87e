"""Training of the shift predictor."""
