"""The command line.

Goes in: arguments. Comes out: an exit code (0 done, 1 failed, 2 not understood, 130 stopped by hand; those of
`corpus status` stand in its help) and, on failure, one message that says what, where, why, and what to do.
"""

from __future__ import annotations

import argparse
import errno
import os
import re
import sys
import traceback
from collections.abc import Sequence
from io import TextIOWrapper
from pathlib import Path
from tempfile import gettempdir

from corpus import __version__
from corpus.errors import CorpusError, SettingsError
from corpus.verbs import (
    build,
    explain,
    export,
    export_urls,
    forget,
    gc,
    import_,
    models,
    publish,
    report,
    settings,
    status,
    thresholds,
    validate,
    view,
)

VERBS = {
    "build": build,
    "explain": explain,
    "export": export,
    "export-urls": export_urls,
    "forget": forget,
    "gc": gc,
    "import": import_,
    "models": models,
    "publish": publish,
    "report": report,
    "settings": settings,
    "status": status,
    "thresholds": thresholds,
    "validate": validate,
    "view": view,
}

EXAMPLES = """examples:
  corpus build 'crawl/*.warc.gz' --out corpus-out/
  corpus build sample.warc.gz --encoder ViT-L-14/openai --set align.min_similarity=0.15
  corpus build warc.paths.gz --images web --set fetch.contact=https://example.org/crawler --out s3://bucket/corpus
"""


ADVICE = {
    errno.ENOSPC: "make room, or name a place on another disk, and run the same command again",
    errno.EDQUOT: "make room, or name a place on another disk, and run the same command again",
    errno.EROFS: "name a place that can be written",
    errno.EACCES: "name a place that you may read and write",
    errno.EPERM: "name a place that you may read and write",
    errno.ENOTDIR: "a part of that path is a file: name another place",
    errno.EISDIR: "it is a folder, where a file is wanted",
}
"""What to do about errors of disks that a user can do something about."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit code."""
    options = parser().parse_args(arguments)
    if isinstance(sys.stdout, TextIOWrapper):  # a terminal that cannot show a letter is shown its number
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        return VERBS[options.verb].run(options) or 0
    except SettingsError as error:
        print(f"corpus: {error}", file=sys.stderr)
        return 2
    except CorpusError as error:
        print(f"corpus: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ncorpus: stopped; the same command goes on where this one ended", file=sys.stderr)
        return 130
    except BrokenPipeError:  # whoever read the output, such as head, wanted no more
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        advice = ADVICE.get(error.errno or 0)
        print(
            f"corpus: {system_text(error)}; {advice}" if advice else f"corpus: {unexpected(error)}",
            file=sys.stderr,
        )
        return 1
    except Exception as error:  # the last boundary: a person sees one message, the trace goes to a file
        print(f"corpus: {unexpected(error)}", file=sys.stderr)
        return 1


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="corpus",
        description="Build interleaved image-text corpora from WARC files.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"corpus {__version__}")
    verbs = top.add_subparsers(dest="verb", required=True)
    for name, verb in VERBS.items():
        verb.declare(verbs.add_parser(name, help=verb.HELP))
    return top


def system_text(error: OSError) -> str:
    """What happened, and to which file: pyarrow tells both in its message, twice."""
    what = os.strerror(error.errno or 0)
    where = error.filename or next(iter(re.findall(r"'([^']+)'", str(error))), None)
    return f"{what}: {where}" if where else what


def unexpected(error: Exception) -> str:
    """One sentence for an error that nobody foresaw, and where its whole trace was put."""
    trace = "".join(traceback.format_exception(error))
    path = Path(gettempdir()) / "corpus-error.log"
    path.write_text(trace, encoding="utf-8")
    message = innermost(trace)
    told = re.search(r"\[Errno (\d+)\]", message)
    advice = ADVICE.get(int(told[1]), "") if told else ""
    return f"{message} (the whole trace is in {path}; {advice or 'run the same command to try again'})"


def innermost(trace: str) -> str:
    """The message of the error at the bottom of a trace through Spark: the last one that a Python worker raised, else
    the last line."""
    raised = re.findall(r"^(?:\S+: )?([\w.]+(?:Error|Exception|Fault)): (.+)$", trace, flags=re.MULTILINE)
    ours = [message for name, message in raised if name.startswith("corpus.errors.")]
    if ours:
        return str(ours[-1])
    python = [
        f"{name}: {message}" for name, message in raised if not name.startswith(("org.", "java.", "py4j."))
    ]
    return (python or [trace.strip().splitlines()[-1]])[-1]


if __name__ == "__main__":
    sys.exit(main())
