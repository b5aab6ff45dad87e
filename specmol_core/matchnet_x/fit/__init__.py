"""The fit of the parameters of matchnet-x."""
