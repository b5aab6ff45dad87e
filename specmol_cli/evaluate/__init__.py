"""``specmol evaluate``: measurements on sets whose answers are known."""
