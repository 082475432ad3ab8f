"""Recipes: the glue between stages and tables, one file per step."""
