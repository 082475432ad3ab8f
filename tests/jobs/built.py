"""Running `corpus build` as a user does, in a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "demo" / "sample.warc.gz"


def command(*arguments):
    return [sys.executable, "-m", "corpus.cli", "build", *map(str, arguments)]


def corpus_build(*arguments, timeout_s=900):
    """The finished process, with its output as text."""
    return corpus_command("build", *arguments, timeout_s=timeout_s)


def corpus_command(*arguments, timeout_s=900):
    return subprocess.run(
        [sys.executable, "-m", "corpus.cli", *map(str, arguments)],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )


def environment():
    """Two cores, Python workers that run this interpreter, and a store without any model, whatever this user has."""
    own = {
        "PYTHONPATH": os.pathsep.join(filter(None, (os.environ.get("PYTHONPATH"), str(ROOT)))),
        "PYSPARK_PYTHON": sys.executable,
        "CORPUS_MODELS": str(ROOT / "no-models"),
    }
    return {**os.environ, **own}


def build_json(out):
    return json.loads((Path(out) / "build.json").read_text())


def product_files(out):
    return [str(Path(out) / name) for name in build_json(out)["interleaved"]]


def manifests(out):
    """Every manifest of a build by its folder, with the time at which it was written."""
    return {
        str(path.parent): (json.loads(path.read_text()), path.stat().st_mtime_ns)
        for path in Path(out).glob("tables/*/*/*/_manifest.json")
    }
