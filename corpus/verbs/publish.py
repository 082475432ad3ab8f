"""`corpus publish`: the product of a build as a release."""

from __future__ import annotations

import argparse

HELP = "the product of a build as a release: shuffled, in files of one size, with manifest and papers"
MIB = 2**20


def declare(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("build", help="folder or URI of a finished build")
    parser.add_argument(
        "--to", required=True, metavar="URI", help="where the release goes: a folder or s3://..."
    )
    parser.add_argument("--seed", type=int, default=0, help="of the shuffle (default 0)")
    parser.add_argument(
        "--where", metavar="CONDITION", help="documents to publish, such as 'mean_matched_sim > 0.3'"
    )
    parser.add_argument(
        "--order-by",
        metavar="COLUMN",
        help="order of the rows, over all files, such as 'mean_matched_sim desc'; default: shuffled",
    )
    parser.add_argument("--references", action="store_true", help="leave the bytes of the pictures out")
    parser.add_argument("--per-license", action="store_true", help="files of their own for each licence")
    parser.add_argument("--shard-mib", type=int, default=512, help="size of a file, MiB (default 512)")
    parser.add_argument("--row-group-mib", type=int, default=64, help="size of a row group, MiB (default 64)")
    parser.add_argument("--scratch", metavar="FOLDER", help="local folder with room for the release")
    parser.add_argument("--spark", action="store_true", help="shuffle with Spark, not on local disk")
    parser.add_argument("--replace", action="store_true", help="take the place of another release")


def run(options: argparse.Namespace) -> None:
    from corpus.progress_line import progress
    from corpus.publish.publication import Sizes, prepare
    from corpus.publish.publish import How, publish
    from corpus.publish.rows import Choice

    choice = Choice(options.seed, options.where, options.references, options.per_license, options.order_by)
    sizes = Sizes(options.shard_mib * MIB, options.row_group_mib * MIB)
    how = How(options.scratch, options.replace, options.spark)
    with progress() as say:
        done = publish(prepare(options.build, options.to, choice, sizes), how, say)
    print(
        f"{options.to}: {done.rows} documents, {done.images} pictures, {len(done.files)} files, {done.bytes} bytes"
    )
