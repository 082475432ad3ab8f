"""`corpus build`: from WARC files to interleaved Parquet."""

from __future__ import annotations

import argparse

HELP = "from WARC files to interleaved Parquet; goes on where an earlier run ended"


def declare(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "inputs",
        nargs="*",
        help="WARC files: paths, globs, https://, s3://, gs:// and hdfs:// addresses, listings",
    )
    parser.add_argument("--out", help="output folder or URI (setting places.out)")
    parser.add_argument(
        "--encoder", help="model/pretrained, checkpoint folder, or demo (setting encode.encoder)"
    )
    parser.add_argument(
        "--images",
        choices=("archive", "web", "img2dataset"),
        help="where images come from (setting fetch.images)",
    )
    parser.add_argument(
        "--config",
        action="append",
        default=[],
        metavar="TOML",
        help="settings file, path or URI; may be repeated",
    )
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="one setting; may be repeated"
    )
    parser.add_argument("--stage", help="make the tables of this stage only, such as images")
    parser.add_argument(
        "--retry-failed",
        action="store_true",
        help="ask the web again for images whose failure may have passed",
    )


def run(options: argparse.Namespace) -> None:
    from corpus.malloc import keep_little

    keep_little()  # before pyarrow is imported
    from corpus.overrides import load_settings, quoted
    from corpus.run import build

    shorthand = {"places.out": options.out, "encode.encoder": options.encoder, "fetch.images": options.images}
    overrides = [quoted(key, value) for key, value in shorthand.items() if value is not None]
    if options.inputs:
        overrides.append(quoted("places.inputs", options.inputs))
    settings = load_settings(options.config, [*overrides, *options.set])
    build(settings, print, options.stage, options.retry_failed)
