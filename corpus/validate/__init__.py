"""Validation: whether a release is whole and is what it says."""
