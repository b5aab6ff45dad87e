"""What `specmol inspect` shows of a spectrum: as plain values and as a drawing."""
