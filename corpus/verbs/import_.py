"""`corpus import`: a corpus in another layout as a release."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING

from corpus.verbs.numbers import cosine

if TYPE_CHECKING:
    from corpus.imports.release import Import
    from corpus.imports.row import Read

HELP = "a corpus in the layout of MMC4 or OBELICS as a release, to be read, compared and assigned again"


def declare(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("format", choices=("mmc4", "obelics"))
    parser.add_argument(
        "files",
        nargs="+",
        help="paths or URIs; mmc4: lines of JSON, plain or in .gz or .zip; obelics: Parquet",
    )
    parser.add_argument("--out", required=True, metavar="RELEASE", help="where the release goes")
    parser.add_argument(
        "--images", metavar="FOLDER", help="mmc4: pictures by image_name (default: a folder named like each file)"
    )  # fmt: skip
    parser.add_argument(
        "--min-similarity", type=cosine, metavar="COSINE",
        help="assign anew by the matrix, dropping pictures of which no sentence reaches it (-1 keeps all)",
    )  # fmt: skip
    parser.add_argument(
        "--encoder",
        metavar="MODEL",
        help="obelics: by which pictures and sentences are matched, as in `corpus build`",
    )
    parser.add_argument("--seed", type=int, default=0, help="of the shuffle (default 0)")
    parser.add_argument("--scratch", metavar="FOLDER", help="local folder with room for the release, twice")
    parser.add_argument("--replace", action="store_true", help="take the place of another release")


def run(options: argparse.Namespace) -> None:
    from corpus.errors import SettingsError
    from corpus.imports.release import import_release, lines_of_counts
    from corpus.progress_line import progress
    from corpus.publish.publish import How

    if (options.format == "obelics") != (options.encoder is not None):
        raise SettingsError(
            "obelics needs --encoder, since it has no similarities; mmc4 has them and takes none"
        )
    found, told = from_obelics(options) if options.format == "obelics" else from_mmc4(options)
    with progress() as say:
        done, counts = import_release(
            found, told, options.out, options.seed, How(options.scratch, options.replace), say
        )
    print(f"{options.out}: {done.rows} documents, {done.images} pictures")
    print("\n".join(lines_of_counts(counts)))


def from_obelics(options: argparse.Namespace) -> tuple[Iterator[Read], Import]:
    from corpus.encode.encoder import load_encoder
    from corpus.imports.encoded import bound_of, obelics_reads
    from corpus.imports.release import Import

    encoder = load_encoder(options.encoder)
    bound = bound_of(options.encoder, options.min_similarity)
    told = Import(options.format, tuple(options.files), False, bound, encoder.label)
    return obelics_reads(options.files, encoder, bound), told


def from_mmc4(options: argparse.Namespace) -> tuple[Iterator[Read], Import]:
    from corpus.imports.release import Import

    folders = folders_of(options)
    told = Import(options.format, tuple(options.files), not any(folders), options.min_similarity, None)
    return mmc4_reads(options, folders), told


def folders_of(options: argparse.Namespace) -> list[str | None]:
    """Where the pictures of each file lie; None for all files when they have none. InputError when some have."""
    from corpus.errors import InputError
    from corpus.imports.files import folder_of
    from corpus.storage import is_folder

    found = [options.images or folder_of(path) for path in options.files]
    there = [is_folder(folder) for folder in found]
    if not any(there) and not options.images:
        return [None for _ in found]
    for folder, is_there in zip(found, there, strict=True):
        if not is_there:
            raise InputError(f"{folder} is no folder of pictures; name it with --images")
    return list(found)


def mmc4_reads(options: argparse.Namespace, folders: list[str | None]) -> Iterator[Read]:
    from corpus.imports.files import lines_of, pictures_in
    from corpus.imports.mmc4 import read_line

    for path, folder in zip(options.files, folders, strict=True):
        pictures = None if folder is None else pictures_in(folder)
        for line in lines_of(path):
            yield read_line(line, pictures, options.min_similarity)
