"""The image that explains one candidate: its structure above the assigned spectra."""
