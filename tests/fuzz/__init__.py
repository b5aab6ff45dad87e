"""Mutated files against every reader: ``make fuzz SECONDS=300``. What it finds is kept in ``tests/corpus``."""
