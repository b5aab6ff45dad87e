"""The frozen backbone and the store of its features."""
