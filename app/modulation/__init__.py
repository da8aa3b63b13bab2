"""From what is heard to parameter values."""
