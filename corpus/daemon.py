"""Spark's daemon of Python workers on one machine: it loads what steps import before it forks the workers.

Goes in: what Spark says to such a daemon (setting `spark.python.daemon.module`), and the encoder in its environment
where one will be needed. Comes out: workers that begin with the pipeline, the language model and the encoder in memory,
so that these are loaded once, while Java makes its first plan, and not once per core after it, and lie in memory once.
"""

from __future__ import annotations

import gc
import json
import os
import sys
from contextlib import redirect_stdout

from pyspark.daemon import manager


def load() -> None:
    """What a first worker would load; torch, which few steps need, only with an encoder. Spark reads standard output
    itself."""
    with redirect_stdout(sys.stderr):
        import corpus.pipeline  # noqa: F401
        from corpus.extract.language import language_model
        from corpus.spark.session import ENCODER

        language_model()
        if ENCODER in os.environ:
            from corpus.encode.before_fork import load_before_fork

            load_before_fork(*json.loads(os.environ[ENCODER]))
    gc.freeze()  # a worker looks through all it has after every task: this need not be looked through, nor copied


if __name__ == "__main__":
    load()
    try:
        manager()
    except SystemExit as end:
        # At once: it has told its workers to end, and the time of those that end while it is there is told to nobody.
        os._exit(int(end.code or 0))
