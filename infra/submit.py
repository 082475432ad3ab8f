"""`python -m infra.submit`: prints the command that submits a stage to a cluster, or asks after it; `--run` runs it.

Goes in: a platform, a stage, and the platform's ids, each as an option or in a JSON file (what `terraform output -json`
prints). Comes out: one command on standard output, quoted for a shell. Nothing but Python's own library is needed.
"""

from __future__ import annotations

import argparse
import json
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from corpus import __version__
from infra.job import Job
from infra.profiles import PROFILES, profile_of
from infra.targets import TARGETS

PLACES = tuple(dict.fromkeys(name for target in TARGETS.values() for name in target.needs))
OPTIONAL = ("python", "accelerator")


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code; 2 and one sentence when something is missing."""
    options = parse(sys.argv[1:] if arguments is None else arguments)
    try:
        command = submission(options) if options.action == "submit" else question(options)
    except ValueError as error:
        print(f"submit: {error}", file=sys.stderr)
        return 2
    print(shlex.join(command), flush=True)
    return subprocess.run(command, check=False).returncode if options.run else 0


def parse(words: Sequence[str]) -> argparse.Namespace:
    """The options; what follows -- is the entry point's, options and all."""
    words = list(words)
    end = words.index("--") if "--" in words else len(words)
    return parser().parse_args(words[:end], argparse.Namespace(arguments=words[end + 1 :]))


def parser() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(
        prog="python -m infra.submit",
        description="Submit stages to a cluster; after -- come arguments for the entry point.",
    )
    actions = options.add_subparsers(dest="action", required=True)
    submit = actions.add_parser("submit", help="start a stage, or the whole build")
    submit.add_argument("--stage", default="build", choices=tuple(PROFILES), help="default: the whole build")
    submit.add_argument("--gpu", action="store_true", help="on executors with a GPU")
    submit.add_argument(
        "--package", required=True, metavar="URI", help="where dist/ of `make package` was copied to"
    )
    submit.add_argument("--config", default="", metavar="URI", help="settings file in the bucket")
    submit.add_argument("--models", default="", metavar="URI", help="store of models (CORPUS_MODELS)")
    submit.add_argument(
        "--conf", action="append", default=[], metavar="KEY=VALUE", help="a Spark setting; wins"
    )
    status = actions.add_parser("status", help="ask after a job")
    status.add_argument(
        "--id", required=True, help="as the submission printed it; k8s: the name of the application"
    )
    for action in (submit, status):
        action.add_argument("target", choices=tuple(TARGETS))
        action.add_argument(
            "--places", metavar="JSON", help="file with the options below, or terraform output -json"
        )
        action.add_argument("--run", action="store_true", help="run the command too")
        for name in (*PLACES, *OPTIONAL):
            action.add_argument(f"--{name}")
    return options


def submission(options: argparse.Namespace) -> list[str]:
    """The argument list that submits; ValueError says what is missing or cannot be."""
    if options.stage != "publish" and not options.config:
        raise ValueError("--config is missing: copy your settings file to the bucket and give its URI")
    target = TARGETS[options.target]
    places = places_of(options)
    missing = [f"--{name}" for name in target.needs if not places.get(name)]
    if missing:
        raise ValueError(f"{options.target} needs {', '.join(missing)}")
    job = Job(
        stage=options.stage,
        package=options.package.rstrip("/"),
        version=__version__,
        config=options.config,
        places=places,
        models=options.models,
        arguments=tuple(options.arguments),
        conf=dict(pair(text) for text in options.conf),
    )
    return target.submit(job, profile_of(options.stage, options.gpu))


def question(options: argparse.Namespace) -> list[str]:
    """The argument list that asks after a job."""
    places = places_of(options)
    try:
        return TARGETS[options.target].status(places, options.id)
    except KeyError as error:
        raise ValueError(f"{options.target} needs --{error.args[0]}") from None


def places_of(options: argparse.Namespace) -> dict[str, str]:
    """What the file says, and over it what the options say."""
    given = {name: getattr(options, name) for name in (*PLACES, *OPTIONAL) if getattr(options, name)}
    return read_places(options.places) | given


def read_places(path: str | None) -> dict[str, str]:
    """Values by name from a JSON file, plain or as Terraform prints its outputs."""
    if path is None:
        return {}
    try:
        values: dict[str, Any] = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(f"cannot read {path}: {error}") from None
    return {key: str(value["value"] if isinstance(value, dict) else value) for key, value in values.items()}


def pair(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or not key.startswith("spark."):
        raise ValueError(f"--conf takes spark.KEY=VALUE; got {text!r}")
    return key, value


if __name__ == "__main__":
    sys.exit(main())
