"""The command line of specmol: one thin module per command."""
