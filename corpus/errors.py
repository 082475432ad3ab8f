"""Errors that end a run, each one sentence a user can act on: what, where, why, what to do.

CorpusError
  SettingsError   a setting that is unknown or cannot be
  InputError      a WARC file, listing, build or release that cannot be had
  OutputError     a folder that cannot be written, or that holds something else
  EncoderError    a model that is unknown, or weights that do not fit it
  ModelError      a model's file that is missing, wrong, or cannot be got
  DataError       a broken promise inside: a batch that does not fit its table, counts that do not add up

Expected failures of single pages and pictures are no errors: they are outcomes in the tables.
"""


class CorpusError(Exception):
    """Base of all errors that the command line shows as one message."""


class SettingsError(CorpusError, ValueError):
    """A settings file, key or value that cannot be used."""


class InputError(CorpusError):
    """A WARC file, listing, build or release that cannot be had."""


class OutputError(CorpusError):
    """A folder that cannot be written, or that holds something that is not ours."""


class EncoderError(CorpusError):
    """A model that is unknown, or weights that do not fit it."""


class ModelError(CorpusError):
    """A model's file that is missing, is not the one that it should be, or cannot be got."""


class DataError(CorpusError):
    """Data that breaks its table's promise."""
