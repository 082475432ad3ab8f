"""Detectors by name: which can run here, and what each is known by.

Goes in: the names in the settings and the encoder. Comes out: the names of those that run, why the others do not, and
an identity that changes with whatever could change a score. Nothing is loaded here.
"""

from __future__ import annotations

from collections.abc import Sequence

from corpus.errors import SettingsError
from corpus.models.catalogue import BY_NAME
from corpus.models.store import is_stored, model_folder
from corpus.safety import zero_shot
from corpus.safety.clip_head import HEADS
from corpus.safety.session import lacking

HEAD, CLASSIFIER, ZERO_SHOT, FACES = "nsfw_head", "nsfw_classifier", "nsfw_zero_shot", "faces"
DETECTORS = (HEAD, CLASSIFIER, ZERO_SHOT, FACES)
NSFW = (HEAD, CLASSIFIER, ZERO_SHOT)
FACE_HEAD = "face_head"
"""Judges in place of FACES where safety.face_head names its weights."""
OF_PIXELS = frozenset({CLASSIFIER, FACES})
REVISION = 1
"""Goes up when the same models give other scores."""
MODELS = {CLASSIFIER: "nsfwjs-mobilenet-v2", FACES: "face-yunet"}
DEMO = "demo"


def model_of(detector: str, encoder: str) -> str | None:
    """The model of the catalogue that a detector runs, None when it needs none or has none for the encoder."""
    return HEADS.get(encoder) if detector == HEAD else MODELS.get(detector)


def hindrance(detector: str, encoder: str) -> str | None:
    """Why a detector cannot run here, with what to do; None when it can."""
    model = model_of(detector, encoder)
    if detector == HEAD and model is None:
        return f"it reads vectors of ViT-B-32/openai and ViT-L-14/openai, not those of {encoder}"
    if detector == ZERO_SHOT:
        return "the demo encoder knows drawn scenes only" if encoder == DEMO else None
    if detector in OF_PIXELS and (package := lacking()):
        return f"{package} is not installed: pip install 'interleaved-corpus[safety]'"
    if model and not is_stored(model):
        return f"its model is not there: corpus models pull {model}"
    return None


def running(wanted: Sequence[str] | None, encoder: str) -> tuple[str, ...]:
    """The detectors that run: those wanted, or, without any wish, those with a model in the store. SettingsError for a
    wanted one that cannot, ModelError for a model that is damaged."""
    able = [name for name in DETECTORS if name != ZERO_SHOT and hindrance(name, encoder) is None]
    for name in wanted or ():
        if reason := hindrance(name, encoder):
            raise SettingsError(f"safety.detectors: {name} cannot run: {reason}")
    names = tuple(name for name in DETECTORS if name in (able if wanted is None else wanted))
    for name in names:
        if model := model_of(name, encoder):
            model_folder(model)
    return names


def absent(detectors: Sequence[str], encoder: str) -> dict[str, str]:
    """Why each of the other detectors does not run."""
    return {
        name: hindrance(name, encoder) or "it is not named in safety.detectors"
        for name in DETECTORS
        if name not in detectors
    }


def identity(detector: str, encoder: str, encoder_identity: str) -> str:
    """Name, model with the beginning of its files' hashes, and the encoder where its vectors are read."""
    if detector == ZERO_SHOT:
        return f"{detector}: prompts {zero_shot.REVISION} by {encoder_identity}"
    model = model_of(detector, encoder)
    files = "+".join((file.sha256 or "")[:12] for file in BY_NAME[model].files) if model else ""
    of = f" on {encoder_identity}" if detector == HEAD else ""
    return f"{detector}: {model}@{files}, revision {REVISION}{of}"


def identities(detectors: Sequence[str], encoder: str, encoder_identity: str) -> str:
    """Those of all detectors, one a line; empty without any."""
    return "\n".join(identity(name, encoder, encoder_identity) for name in detectors)
