"""What people are shown of pictures that are not safe for work, and of those on a block list."""

import pytest

from corpus.look.documents_shown import show_documents
from corpus.look.image_examples import image_reasons
from corpus.look.unsafe import is_unsafe
from corpus.overrides import settings_from
from corpus.view.reading import Site
from corpus.view.site import look_at, respond
from tests.unit.drawn_build import content, draw_build
from tests.unit.drawn_pages import LAKES, PAGES
from tests.unit.written_build import CHUNK, write_build

SETTINGS = settings_from({"align": {"min_similarity": 0.15}})
LAKES_ID = f"{0:032x}"
UNSAFE_DATA, UNSAFE = content(LAKES, 0)
_, BLOCKED = content(LAKES, 1)


def drawn():
    """A build in which the first picture of LAKES is not safe for work and the second is on a block list."""
    build = draw_build(PAGES)
    build.rows["image_safety"] = [
        {
            "content_hash": row["content_hash"],
            "scores": [("nsfw_head", 0.9 if row["content_hash"] == UNSAFE else 0.01)],
            "faces": None,
            "measured_by": "nsfw_head: by hand",
        }
        for row in build.rows["image_contents"]
        if row["content_hash"] != BLOCKED
    ]
    for row in build.rows["image_decisions"]:
        if row["content_hash"] == UNSAFE:
            row |= {"outcome": "image_nsfw", "scores": [("image_nsfw", 1.0), ("image_nsfw_head", 0.9)]}
        if row["content_hash"] == BLOCKED:
            row |= {"outcome": "blocked", "scores": [], "content_chunk": None}
    for row in build.rows["images"]:
        if row["content_hash"] == BLOCKED:
            row |= {"outcome": "blocked", "bytes": None, "fault": "sha256 of list, line 1"}
    return build


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folders = [tmp_path_factory.mktemp(name) for name in ("build", "other")]
    write_build(folders[0], drawn(), SETTINGS)
    write_build(folders[1], draw_build(PAGES), SETTINGS)
    return Site(*(look_at(str(folder)) for folder in folders))


def test_a_picture_is_unsafe_by_the_vote_or_by_a_bound_on_one_detector():
    scores = [("nsfw_head", 0.2), ("nsfw_classifier", 0.1)]
    assert not is_unsafe(scores, SETTINGS)
    assert is_unsafe([("nsfw_head", 0.2)], SETTINGS)
    assert is_unsafe(scores, settings_from({"safety": {"vote": "any"}}))
    assert is_unsafe(scores, settings_from({"filters": {"image_nsfw_head": {"max": 0.1}}}))
    assert not is_unsafe([], SETTINGS)


def test_a_picture_that_an_opened_bound_keeps_is_still_not_shown_unasked():
    opened = settings_from({"filters": {"image_nsfw": {"max": 1}}})
    assert is_unsafe([("nsfw_head", 0.2)], opened)
    kept = draw_build(PAGES)
    kept.rows["image_safety"] = drawn().rows["image_safety"]
    (document,) = show_documents(kept, [LAKES_ID], opened)
    pictures = [picture for block in document.blocks for each in block.sentences for picture in each.pictures]
    assert [picture.thumbnail is None for picture in pictures] == [
        picture.info["content_hash"] == UNSAFE for picture in pictures
    ]
    assert UNSAFE in [picture.info["content_hash"] for picture in pictures]


def test_an_unsafe_picture_is_served_only_when_it_is_asked_for_as_such(site):
    target = f"/picture/{CHUNK}/{UNSAFE}"
    assert (respond(site, target).status, respond(site, target).body) == (
        403,
        b"this picture is not safe for work",
    )
    assert respond(site, f"{target}?unsafe=1").body == UNSAFE_DATA


def test_a_page_shows_no_unsafe_picture_before_its_button_is_pressed(site):
    html = respond(site, f"/page/{LAKES_ID}").body.decode()
    assert f'data-unsafe="/picture/{CHUNK}/{UNSAFE}?unsafe=1" src="data:,"' in html
    assert f'src="/picture/{CHUNK}/{UNSAFE}"' not in html
    assert '<button id="unsafe" aria-pressed="false" title="key u">1 not safe for work' in html


def test_a_blocked_picture_is_never_served_not_even_from_the_build_beside(site):
    for target in (f"/picture/{CHUNK}/{BLOCKED}", f"/picture/{CHUNK}/{BLOCKED}?unsafe=1"):
        assert respond(site, target).status == 404
    assert respond(Site(site.other), f"/picture/{CHUNK}/{BLOCKED}").status == 200


def test_nothing_on_a_page_leads_to_a_blocked_picture(site):
    html = respond(site, f"/page/{LAKES_ID}").body.decode()
    assert "picture-1.png" not in html
    assert BLOCKED not in html
    assert ">blocked</span>" in html


def test_the_report_shows_no_unsafe_picture_and_no_example_of_a_blocked_one():
    reasons = {reason.outcome: reason for reason in image_reasons(drawn(), SETTINGS)}
    assert [example.thumbnail for example in reasons["image_nsfw"].examples] == [None]
    assert "blocked" not in reasons
    assert any(example.thumbnail for each in reasons.values() for example in each.examples)
