"""Libraries as streams with a status per record, molecular graphs, formulas, SMILES without stereochemistry."""
