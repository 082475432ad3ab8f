"""`corpus models`: what can be had, getting it, whether what is stored is right, and a face head from a build."""

from __future__ import annotations

import argparse

HELP = "list, pull and verify models: encoders, heads, detectors; train a face head"
ENCODERS = "MODEL/TAG"


def declare(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=("list", "pull", "verify", "train-faces"))
    parser.add_argument(
        "names",
        nargs="*",
        help="models by name; an encoder as MODEL/TAG; none: all that are stored. For train-faces a finished build "
        "that looked for faces",
    )
    parser.add_argument("--to", help="file that train-faces writes: a path or URI")
    parser.add_argument(
        "--store",
        help="folder or object-store prefix; default: the environment variable CORPUS_MODELS, else the user's cache",
    )


def run(options: argparse.Namespace) -> None:
    from corpus.models.store import store_uri

    if options.action == "train-faces":
        train_faces(options.names, options.to)
        return
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


def train_faces(names: list[str], uri: str | None) -> None:
    """Raises InputError and ModelError."""
    from corpus.errors import InputError
    from corpus.look.face_labels import labelled
    from corpus.look.lookup import open_build
    from corpus.safety.face_head import CUT, FIT, TOLD, train, write_face_head

    if len(names) != 1 or uri is None:
        raise InputError("name one finished build and a file: corpus models train-faces OUT --to faces.json")
    stored, settings = open_build(names[0])
    found = labelled(stored, settings.safety.min_face_score, settings.seed)
    head = train(found.vectors, found.has_face, found.parts, found.names)
    write_face_head(head, uri)
    sizes = [int((found.parts == part).sum()) for part in (FIT, CUT, TOLD)]
    print("trained on {:,} pictures, cut on {:,}, judged on {:,}".format(*sizes))
    print(f"labels    {head.detector}, from a score of {settings.safety.min_face_score} on")
    print(f"vectors   of {head.encoder}")
    print(
        f"recall    {head.told.recall:.3f}  of {head.told.n_faces:,} pictures with a face are beyond the cutoff"
    )
    print(f"precision {head.told.precision:.3f}  of the pictures beyond it have one")
    print(f"kept      {head.told.kept:.3f}  of all pictures are not beyond it")
    print(f"cutoff    {head.cutoff:.4f}")
    print(f"use it    --set safety.face_head={uri}")


def stored_encoders(store: str) -> list[str]:
    """MODEL/TAG of the encoders in the store: they alone lie two folders deep."""
    from corpus.models.catalogue import BY_NAME
    from corpus.models.store import stored_files
    from corpus.storage import join, names_in

    models = [name for name in names_in(store) if name not in BY_NAME]
    pairs = [f"{model}/{tag}" for model in models for tag in names_in(join(store, model))]
    return [pair for pair in pairs if stored_files(store, pair)]
