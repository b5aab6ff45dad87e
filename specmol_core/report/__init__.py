"""Results as JSON, CSV and SDF, and the sheet that explains a candidate."""
