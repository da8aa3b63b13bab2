"""Training: from words or pictures to a style. Runs in its own process or in the foreground, never in a frame."""
