"""The command line: `corpus build` and `corpus settings`.

Goes in: arguments. Comes out: an exit code (0 done, 1 failed, 2 not understood, 130 stopped by hand) and, on failure,
one message that says what, where, why, and what to do.
"""

from __future__ import annotations

import argparse
import re
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from tempfile import gettempdir

from corpus import __version__
from corpus.errors import CorpusError, SettingsError

EXAMPLES = """examples:
  corpus build 'crawl/*.warc.gz' --out corpus-out/
  corpus build sample.warc.gz --encoder ViT-L-14/openai --set align.min_similarity=0.15
  corpus build warc.paths.gz --images web --set fetch.contact=https://example.org/crawler --out s3://bucket/corpus
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit code."""
    options = parser().parse_args(arguments)
    try:
        return run_command(options)
    except SettingsError as error:
        print(f"corpus: {error}", file=sys.stderr)
        return 2
    except CorpusError as error:
        print(f"corpus: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ncorpus: stopped; the same command goes on where this one ended", file=sys.stderr)
        return 130
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
    build = verbs.add_parser(
        "build", help="from WARC files to interleaved Parquet; goes on where an earlier run ended"
    )
    build.add_argument(
        "inputs", nargs="*", help="WARC files: paths, globs, https:// and s3:// addresses, listings"
    )
    build.add_argument("--out", help="output folder or URI (setting places.out)")
    build.add_argument(
        "--encoder", help="model/pretrained, checkpoint folder, or demo (setting encode.encoder)"
    )
    build.add_argument(
        "--images", choices=("archive", "web"), help="where images come from (setting fetch.images)"
    )
    build.add_argument(
        "--config", action="append", default=[], metavar="TOML", help="settings file; may be repeated"
    )
    build.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="one setting; may be repeated"
    )
    build.add_argument("--stage", help="make the tables of this stage only, such as images")
    build.add_argument(
        "--retry-failed",
        action="store_true",
        help="ask the web again for images whose failure may have passed",
    )
    verbs.add_parser("settings", help="every setting with its default and meaning")
    return top


def run_command(options: argparse.Namespace) -> int:
    """Import and run what the verb needs, and nothing else."""
    from corpus.overrides import list_settings, load_settings, quoted

    if options.verb == "settings":
        print("\n".join(list_settings()))
        return 0
    from corpus.run import build

    shorthand = {"places.out": options.out, "encode.encoder": options.encoder, "fetch.images": options.images}
    overrides = [quoted(key, value) for key, value in shorthand.items() if value is not None]
    if options.inputs:
        overrides.append(quoted("places.inputs", options.inputs))
    build(
        load_settings(options.config, [*overrides, *options.set]), print, options.stage, options.retry_failed
    )
    return 0


def unexpected(error: Exception) -> str:
    """One sentence for an error that nobody foresaw, and where its whole trace was put."""
    trace = "".join(traceback.format_exception(error))
    path = Path(gettempdir()) / "corpus-error.log"
    path.write_text(trace, encoding="utf-8")
    return f"{innermost(trace)} (the whole trace is in {path}; run the same command to try again)"


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
