"""A package with a handler in it."""
