"""SpecMol-MatchNet, the network of the paper (Entropy 2026, 28, 532), and its reproduction."""
