"""How close predicted shifts come to measured ones."""
