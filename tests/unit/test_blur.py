import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from corpus.config import Safety, Settings
from corpus.errors import DataError, SettingsError
from corpus.prepare import with_detectors
from corpus.recipes.blurred_faces import with_blurred_faces
from corpus.safety.blur import blurred, px_of
from tests.unit.drawn_faces import drawn_face
from tests.unit.test_pixels import encoded

FACE = {"left": 0.35, "top": 0.27, "width": 0.28, "height": 0.48, "score": 0.9}


def picture_of(data):
    return Image.open(io.BytesIO(data))


def product_row(*pictures):
    return {"document_id": "d", "pictures": [{"content_hash": "ab", **each} for each in pictures]}


@pytest.mark.parametrize("format_", ["PNG", "WEBP", "JPEG"])
def test_a_blurred_picture_keeps_its_format_and_size(format_):
    found = picture_of(blurred(encoded(drawn_face(), format_), [FACE], 10**8))
    assert (found.format, found.size, found.mode) == (format_, (400, 300), "RGB")


def test_only_the_face_is_changed_and_nothing_of_it_is_left():
    drawn = np.asarray(drawn_face()).astype(int)
    found = np.asarray(picture_of(blurred(encoded(drawn_face(), "PNG"), [FACE], 10**8))).astype(int)
    left, top, right, bottom = px_of(FACE, (400, 300))
    outside = np.ones(drawn.shape[:2], bool)
    outside[top:bottom, left:right] = False
    np.testing.assert_array_equal(found[outside], drawn[outside])
    eyes = (slice(125, 148), slice(165, 236))  # dark and white beside each other
    assert np.abs(np.diff(drawn[eyes], axis=1)).max() > 50
    assert np.abs(np.diff(found[eyes], axis=1)).max() < 12


@given(st.tuples(*[st.floats(0, 1)] * 4), st.tuples(st.integers(1, 500), st.integers(1, 500)))
def test_a_box_lies_in_the_picture_and_has_a_pixel(box, size_px):
    left, top, right, bottom = px_of(dict(zip(("left", "top", "width", "height"), box, strict=True)), size_px)
    assert 0 <= left < right <= size_px[0]
    assert 0 <= top < bottom <= size_px[1]


def test_pictures_without_sure_faces_keep_their_bytes():
    data = encoded(drawn_face(), "PNG")
    row = product_row(
        {"faces": None, "bytes": data},
        {"faces": [{**FACE, "score": 0.5}], "bytes": data},
        {"faces": [FACE], "bytes": data},
    )
    (found,) = with_blurred_faces([row], Settings())
    assert [each["bytes"] == data for each in found["pictures"]] == [True, True, False]


def test_a_face_that_cannot_be_blurred_is_not_published():
    row = product_row({"faces": [FACE], "bytes": encoded(drawn_face(), "PNG")[:500]})
    with pytest.raises(DataError, match="faces of picture ab cannot be blurred: truncated"):
        list(with_blurred_faces([row], Settings()))


def test_blurring_without_a_face_detector_is_refused_before_the_build_starts(tmp_path, monkeypatch):
    monkeypatch.setenv("CORPUS_MODELS", str(tmp_path))
    settings = Settings.model_validate({"release": {"blur_faces": True}})
    with pytest.raises(
        SettingsError, match=r"release\.blur_faces needs the detector faces, .* models pull face-yunet"
    ):
        with_detectors(settings)
    with pytest.raises(SettingsError, match="blur_faces"):
        with_detectors(settings.model_copy(update={"safety": Safety(detectors=())}))
