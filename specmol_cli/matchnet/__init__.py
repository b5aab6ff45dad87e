"""Commands of the paper's network: data, training, pairs, tables."""
