"""Filters: scores of pages, images and documents; the settings hold the bounds."""
