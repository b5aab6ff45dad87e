"""How good a checkpoint is, on pairs whose answer is known."""
