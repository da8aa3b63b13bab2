"""Judges: what scores pictures against words, and guides a network while it trains."""
