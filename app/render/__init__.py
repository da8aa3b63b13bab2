"""Pictures: surfaces, targets, backends, effects."""
