"""Lists of pictures that are never kept, from the file to the row of `images`."""

import hashlib

import numpy as np
import pytest
from PIL import Image, ImageDraw

from corpus.config import Safety
from corpus.errors import SettingsError
from corpus.fetch.opt_outs import OptOuts
from corpus.fetch.outcomes import Fetched
from corpus.overrides import settings_from
from corpus.recipes.held_back import held_back
from corpus.recipes.images import image_rows
from corpus.safety.block_lists import BlockLists, parse, pdq_hash, read_block_lists
from tests.unit.test_pixels import encoded

SETTINGS = settings_from({})


def scene(seed):
    """A picture with enough in it for its PDQ to mean something."""
    rng = np.random.default_rng(seed)
    picture = Image.new("RGB", (320, 240), tuple(rng.integers(0, 256, 3)))
    draw = ImageDraw.Draw(picture)
    for _ in range(40):
        x, y, side = rng.integers(0, 320), rng.integers(0, 240), rng.integers(10, 90)
        draw.rectangle((x, y, x + side, y + side), tuple(rng.integers(0, 256, 3)))
    return picture


def got(*bodies):
    """Rows of `images` for these bytes, before a list is asked."""
    fetched = [
        Fetched(str(at), f"https://a.example/{at}", "kept", body=body) for at, body in enumerate(bodies)
    ]
    return list(image_rows(fetched, "archive", SETTINGS.fetch, OptOuts()))


def lists(tmp_path, **texts):
    named = {}
    for kind, text in texts.items():
        (tmp_path / kind).write_text(text)
        named[f"blocked_{kind}"] = str(tmp_path / kind)
    return read_block_lists(Safety(**named))


def told(rows, listed):
    return [(row["outcome"], row["fault"]) for row in held_back(rows, listed, SETTINGS.fetch)]


def test_bytes_on_the_list_leave_a_row_with_their_hash_and_no_picture(tmp_path):
    one, other = encoded(scene(1), "PNG"), encoded(scene(2), "PNG")
    digest = hashlib.sha256(one).hexdigest()
    listed = lists(tmp_path, sha256=f"# from the hotline\n{'0' * 64}\n{digest.upper()},case 7\n")
    blocked, kept = held_back(got(one, other), listed, SETTINGS.fetch)
    assert (blocked["outcome"], blocked["bytes"]) == ("blocked", None)
    assert blocked["content_hash"] == digest
    assert blocked["fault"] == f"sha256 of {tmp_path / 'sha256'}, line 3"
    assert one not in [value for value in blocked.values() if isinstance(value, bytes)]
    assert (kept["outcome"], kept["bytes"]) == ("kept", other)


def test_a_picture_is_found_by_its_perceptual_hash_within_the_distance_and_not_beyond(tmp_path):
    (row,) = got(encoded(scene(1), "PNG"))
    digest = int(row["perceptual_hash"], 16)
    near, far = f"{digest ^ 0b1111:016x}", f"{digest ^ 0b11111:016x}"
    place = tmp_path / "phash"
    assert told([row], lists(tmp_path, phash=far)) == [("kept", None)]
    assert told([row], lists(tmp_path, phash=f"{far}\n{near}")) == [
        ("blocked", f"phash of {place}, line 2, 4 bits apart")
    ]


def test_pdq_finds_a_picture_that_was_made_smaller_and_compressed_anew_but_not_another(tmp_path):
    listed = lists(tmp_path, pdq=f"{pdq_hash(scene(1))}, 100")
    smaller = encoded(scene(1).resize((200, 150)), "JPEG", quality=60)
    (found, reason), other = told(got(smaller, encoded(scene(2), "PNG")), listed)
    assert found == "blocked"
    assert reason.startswith(f"pdq of {tmp_path / 'pdq'}, line 1, ")
    assert other == ("kept", None)


def test_pdq_says_nothing_of_a_flat_picture():
    assert pdq_hash(Image.new("RGB", (200, 200), (90, 90, 90))) is None
    assert len(pdq_hash(scene(1))) == 64


def test_a_picture_whose_comparison_fails_is_not_kept(tmp_path, monkeypatch):
    def exhausted(data, max_pixels):
        raise MemoryError

    rows, listed = got(encoded(scene(1), "PNG")), lists(tmp_path, pdq="0" * 64)
    monkeypatch.setattr("corpus.recipes.held_back.pdq_of", exhausted)
    (lost,) = held_back(rows, listed, SETTINGS.fetch)
    assert (lost["outcome"], lost["bytes"]) == ("out_of_memory", None)


def test_rows_of_earlier_builds_are_held_back_too(tmp_path):
    row = {
        "content_hash": "ab" * 32,
        "perceptual_hash": "0" * 16,
        "outcome": "kept",
        "fault": None,
        "bytes": b"x",
    }
    assert told([row], lists(tmp_path, sha256="ab" * 32))[0][0] == "blocked"
    assert told([row], lists(tmp_path, phash="0" * 15 + "1"))[0][0] == "blocked"


def test_rows_without_a_picture_pass_as_they_are(tmp_path):
    row = {
        "content_hash": None,
        "perceptual_hash": None,
        "outcome": "http_error",
        "fault": "404",
        "bytes": None,
    }
    assert told([row], lists(tmp_path, sha256="ab" * 32, phash="0" * 16, pdq="0" * 64)) == [
        ("http_error", "404")
    ]
    assert list(held_back([row], BlockLists(), SETTINGS.fetch)) == [row]


def test_an_empty_list_blocks_nothing_and_has_an_identity(tmp_path):
    listed = lists(tmp_path, phash="# none yet\n", pdq="", sha256="")
    assert told(got(encoded(scene(1), "PNG")), listed) == [("kept", None)]
    assert len(listed.identity) == 16
    assert read_block_lists(Safety()).identity == ""


def test_the_identity_changes_with_the_text_and_the_distance(tmp_path):
    place = tmp_path / "list"
    place.write_text("0" * 16)
    found = {
        read_block_lists(Safety(blocked_phash=str(place), blocked_phash_bits=bits)).identity
        for bits in (3, 4)
    }
    place.write_text("1" * 16)
    found.add(read_block_lists(Safety(blocked_phash=str(place))).identity)
    assert len(found) == 3


@pytest.mark.parametrize(("kind", "line"), [("sha256", "ab" * 16), ("phash", "g" * 16), ("pdq", "ab, " * 32)])
def test_a_line_without_a_hash_of_its_kind_ends_the_build_before_it_starts(kind, line):
    with pytest.raises(SettingsError, match=rf"blocked_{kind}: list, line 2 does not begin with"):
        parse(kind, f"\n{line}\n".encode(), "list")


def test_a_list_that_is_not_there_ends_the_build_before_it_starts(tmp_path):
    with pytest.raises(SettingsError, match=r"safety\.blocked_pdq: there is no file"):
        read_block_lists(Safety(blocked_pdq=str(tmp_path / "nothing")))
