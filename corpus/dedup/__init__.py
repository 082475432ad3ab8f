"""Duplicates: hashes and distances."""
