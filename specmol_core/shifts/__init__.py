"""Chemical shifts of a molecule, with their uncertainty, predicted from its structure."""
