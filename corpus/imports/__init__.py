"""Imports: corpora of other projects as releases of this one."""
