"""Training: the backbone first, then the matching network on its frozen features."""
