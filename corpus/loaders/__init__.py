"""Loaders: the documents of a release as training samples."""
