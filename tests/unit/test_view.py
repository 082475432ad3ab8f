import socket
import struct
import sys
import threading
from dataclasses import replace

import pytest

from corpus.columns import KEPT
from corpus.look.lookup import open_build
from corpus.overrides import settings_from
from corpus.view import server
from corpus.view.index import Question, count, groups, pages
from corpus.view.page import fused_on_page
from corpus.view.reading import Site, read_all
from corpus.view.search import pages_with
from corpus.view.site import Response, look_at, respond
from tests.unit.drawn_build import content, draw_build
from tests.unit.drawn_pages import COPY, HOSTILE, LAKES, PAGES, DrawnImage, DrawnPage
from tests.unit.written_build import CHUNK, write_build

SETTINGS = settings_from({"align": {"min_similarity": 0.15}})
LAKES_ID, COPY_ID = f"{0:032x}", f"{4:032x}"


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    folder = tmp_path_factory.mktemp("build")
    write_build(folder, draw_build(PAGES), SETTINGS)
    return folder


@pytest.fixture(scope="module")
def site(out):
    return read_site(out)


def read_site(*folders):
    site = Site(*(look_at(str(folder)) for folder in folders))
    read_all(site)
    assert site.fault == ""
    return site


def titles(index, **question):
    return [row["title"] for row in pages(index, Question(**question), 0, 50)]


def text_of(site, target):
    response = respond(site, target)
    assert (response.status, response.media_type) == (200, "text/html")
    return response.body.decode()


def test_every_page_is_listed_once_whatever_became_of_it(site):
    assert count(site.build.index, Question()) == len(PAGES)
    assert titles(site.build.index) == [page.title for page in PAGES]
    assert dict(groups(site.build.index, "outcome")) == {
        "kept": 4,
        "page_text_copies": 1,
        "deadline": 1,
        "document_images": 1,
    }


def test_pages_are_found_by_outcome_language_and_text_in_any_case(site):
    index = site.build.index
    assert titles(index, outcome="page_text_copies") == [COPY.title]
    assert count(index, Question(language="en")) == 4
    assert count(index, Question(language="none")) == 1
    assert titles(index, text="AROUND the") == [LAKES.title]
    assert titles(index, text="%") == []


def test_pages_are_found_by_tier_and_wear_it(tmp_path):
    build = draw_build(PAGES)
    build.rows["document_decisions"][0] |= {"in_core": True, "in_ff": None, "in_core_ff": None}
    write_build(tmp_path, build, SETTINGS)
    site = read_site(tmp_path)
    assert titles(site.build.index, tier="core") == [LAKES.title]
    assert count(site.build.index, Question(tier="ff")) == 0
    assert '<option value="core" selected>core (1)</option>' in text_of(site, "/?tier=core")
    assert '<span class="badge kept" title="tier">core</span>' in text_of(site, f"/page/{LAKES_ID}")
    assert 'title="tier"' not in text_of(site, f"/page/{COPY_ID}")


def test_a_sort_puts_pages_without_a_value_last_in_either_direction(site):
    for descending in (False, True):
        found = pages(site.build.index, Question(sort="page_text_copies", descending=descending), 0, 50)
        values = [row["sorted_by"] for row in found]
        assert values[-1] is None
        measured = [value for value in values if value is not None]
        assert measured == sorted(measured, reverse=descending)
        assert len(measured) == 6


def test_a_text_is_found_in_the_sentences_of_kept_and_dropped_pages(out):
    stored, _ = open_build(str(out))
    assert pages_with(stored, "BEFORE sunrise") == (LAKES_ID, COPY_ID)
    assert pages_with(stored, "nowhere to be found") == ()


def test_a_kept_page_shows_its_pictures_at_their_sentences_and_the_dropped_ones(site):
    html = text_of(site, f"/page/{LAKES_ID}")
    assert html.count('class="figure"') == 2
    assert html.count('class="figure dropped"') == 3
    before, _, after = html.partition("The path climbs through birches.")
    assert 'alt="The path"' in before
    assert 'alt="The ridge"' in after
    assert "3 dropped pictures" in html


def test_a_dropped_page_is_as_easy_to_open_and_says_what_dropped_it(site):
    html = text_of(site, f"/page/{COPY_ID}")
    assert "We set out before sunrise." in html
    assert "1, but 0 or less passes" in html.replace("\n", " ")
    assert f'href="/page/{LAKES_ID}"' in html


