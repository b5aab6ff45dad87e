"""matchnet-x, the default model: the likelihood of the observed signals under a candidate's predicted lines."""
