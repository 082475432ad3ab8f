"""Whether this machine can run Spark itself.

Goes in: the environment. Comes out: nothing, or an error that says what to install. pyspark is not imported here.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

from corpus.config import Settings
from corpus.errors import CorpusError

JAVA = 17  # the oldest that Spark 4 runs on


def is_submitted() -> bool:
    """Whether spark-submit started this process and has its Java side running."""
    return "PYSPARK_GATEWAY_PORT" in os.environ


def runs_here(settings: Settings) -> bool:
    """Whether the tasks will run in this process's own machine."""
    return not is_submitted() and (settings.spark.master or "local").partition("[")[0] == "local"


def check_spark() -> None:
    """CorpusError when there is no pyspark, or no Java that it can start."""
    if find_spec("pyspark") is None:
        raise CorpusError(
            "pyspark is not installed here: pip install 'interleaved-corpus[spark]', or use spark-submit"
        )
    if is_submitted():
        return
    home = os.environ.get("JAVA_HOME")
    java = str(Path(home) / "bin" / "java") if home else "java"
    version = java_version(java)
    if version is None or version < JAVA:
        found = "is missing" if version is None else f"is version {version}"
        raise CorpusError(
            f"Spark needs Java {JAVA} or newer and {java} {found}: install it (Debian: apt install "
            "openjdk-17-jre-headless) or point JAVA_HOME at it"
        )


def java_version(java: str) -> int | None:
    """The major version that `java -version` tells; None when there is no such program, or it tells none."""
    if shutil.which(java) is None:
        return None
    told = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    found = re.search(r'version "(?:1\.)?(\d+)', told)
    return int(found.group(1)) if found else None
