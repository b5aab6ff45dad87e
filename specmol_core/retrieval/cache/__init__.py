"""The file format of embedded libraries: columns, manifest, checks, and unfinished runs."""
