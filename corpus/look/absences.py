"""Which scores of safety a build has not measured, why, and which rules therefore did not run.

Goes in: the settings of a build. Comes out: sentences, none when everything was measured.
"""

from __future__ import annotations

from collections.abc import Iterator

from corpus.config import Settings
from corpus.safety.detectors import FACES, NSFW, absent

OF_ALL = "image_nsfw and document_unsafe_images"


def absences(settings: Settings) -> list[str]:
    """One sentence per detector that did not run, then one when no picture was judged at all."""
    detectors = settings.safety.detectors or ()
    lacking = absent(detectors, settings.encode.encoder)
    if settings.safety.face_head and FACES in lacking:
        lacking[FACES] = f"{settings.safety.face_head} judges in its place"
    lines = [
        f"{name} was not measured ({why}): {rules(name, settings)} did not run"
        for name, why in lacking.items()
    ]
    return [*lines, *unjudged(detectors)]


def rules(detector: str, settings: Settings) -> str:
    """The filters that read the scores of one detector alone."""
    if detector != FACES:
        return f"image_{detector}"
    return "image_face_share" if settings.safety.face_head else "image_faces and image_face_share"


def unjudged(detectors: tuple[str, ...]) -> Iterator[str]:
    if not set(NSFW).intersection(detectors):
        yield f"no picture was judged for being safe for work: {OF_ALL} did not run"
