"""Evidence of matchnet-x: predicted signals held against observed ones, line by line."""
