"""Training of the backbone, the molecular encoder and the network."""
