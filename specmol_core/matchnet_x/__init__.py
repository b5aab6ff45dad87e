"""matchnet-x, the default model: likelihood of the observed signals given the predicted lines of a candidate."""
