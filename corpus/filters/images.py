"""Image filters: judged per image reference, before the assignment, because a removed image frees its sentence.

Goes in: a row with `media_type`, `width_px`, `height_px`, `n_documents`, `is_copy`, `nearest_earlier_bits`,
`neighbour_cosine`, `safety_scores`, `nsfw_vote`, `faces`, `has_face`; `picture_signs` may be missing. Comes out:
scores. What is not safe comes first, so that it is dropped by that name.
"""

from __future__ import annotations

from corpus.columns import Row
from corpus.filters.filter import Filter
from corpus.filters.picture_kinds import KIND_FILTERS
from corpus.filters.picture_signs import SIGN_FILTERS

MEDIA_TYPES = ("image/png", "image/jpeg", "image/webp")


def image_nsfw(row: Row) -> float | None:
    """Of the detectors of what is not safe for work that measured the picture, the share, by weight, beyond its own
    safety.*_max; with safety.vote any or all 1 when any or all of them are, else 0."""
    vote = row["nsfw_vote"]
    return None if vote is None else float(vote)


def image_nsfw_head(row: Row) -> float | None:
    """Probability of not safe for work by LAION's head on the encoder's vector."""
    return safety_score(row, "nsfw_head")


def image_nsfw_classifier(row: Row) -> float | None:
    """Probability of porn or hentai by nsfwjs' MobileNet v2."""
    return safety_score(row, "nsfw_classifier")


def image_nsfw_zero_shot(row: Row) -> float | None:
    """Probability of not safe for work by prompts to the encoder."""
    return safety_score(row, "nsfw_zero_shot")


def safety_score(row: Row, name: str) -> float | None:
    return dict(row["safety_scores"]).get(name)


def image_faces(row: Row) -> float | None:
    """Number of faces, of those that the detector is sure of by safety.min_face_score; where safety.face_head looked
    instead, 1 for any beyond safety.face_head_max, else 0."""
    if row["faces"] is None:
        return None if row["has_face"] is None else float(row["has_face"])
    return float(len(row["faces"]))


def image_face_head(row: Row) -> float | None:
    """Probability of a face by safety.face_head on the encoder's vector."""
    return safety_score(row, "face_head")


def image_face_share(row: Row) -> float | None:
    """Share of the picture that the largest face takes, 0 without any."""
    faces = row["faces"]
    return None if faces is None else max((face["width"] * face["height"] for face in faces), default=0.0)


def image_media_type(row: Row) -> float:
    """1 for PNG, JPEG and WebP by the bytes, 0 for anything else."""
    return float(row["media_type"] in MEDIA_TYPES)


def image_side_px(row: Row) -> float:
    """The shorter side, px."""
    return float(min(row["width_px"], row["height_px"]))


def image_aspect(row: Row) -> float:
    """Width over height."""
    return float(row["width_px"] / row["height_px"])


def image_documents(row: Row) -> float:
    """Number of kept pages that show the picture, or one that looks like it."""
    return float(row["n_documents"])


def image_copies(row: Row) -> float:
    """1 when an image kept earlier on the page has the same bytes, else 0."""
    return float(row["is_copy"])


def image_near_copy(row: Row) -> float | None:
    """Bits in which the perceptual hash differs from the nearest image kept earlier on the page; None without one."""
    bits = row["nearest_earlier_bits"]
    return None if bits is None else float(bits)


def image_semantic_copy(row: Row) -> float | None:
    """Cosine of the embedding with that of the likest picture of the corpus that is larger, or as large and of a lesser
    hash; None without one, and where dedup.image_embeddings is off."""
    return None if row["neighbour_cosine"] is None else float(row["neighbour_cosine"])


IMAGE_FILTERS = (
    Filter(
        "image_nsfw", image_nsfw, "mOSCAR, section 3.4: two detectors; their bounds stand in safety.*_max"
    ),
    Filter(
        "image_nsfw_head",
        image_nsfw_head,
        "MMC4, section 3: at most 0.1; no bound, as it votes in image_nsfw",
    ),
    Filter(
        "image_nsfw_classifier",
        image_nsfw_classifier,
        "mOSCAR, section 3.4: at most 0.8; no bound, as it votes",
    ),
    Filter(
        "image_nsfw_zero_shot", image_nsfw_zero_shot, "arXiv 2103.00020, section 3.1.2; no bound, as it votes"
    ),
    Filter("image_faces", image_faces, "MMC4's subset with fewer faces: at most 0; no bound by default"),
    Filter(
        "image_face_head",
        image_face_head,
        "MMC4, section 3: cut where 95 % of the faces are found; no bound, as it makes image_faces",
    ),
    Filter("image_face_share", image_face_share, "none published; no bound by default"),
    Filter("image_media_type", image_media_type, "MMC4, section 3, and WebP as OBELICS, table 3"),
    Filter("image_side_px", image_side_px, "MMC4, section 3: at least 150 px"),
    Filter("image_aspect", image_aspect, "MMC4, section 3: 0.5 to 2"),
    *SIGN_FILTERS,
    *KIND_FILTERS,
    Filter("image_documents", image_documents, "MMC4, section 3, and mOSCAR, section 3.4: at most 10"),
    Filter("image_copies", image_copies, "mOSCAR, section 3.4: the same image once per document"),
    Filter("image_near_copy", image_near_copy, "MMC4, section 3, footnote 9: more than 5 bits apart"),
    Filter(
        "image_semantic_copy",
        image_semantic_copy,
        "SemDeDup (arXiv 2303.09540), section 3.1, with a bound per encoder; 0.95 is of no source",
    ),
)
NSFW_FILTERS = tuple(each.name for each in IMAGE_FILTERS if each.name.startswith("image_nsfw"))
