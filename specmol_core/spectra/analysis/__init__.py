"""What a spectrum says: its noise, its lines, its signals, and which of them are not the compound's."""
