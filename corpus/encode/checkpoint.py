"""Weights on this machine, ready for open_clip: gzipped ones unpacked, those of its tags downloaded.

Goes in: a `Source`. Comes out: a real folder with open_clip_config.json and plain weights, or a filled cache.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
import tempfile
import zlib
from functools import cache
from importlib.resources.abc import Traversable
from io import BufferedIOBase, BytesIO
from pathlib import Path

from corpus.encode.description import description_sha256
from corpus.encode.device import BFLOAT16
from corpus.encode.registry import CONFIG, Source, find_source, plain_name
from corpus.encode.torchvision_ops import ensure_torchvision
from corpus.errors import EncoderError


def checkpoint_folder(source: Source) -> Path:
    """The source's own folder or, for gzipped weights, the folder of the cache that holds them unpacked.

    Raises EncoderError when the weights cannot be unpacked, or when the cache belongs to another user.
    """
    if source.folder is None or source.weights is None:
        raise EncoderError(f"encoder {source.name!r} has no folder")
    if not source.weights.name.endswith(".gz"):
        return Path(str(source.folder))
    config = (source.folder / CONFIG).read_bytes()
    content = hashlib.sha256(config + file_sha256(source.weights).encode()).hexdigest()
    folder = own_cache() / content
    weights = folder / plain_name(source.weights)
    try:
        if not weights.is_file():
            folder.mkdir(exist_ok=True)
            with source.weights.open("rb") as packed, gzip.open(packed) as plain:
                write_atomically(folder / CONFIG, BytesIO(config))
                write_atomically(weights, plain)
    except (OSError, EOFError, zlib.error) as error:
        raise EncoderError(f"cannot unpack the weights {source.weights} into {folder}: {error}") from None
    return folder


def encoder_identity(encoder: str, dtype: str) -> str:
    """Name of the encoder, `@` and 12 hex digits of its weights' sha256, `:` and 8 of what else makes its vectors, and
    `+bfloat16` for vectors that were made so. EncoderError when there are no weights."""
    reduced = "+bfloat16" if dtype == BFLOAT16 else ""
    hashes = f"{weights_sha256(encoder)[:12]}:{surroundings_sha256(encoder)[:8]}"
    return f"{find_source(encoder).name}@{hashes}{reduced}"


@cache
def weights_sha256(encoder: str) -> str:
    """Hex sha256 of the encoder's weights, read once per process."""
    source = find_source(encoder)
    return file_sha256(source.weights or fetch_weights(source))


@cache
def surroundings_sha256(encoder: str) -> str:
    """Hex sha256 of what stands around the weights, read once per process: tokenizers take megabytes."""
    return description_sha256(find_source(encoder))


def file_sha256(path: Traversable) -> str:
    """Hex sha256 of the file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]


def fetch_weights(source: Source) -> Path:
    """The weights of the source's tag in the hub's local cache, downloaded into it if need be; EncoderError when they
    cannot be had."""
    ensure_torchvision()
    from huggingface_hub.constants import HF_HUB_CACHE
    from open_clip.pretrained import download_pretrained, get_pretrained_cfg

    try:
        return Path(download_pretrained(get_pretrained_cfg(source.model, source.tag)))
    except (OSError, RuntimeError, ValueError) as error:
        reason = str(error).rpartition("Last error: ")[2].partition(". ")[0]
        raise EncoderError(
            f"weights of encoder {source.name!r} are not in the cache {HF_HUB_CACHE} and cannot be "
            f"downloaded ({reason}); `corpus models pull {source.name}` gets them where there is a network, "
            "CORPUS_MODELS names the folder or prefix that holds them; or give a checkpoint folder"
        ) from None


def own_cache() -> Path:
    """This user's cache folder, readable by nobody else: weights are code as far as trust goes."""
    folder = Path(tempfile.gettempdir()) / f"interleaved-corpus-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid != os.getuid():
        raise EncoderError(f"the cache folder {folder} belongs to another user; set TMPDIR to your own")
    return folder


def write_atomically(path: Path, content: BufferedIOBase) -> None:
    """Write beside `path`, then rename: several workers may do it at once, and none sees half a file."""
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".partial", delete=False) as file:
        try:
            shutil.copyfileobj(content, file)
        except BaseException:
            os.unlink(file.name)
            raise
    os.replace(file.name, path)
