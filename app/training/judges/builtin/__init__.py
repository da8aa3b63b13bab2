"""The built-in judges: two small text-image models and everything that makes them. Never to be called CLIP."""
