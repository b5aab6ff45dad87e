"""Readers of images: PNG, JPEG, TIFF and pages of a PDF."""
