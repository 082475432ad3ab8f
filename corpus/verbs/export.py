"""`corpus export`: the product in the layout that another loader reads."""

from __future__ import annotations

import argparse

HELP = "the product in the layout of MMC4, open_flamingo, OBELICS, WebDataset, Energon, MDS or NeMo Curator"
FORMATS = ("mmc4", "open-flamingo", "obelics", "webdataset", "energon", "mds", "nemo")
MIB = 2**20


def declare(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("format", choices=FORMATS)
    parser.add_argument("source", help="folder or URI of a finished build or a release")
    parser.add_argument("folder", help="folder or URI to write; whole when export.json is there")
    parser.add_argument("--where", metavar="CONDITION", help="documents, such as 'mean_matched_sim > 0.3'")
    parser.add_argument(
        "--images-where", metavar="CONDITION", help="pictures, such as 'matched_sim > 0.25'; the others free "
        "their sentences"
    )  # fmt: skip
    parser.add_argument(
        "--placement", choices=("assigned", "fused", "page"), default="assigned",
        help="whether pictures stand at their sentence by similarity (default), at that by similarity and page "
        "together, or where the page had them",
    )  # fmt: skip
    parser.add_argument(
        "--side",
        choices=("before", "after"),
        default="before",
        help="of the assigned sentence (default before)",
    )
    parser.add_argument("--references", action="store_true", help="URLs of pictures without their bytes")
    parser.add_argument("--shard-mib", type=int, help="size of a shard, MiB (default 512; mds: 64)")


def run(options: argparse.Namespace) -> None:
    from corpus.exports.documents import Wanted
    from corpus.exports.export import export
    from corpus.progress_line import progress

    wanted = Wanted(options.where, options.images_where, options.placement, options.side, options.references)
    shard_bytes = None if options.shard_mib is None else options.shard_mib * MIB
    with progress() as say:
        told = export(options.source, options.folder, options.format, wanted, shard_bytes, say)
    print(
        f"{options.folder}: {told['documents']} documents, {told['images']} pictures, "
        f"{told['documents_without_images']} documents without any"
    )
