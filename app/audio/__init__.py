"""Sound in: sources, the ring they fill and the features heard in it."""
