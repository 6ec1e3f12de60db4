"""Where routes come from."""
