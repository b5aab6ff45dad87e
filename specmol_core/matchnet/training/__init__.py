"""Training of the backbone, of the molecular encoder and of the network."""
