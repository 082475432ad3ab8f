"""Exports: the product in the layouts that other loaders read."""
