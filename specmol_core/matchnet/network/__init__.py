"""The network: its parts, variants and checkpoint."""
