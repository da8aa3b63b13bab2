"""Evaluation: what can be measured of a style, and the page that shows it. Offline work, any process."""
