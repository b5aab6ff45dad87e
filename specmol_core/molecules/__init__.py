"""Molecules: streaming libraries with a verdict per record, graphs for the network, formulas."""
