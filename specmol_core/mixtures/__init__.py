"""How much of each species is in a mixture: predicted patterns fitted to one spectrum after another."""
