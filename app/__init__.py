"""Clavilux: an instrument for light."""

__version__ = "0.1.0"
