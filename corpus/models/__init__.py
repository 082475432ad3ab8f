"""Model files: what can be had, where it is kept, and that it is what it should be."""
