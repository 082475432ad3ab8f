"""Spark's daemon of Python workers on one machine: it loads what steps import before it forks the workers.

Goes in: what Spark says to such a daemon (setting `spark.python.daemon.module`). Comes out: workers that begin with the
pipeline and the language model in memory, so that these are loaded once, while Java makes its first plan, and not once
per core after it.
"""

from __future__ import annotations

import os
import sys
from contextlib import redirect_stdout

from pyspark.daemon import manager


def load() -> None:
    """What a first worker would load, but for torch, which few steps need. Spark reads standard output itself."""
    with redirect_stdout(sys.stderr):
        import corpus.pipeline  # noqa: F401
        from corpus.extract.language import language_model

        language_model()


if __name__ == "__main__":
    load()
    try:
        manager()
    except SystemExit as end:
        # At once: it has told its workers to end, and the time of those that end while it is there is told to nobody.
        os._exit(int(end.code or 0))
