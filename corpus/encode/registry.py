"""Encoders by name: what a name stands for, whether it can be had, and the bound it carries.

Goes in: the name in the settings. Comes out: a `Source`, an identity, a bound, or one clear EncoderError. A
name is `demo`, a folder in open_clip's layout (open_clip_config.json and weights), `model/pretrained` with a
tag of open_clip, or `model/path/to/weights`. Nothing here imports torch, save to look up the tags of a model
of open_clip.

Bounds: MMC4 (arXiv 2304.06939, section 3) drops a picture whose best cosine is under 0.15 with CLIP ViT-L/14, and
counts pairs above 0.25 for its core. A folder may carry its own under the key "corpus" of its config, and the dtype
that `auto` means for it. For other encoders bounds have to be measured: the scale of SigLIP, for one, is another.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from corpus.encode.device import AUTO, BFLOAT16, FLOAT32, chosen_dtype
from corpus.errors import EncoderError
from corpus.models.store import is_stored, model_folder

DEMO = "demo"
CONFIG = "open_clip_config.json"
BOUNDS = {"ViT-L-14/openai": 0.15, "ViT-L-14-quickgelu/openai": 0.15}
HIGH_BOUNDS = {"ViT-L-14/openai": 0.25, "ViT-L-14-quickgelu/openai": 0.25}
PREFERRED = (
    "open_clip_model.safetensors",
    "open_clip_pytorch_model.safetensors",
    "open_clip_pytorch_model.bin",
    "open_clip_pytorch_model.pth",
    "model.safetensors",
    "pytorch_model.bin",
    "pytorch_model.pth",
    "model.pth",
)
"""Names of weights files in the order in which open_clip takes them, when a folder holds several."""
FOLDER_SUFFIXES = (".safetensors", ".bin", ".pth")
FILE_SUFFIXES = (*FOLDER_SUFFIXES, ".pt")
VERSIONS = " with "
"""Between the identity and the libraries' versions in what is written with a vector. Vectors of other versions count as
the same: they differ by rounding."""
FORMS = "give demo, model/pretrained such as ViT-L-14/openai, model/path/to/weights, or a checkpoint folder"
NOT_INSTALLED = "encoders need {}, which is not installed here; pip install 'interleaved-corpus[clip]'"


@dataclass(frozen=True)
class Source:
    """What a name stands for: `folder` and its `weights`, `model` and `weights`, or `model` and `tag`, with the
    `folder` and `weights` of the store where they were pulled into it."""

    name: str
    folder: Traversable | None = None
    weights: Traversable | None = None
    model: str = ""
    tag: str = ""


def find_source(encoder: str) -> Source:
    """The source of an encoder; EncoderError when the name is none, or a folder or file of it is missing."""
    if encoder == DEMO:
        return folder_source(DEMO, files("corpus.encode") / DEMO)
    path = Path(encoder).expanduser()
    if encoder and path.is_dir():
        return folder_source(path.resolve().name, path)
    if not encoder or encoder.startswith((".", "/", "~")):
        raise EncoderError(f"encoder folder {encoder!r} does not exist; {FORMS}")
    model, slash, rest = encoder.partition("/")
    if model not in known_models():
        raise EncoderError(unknown_model(encoder, model))
    if not slash or not rest:
        tags = ", ".join(known_tags(model)) or "none: give model/path/to/weights"
        raise EncoderError(f"encoder {encoder!r} names no weights; pretrained ones of {model}: {tags}")
    weights = Path(rest).expanduser()
    if "/" not in rest and weights.suffix not in FILE_SUFFIXES:
        if is_stored(encoder):
            stored = folder_source(encoder, model_folder(encoder))
            return replace(stored, model=model, tag=rest)
        return Source(name=encoder, model=model, tag=rest)
    if not weights.is_file():
        raise EncoderError(f"weights file {rest} of encoder {encoder!r} does not exist")
    return Source(name=model, model=model, weights=weights.resolve())


def folder_source(name: str, folder: Traversable) -> Source:
    """The encoder in a folder of open_clip's layout, weights plain or gzipped."""
    read_config(folder)
    weights = [item for item in folder.iterdir() if plain_name(item).endswith(FOLDER_SUFFIXES)]
    if not weights:
        raise EncoderError(f"encoder folder {folder} holds no weights such as {PREFERRED[0]}")
    return Source(name=name, folder=folder, weights=min(weights, key=preference))


def plain_name(weights: Traversable) -> str:
    """The file's name without .gz."""
    return weights.name.removesuffix(".gz")


def preference(weights: Traversable) -> tuple[int, bool, str]:
    """Sort key: the smallest is the file that open_clip would take."""
    name = plain_name(weights)
    rank = PREFERRED.index(name) if name in PREFERRED else len(PREFERRED)
    return rank, not name.endswith(".safetensors"), weights.name


