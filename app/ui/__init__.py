"""The control panels."""
