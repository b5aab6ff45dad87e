"""Chemical shifts of a molecule, with their uncertainty, from its structure."""
