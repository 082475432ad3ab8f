"""`corpus settings`: every setting with its default and meaning."""

from __future__ import annotations

import argparse

HELP = "every setting with its default and meaning"


def declare(parser: argparse.ArgumentParser) -> None:
    """It takes no arguments."""


def run(options: argparse.Namespace) -> None:
    from corpus.overrides import list_settings

    print("\n".join(list_settings()))
