"""The store: where pulled models are kept, and files from it that are verified to be what they should be.

Goes in: a model's name. Comes out: a local path, or one ModelError that says what is missing or wrong and what to do.
The store is the folder or object-store prefix in the environment variable CORPUS_MODELS, by default a folder of this
user's cache. Beside each file stands its sha256, written when it was pulled: what the catalogue does not pin is pinned
then. A file of a prefix is copied into the cache once per machine. Nothing here asks the web.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from functools import cache
from pathlib import Path

from corpus.errors import ModelError
from corpus.models.catalogue import BY_NAME
from corpus.storage import is_local, join, locate, names_in, read_bytes, writing

VARIABLE = "CORPUS_MODELS"
PIN = ".sha256"
PARTIAL = ".partial"
BLOCK_BYTES = 2**20


def user_cache() -> Path:
    """The folder of this user's cache that models are kept in."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home, "interleaved-corpus", "models")


def store_uri() -> str:
    """The folder or prefix that holds the models."""
    return os.environ.get(VARIABLE) or str(user_cache())


def model_path(name: str) -> Path:
    """The verified file of a model or, where it has several, the folder of its verified files. Raises ModelError."""
    folder = model_folder(name)
    model = BY_NAME.get(name)
    return folder / model.files[0].name if model and len(model.files) == 1 else folder


def is_stored(name: str) -> bool:
    """Whether files of the model lie in the store; whether they are right is not looked at."""
    return bool(stored_files(store_uri(), name))


def stored_files(store: str, name: str) -> list[str]:
    """Names of the model's files that were pulled whole."""
    names = names_in(join(store, name))
    return [own for own in names if own + PIN in names]


def model_folder(name: str) -> Path:
    """The local folder of a model's verified files."""
    return verified_folder(store_uri(), name)


@cache
def verified_folder(store: str, name: str) -> Path:
    names = set(stored_files(store, name))
    known = BY_NAME.get(name)
    missing = sorted({file.name for file in known.files if file.needed} - names) if known else []
    if missing or not names:
        lacking = f"lacks {missing[0]}" if names else "is not there"
        raise ModelError(
            f"model {name} {lacking} in the store {store}: `corpus models pull {name}` gets it where there is a "
            f"network; {VARIABLE} names another store"
        )
    folder = Path(locate(join(store, name))[1]) if is_local(store) else copied(store, name, sorted(names))
    for own in sorted(names):
        check_file(store, name, own, folder / own)
    return folder


def expected_sha256(store: str, name: str, file: str) -> str:
    """The sha256 that a file should have: the catalogue's or, where it has none, that of the first pull."""
    known = BY_NAME.get(name)
    for each in known.files if known else ():
        if each.name == file and each.sha256:
            return each.sha256
    return (read_bytes(join(store, name, file + PIN)) or b"").decode().strip()


def check_file(store: str, name: str, file: str, local: Path) -> None:
    """ModelError when the file is not the one that it should be."""
    expected, found = expected_sha256(store, name, file), file_sha256(local)
    if found != expected:
        raise ModelError(
            f"{join(store, name, file)} has sha256 {found[:12]}, not {expected[:12]}: it is damaged or another file; "
            f"`corpus models pull {name}` gets it again"
        )


def copied(store: str, name: str, files: list[str]) -> Path:
    """A folder of this machine's cache with copies of the files of a prefix."""
    folder = user_cache().parent / "copies" / hashlib.sha256(store.encode()).hexdigest()[:12] / name
    for file in files:
        local = folder / file
        if local.is_file() and file_sha256(local) == expected_sha256(store, name, file):
            continue
        filesystem, path = locate(join(store, name, file))
        with filesystem.open_input_stream(path) as source, writing(str(local)) as target:
            shutil.copyfileobj(source, target, BLOCK_BYTES)
    return folder


def file_sha256(path: Path) -> str:
    """Hex sha256 of the file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
