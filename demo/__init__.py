"""Procedural demo data and the small encoder trained on it; not part of the installed package."""
