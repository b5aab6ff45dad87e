"""``specmol train``: train both parts of the default model, matchnet-x."""