def test_personal_data_is_a_placeholder_wherever_a_page_shows_it_kept_or_dropped(tmp_path):
    mail = "Mail anna@example.org now."
    page = DrawnPage(
        "https://a.example.org/", mail, "en", [("paragraph", [mail, mail])], [DrawnImage(mail, 0)], "no_text"
    )
    build = draw_build([replace(page, fate=KEPT), page])
    build.rows["block_decisions"][0]["sentences"] = [
        {"outcome": KEPT, "text": "Mail <EMAIL> now."},
        {"outcome": "block_notices", "text": None},
    ]
    for row in build.rows["documents"]:
        row["image_references"][0] |= {"title": mail, "caption": mail}
    write_build(tmp_path, build, SETTINGS)
    site = read_site(tmp_path)
    for target in ("/", f"/page/{0:032x}", f"/page/{1:032x}"):
        html = text_of(site, target)
        assert "anna" not in html
        assert "Mail &lt;EMAIL&gt; now." in html


def test_text_of_hostile_pages_is_text(site):
    html = text_of(site, f"/page/{3:032x}") + text_of(site, "/")
    assert HOSTILE.title.replace("\x00", "") not in html
    assert "<img src=x" not in html
    assert 'href="javascript:' not in html
    assert "{{ 7 * 7 }}" in html


def test_a_picture_is_served_as_it_was_kept_and_nothing_else(site):
    data, digest = content(LAKES, 0)
    response = respond(site, f"/picture/{CHUNK}/{digest}")
    assert (response.status, response.body) == (200, data)
    for target in (
        f"/picture/{CHUNK}/{'0' * 64}",
        f"/picture/c9/{digest}",
        "/picture/../build.json",
        "/build.json",
    ):
        assert respond(site, target).status == 404


@pytest.mark.parametrize(
    "target",
    [
        "/?sort=nothing&first=x",
        "/?first=99999999999",
        "/?text=%00%27%22--",
        "/?outcome=%27%20OR%201=1",
        "/page/x",
        "//",
        "/?%ff",
    ],
)
def test_a_senseless_request_is_answered(site, target):
    assert respond(site, target).status in (200, 404)


def test_who_leaves_before_the_answer_leaves_no_trace(site, monkeypatch):
    asked, left, over = (threading.Event() for _ in range(3))

    def late(*_):
        asked.set()
        assert left.wait(30)
        return Response(200, "text/plain", bytes(2**24))

    monkeypatch.setattr(server, "answer", late)
    with server.serve(site, 0) as running:
        faults = []
        running.handle_error = lambda *_: faults.append(sys.exception())
        running.shutdown_request = lambda request: (request.close(), over.set())
        threading.Thread(target=running.serve_forever, daemon=True).start()
        with socket.create_connection(running.server_address) as reader:
            reader.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            reader.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert asked.wait(30)
        left.set()
        assert over.wait(30)
        running.shutdown()
    assert faults == []


def test_a_bound_is_tried_without_changing_anything(site):
    html = text_of(site, "/scores?document_images.min=2")
    assert "instead of 5" in html
    assert "--set filters.document_images.min=2" in html
    assert "least" in text_of(site, "/scores?document_images.min=x")
    assert "instead of" not in text_of(site, "/scores")


def test_what_another_build_decided_otherwise_is_marked(out, tmp_path, site):
    other = [
        LAKES,
        *PAGES[1:4],
        DrawnPage(COPY.url, COPY.title, "en", COPY.blocks, [DrawnImage("x", 1, 1)]),
        *PAGES[5:],
    ]
    write_build(tmp_path, draw_build(other), SETTINGS)
    both = read_site(out, tmp_path)
    assert titles(both.build.index, changed=True) == [COPY.title]
    html = text_of(both, f"/page/{COPY_ID}?compare=1")
    assert html.count('class="reading') == 2
    assert "changed" in html


def test_the_fused_place_is_counted_on_the_page_with_dropped_and_far_sentences():
    infos = [
        {"dom_index": 0, "fused_text_index": 1},
        {"dom_index": 4, "fused_text_index": None},
        {"dom_index": 5},
    ]
    product = {"far_sentences": [1], "image_info": infos}
    assert fused_on_page(product, [0, 2, 3, 7]) == {0: 3, 4: None, 5: None}
