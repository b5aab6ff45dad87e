"""``specmol matchnet``: train and measure the paper's network."""
