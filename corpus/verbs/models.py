"""`corpus models`: what can be had, getting it, and whether what is stored is right."""

from __future__ import annotations

import argparse

HELP = "list, pull and verify models: encoders, heads, detectors"
ENCODERS = "MODEL/TAG"


def declare(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=("list", "pull", "verify"))
    parser.add_argument(
        "names", nargs="*", help="models by name; an encoder as MODEL/TAG; none: all that are stored"
    )
    parser.add_argument(
        "--store",
        help="folder or object-store prefix; default: the environment variable CORPUS_MODELS, else the user's cache",
    )


def run(options: argparse.Namespace) -> None:
    from corpus.models.store import store_uri

    store = options.store or store_uri()
    {"list": list_models, "pull": pull_models, "verify": verify_models}[options.action](options.names, store)


def list_models(names: list[str], store: str) -> None:
    """One line per model: name, size, licence, whether it is stored, its sha256 and address, what it is for."""
    from corpus.models.catalogue import MODELS
    from corpus.models.store import stored_files

    print(f"store: {store}")
    for model in MODELS:
        if not names or model.name in names:
            n_bytes = sum(file.n_bytes or 0 for file in model.files)
            state = "stored" if stored_files(store, model.name) else "not stored"
            print(f"\n{model.name}  {n_bytes:,} bytes  {model.licence}  {state}\n  {model.purpose}")
            for file in model.files:
                print(f"  {file.sha256 or 'not pinned'}  {file.urls[0]}")
    for name in stored_encoders(store):
        print(f"\n{name}  encoder  stored")
    print(
        f"\n{ENCODERS}  any encoder of open_clip, such as ViT-L-14/openai; not pinned before its first pull"
    )


def pull_models(names: list[str], store: str) -> None:
    from corpus.encode.pairs import encoder_model
    from corpus.errors import ModelError
    from corpus.models.catalogue import BY_NAME
    from corpus.models.pull import pull

    if not names:
        raise ModelError("name the models to pull; `corpus models list` shows them")
    for name in names:
        pull(BY_NAME.get(name) or encoder_model(name), store, print)


def verify_models(names: list[str], store: str) -> None:
    """Look at every byte of the models named, or of all that are stored. Raises ModelError."""
    from corpus.models.catalogue import MODELS
    from corpus.models.store import stored_files, verified_folder

    stored = [model.name for model in MODELS if stored_files(store, model.name)] + stored_encoders(store)
    for name in names or stored:
        folder = verified_folder(store, name)
        print(f"{name}: {len(stored_files(store, name))} file(s) verified in {folder}")
    if not names and not stored:
        print(f"no models in {store}")


def stored_encoders(store: str) -> list[str]:
    """MODEL/TAG of the encoders in the store: they alone lie two folders deep."""
    from corpus.models.catalogue import BY_NAME
    from corpus.models.store import stored_files
    from corpus.storage import join, names_in

    models = [name for name in names_in(store) if name not in BY_NAME]
    pairs = [f"{model}/{tag}" for model in models for tag in names_in(join(store, model))]
    return [pair for pair in pairs if stored_files(store, pair)]