def read_config(folder: Traversable) -> dict[str, Any]:
    """The folder's open_clip_config.json; EncoderError when it is missing, no JSON, or describes no model."""
    path = folder / CONFIG
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise EncoderError(f"encoder folder {folder} holds no {CONFIG}, which describes the model") from None
    except (OSError, ValueError) as error:
        raise EncoderError(f"cannot read {path}: {error}") from None
    if not isinstance(config, dict) or not isinstance(config.get("model_cfg"), dict):
        raise EncoderError(f"{path} describes no model: the key model_cfg is missing")
    return config


def own_settings(folder: Traversable) -> dict[str, Any]:
    """What the folder's config says under the key "corpus"."""
    own = read_config(folder).get("corpus", {})
    return own if isinstance(own, dict) else {}


@cache
def known_models() -> frozenset[str]:
    """Names of the models that open_clip has a config for, read without importing it."""
    return frozenset(path.stem for path in model_configs().glob("*.json"))


def model_config(model: str) -> dict[str, Any]:
    """open_clip's config of the model, read without importing it."""
    config: dict[str, Any] = json.loads((model_configs() / f"{model}.json").read_text(encoding="utf-8"))
    return config


def model_configs() -> Path:
    spec = find_spec("open_clip")
    if spec is None or not spec.submodule_search_locations:
        raise EncoderError(NOT_INSTALLED.format("open_clip"))
    return Path(spec.submodule_search_locations[0], "model_configs")


@cache
def known_tags(model: str) -> tuple[str, ...]:
    """Tags of the pretrained weights that open_clip knows for the model."""
    from corpus.encode.torchvision_ops import ensure_torchvision

    ensure_torchvision()
    import open_clip

    return tuple(open_clip.list_pretrained_tags_by_model(model))


def unknown_model(encoder: str, model: str) -> str:
    """The sentence for a name whose first part is no model."""
    by_lower = {name.lower(): name for name in known_models()}
    close = [by_lower[name] for name in difflib.get_close_matches(model.lower(), by_lower, n=3)]
    similar = f" (similar: {', '.join(close)})" if close else ""
    return f"unknown encoder {encoder!r}: no folder, and open_clip has no model {model!r}{similar}; {FORMS}"


def check_encoder(encoder: str) -> None:
    """EncoderError, in one sentence, when the name stands for no encoder. Loads and downloads nothing."""
    for module in ("torch", "torchvision", "open_clip"):
        if find_spec(module) is None:
            raise EncoderError(NOT_INSTALLED.format(module))
    source = find_source(encoder)
    if source.tag and source.tag.lower().replace("-", "_") not in known_tags(source.model):
        known = ", ".join(known_tags(source.model)) or "none"
        raise EncoderError(f"{source.model} has no pretrained weights {source.tag!r}; known ones: {known}")
    if source.tag:
        check_activation(source)


def check_activation(source: Source) -> None:
    """EncoderError when the model's config asks for QuickGELU and the weights of the tag were trained with another
    activation: such vectors look like any others and mean little."""
    from open_clip import get_model_config
    from open_clip.pretrained import get_pretrained_cfg

    if get_model_config(source.model).get("quick_gelu") and not get_pretrained_cfg(
        source.model, source.tag
    ).get("quick_gelu"):
        raise EncoderError(
            f"{source.model} computes QuickGELU and the weights {source.tag} were trained with GELU: they do not fit; "
            f"name the model without -quickgelu"
        )


def encoder_dtype(encoder: str, wanted: str) -> str:
    """float32 or bfloat16: as wanted or, for `auto`, what the folder's config asks for or this processor is quicker
    with."""
    source = find_source(encoder)
    if wanted != AUTO or source.folder is None:
        return chosen_dtype(wanted)
    own = own_settings(source.folder).get("dtype", AUTO)
    if own not in (AUTO, FLOAT32, BFLOAT16):
        raise EncoderError(
            f"{source.folder / CONFIG}: corpus.dtype is neither float32 nor bfloat16 but {own!r}"
        )
    return chosen_dtype(own)


def similarity_bound(encoder: str) -> float | None:
    """The encoder's own bound: a picture whose best cosine is under it is dropped. None: it has none."""
    return own_bound(encoder, "min_similarity", BOUNDS)


def high_similarity(encoder: str) -> float | None:
    """The cosine from which on a pair is a good one with this encoder. None: it has none."""
    return own_bound(encoder, "high_similarity", HIGH_BOUNDS)


def own_bound(encoder: str, key: str, known: Mapping[str, float]) -> float | None:
    """What the folder's config says under `key`, else what is known of the name."""
    source = find_source(encoder)
    if source.folder is None:
        return known.get(encoder)
    bound = own_settings(source.folder).get(key, known.get(encoder))
    if bound is not None and not isinstance(bound, int | float):
        raise EncoderError(f"{source.folder / CONFIG}: corpus.{key} is no number but {bound!r}")
    return None if bound is None else float(bound)
