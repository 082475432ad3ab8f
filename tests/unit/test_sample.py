"""The sample crawl: what its gold says of the bundled file holds, and the file is what its writer makes."""

import io
import json
import zlib
from collections import Counter

import imagehash
import pytest
import trafilatura
from PIL import Image
from warcio.archiveiterator import ArchiveIterator

from corpus.filters.references import URL_WORDS
from corpus.pixels import PictureFault
from demo.captions import LANGUAGES
from demo.page_furniture import EXPECTED
from demo.page_plan import content_page, crowded_page
from demo.page_plants import PLANTS
from demo.page_records import Answer, chunked, compressed, warc_bytes
from demo.pages import LAYOUTS
from demo.precision import same_sentence
from demo.scenes import is_held_out
from demo.write_sample import ENCODED, GOLD, WARC, gold_row, plants_of, varied
from tests.unit.inspected import inspect

MAX_PIXELS = 10**6
N_PAGES = 14


@pytest.fixture(scope="module")
def gold():
    return {row["url"]: row for row in map(json.loads, GOLD.read_text(encoding="utf-8").splitlines())}


@pytest.fixture(scope="module")
def responses():
    """(status, headers, body) of each captured URL, the first capture of each."""
    found = {}
    with WARC.open("rb") as stream:
        for record in ArchiveIterator(stream):
            if record.rec_type == "response":
                http, body = record.http_headers, record.content_stream().read()
                url = record.rec_headers.get_header("WARC-Target-URI")
                found.setdefault(url, (int(http.get_statuscode()), dict(http.headers), body))
    return found


@pytest.fixture(scope="module")
def images(gold):
    return [image for row in gold.values() for image in row["images"]]


@pytest.fixture(scope="module")
def pages():
    """The first pages as the writer makes them now."""
    return [varied(number, content_page(number, plants_of(number))) for number in range(N_PAGES)]


def members(data):
    """Each gzip member of the file as (header, content); content is None where the member is cut."""
    while data:
        inflater = zlib.decompressobj(zlib.MAX_WBITS | 16)
        content = inflater.decompress(data)
        yield data[:10], content if inflater.eof else None
        data = inflater.unused_data


def outcome_of_bytes(body):
    try:
        inspect(body, MAX_PIXELS)
    except PictureFault as fault:
        return fault.outcome
    return "kept"


def hash_of(body):
    return imagehash.phash(Image.open(io.BytesIO(body)).convert("RGB"))


def test_the_bundled_gold_is_what_the_writer_makes_now(gold, pages):
    for page in pages:
        assert gold[page.url] == gold_row(page)


def test_the_bundled_pictures_are_those_the_writer_draws_now(pages, responses):
    answers = [answer for page in pages for shown in page.shown for answer in shown.answers]
    lossless = [answer for answer in answers if answer.content_type == "image/png"]
    assert len(lossless) >= 10
    for answer in lossless:  # the same pixels, whatever release of the codec packed them
        drawn, bundled = (Image.open(io.BytesIO(body)) for body in (answer.body, responses[answer.url][2]))
        assert drawn.convert("RGB").tobytes() == bundled.convert("RGB").tobytes()


def test_the_same_answers_give_the_same_bytes():
    answers = [answer for shown in content_page(4).shown for answer in shown.answers]
    again = [answer for shown in content_page(4).shown for answer in shown.answers]
    assert warc_bytes(answers) == warc_bytes(again)


def test_the_file_is_at_most_three_megabytes():
    assert WARC.stat().st_size <= 3 * 2**20


def test_every_record_is_a_gzip_member_without_a_time_and_only_the_last_is_cut():
    found = list(members(WARC.read_bytes()))
    assert all(header[4:8] == b"\0\0\0\0" for header, _ in found)
    assert [number for number, (_, content) in enumerate(found) if content is None] == [len(found) - 1]
    assert all(content.startswith(b"WARC/1.1\r\n") for _, content in found[:-1])


def test_there_are_responses_requests_and_metadata_after_one_warcinfo_record():
    with WARC.open("rb") as stream:
        kinds = [record.rec_type for record in ArchiveIterator(stream)]
    assert kinds[0] == "warcinfo"
    assert set(kinds[1:]) == {"response", "request", "metadata"}


def test_all_scenes_are_kept_from_training(pages):
    assert all(is_held_out(shown.drawing.scene) for page in pages for shown in page.shown)


def test_every_language_and_layout_is_there(gold):
    assert {row["language"] for row in gold.values()} == set(LANGUAGES)
    assert {row["layout"] for row in gold.values()} == set(LAYOUTS)
    assert len(gold) >= 60


def test_pages_show_three_to_seven_content_images(gold):
    n_images = Counter(len(row["images"]) for row in gold.values() if row["images"])
    assert min(n_images) == 3
    assert max(n_images) <= 8  # a page of seven may show one of them twice


def test_every_plant_and_kind_of_furniture_is_in_the_gold(gold, images):
    assert {image["planted"] for image in images} == {None, *PLANTS}
    assert {other["kind"] for row in gold.values() for other in row["others"]} == set(EXPECTED)


def test_each_content_image_has_exactly_one_right_sentence(pages):
    for page in pages:
        text = [sentence for unit in page.units for sentence in unit.sentences]
        assert {text.count(shown.sentence) for shown in page.shown} == {1}
        originals = [
            shown for shown in page.shown if shown.expected not in ("image_near_copy", "image_copies")
        ]
        assert len({shown.sentence for shown in originals}) == len(originals)


def test_one_page_has_more_images_than_sentences(gold):
    page = crowded_page(54)
    assert len(page.shown) > sum(len(unit.sentences) for unit in page.units)
    assert gold[page.url]["planted"] == ["more images than sentences"]


def test_extraction_keeps_nearly_every_right_sentence(gold, responses):
    lost = Counter()
    whole = [row for row in gold.values() if row["images"] and row["expected"] == "kept"]
    for row in whole:
        text = trafilatura.extract(responses[row["url"]][2], include_comments=False, include_tables=True)
        lost[False] += sum(same_sentence(text, image["sentence"]) for image in row["images"])
        lost[True] += sum(not same_sentence(text, image["sentence"]) for image in row["images"])
    assert lost[True] <= 0.02 * lost.total()


def test_page_order_is_a_hint_and_no_more(pages):
    hits = n_images = 0
    for page in pages:
        last = ""
        for unit in page.units:
            hits += sum(shown.sentence == last for shown in unit.before)
            last = unit.sentences[-1]
            hits += sum(shown.sentence == last for shown in unit.after)
        hits += sum(shown.sentence == last for shown in page.gallery)
        n_images += len(page.shown)
    assert 0.35 < hits / n_images < 0.6


def test_bytes_give_the_outcome_that_the_gold_expects(images, responses):
    by_bytes = {"truncated", "not_an_image", "kept", "image_near_copy", "image_copies", "image_media_type"}
    for image in images:
        if image["expected"] in by_bytes and image["planted"] != "redirect":
            status, _, body = responses[image["url"]]
            undecodable = image["expected"] in ("truncated", "not_an_image")
            assert (status, outcome_of_bytes(body)) == (200, image["expected"] if undecodable else "kept")


def test_missing_images_are_missing_in_the_way_the_gold_says(images, responses):
    by_plant = {image["planted"]: image["url"] for image in images}
    assert by_plant["never_captured"] not in responses
    assert [responses[by_plant[name]][0] for name in ("not_found", "stand_in")] == [404, 404]
    assert responses[by_plant["empty"]][2] == b""
    assert "noimageai" in responses[by_plant["opted_out"]][1]["X-Robots-Tag"]


def test_redirects_lead_to_a_captured_picture(images, responses):
    urls = [image["url"] for image in images if image["planted"] == "redirect"]
    assert len(urls) == 2
    for url in urls:
        status, headers, _ = responses[url]
        assert status == 301
        assert outcome_of_bytes(responses[headers["Location"]][2]) == "kept"


@pytest.mark.parametrize(("planted", "same_file"), [("near_copy", False), ("same_bytes", True)])
def test_copies_are_what_they_are_called(gold, responses, planted, same_file):
    pages = [row for row in gold.values() if any(image["planted"] == planted for image in row["images"])]
    assert pages
    for row in pages:
        one, other = (responses[i["url"]][2] for i in row["images"] if i["planted"] == planted)
        assert (one == other) is same_file
        assert hash_of(one) - hash_of(other) <= 5


def test_other_pictures_of_a_page_are_no_near_copies(gold, responses):
    for row in list(gold.values())[:20]:
        kept = [i["url"] for i in row["images"] if i["expected"] == "kept" and i["planted"] != "redirect"]
        hashes = [hash_of(responses[url][2]) for url in kept]
        assert all(one - other > 5 for i, one in enumerate(hashes) for other in hashes[:i])


def test_only_logos_have_the_words_of_the_url_filter(gold, images):
    urls = {other["url"]: other["expected"] for row in gold.values() for other in row["others"]}
    urls |= {url: image["expected"] for image in images for url in (image["url"], *image["also"])}
    for url, expected in urls.items():
        assert any(word in url for word in URL_WORDS) is (expected == "image_url_words"), url


def test_the_shared_photo_is_on_more_than_ten_pages(gold):
    kept = [row for row in gold.values() if row["expected"] == "kept"]
    assert sum(any(other["kind"] == "shared_photo" for other in row["others"]) for row in kept) > 10


def test_a_page_is_captured_again_and_another_has_a_mirror(gold, responses):
    with WARC.open("rb") as stream:
        urls = Counter(record.rec_headers.get_header("WARC-Target-URI") for record in ArchiveIterator(stream))
    twice = [url for url, row in gold.items() if row["planted"] == ["captured twice"]]
    assert [urls[url] >= 2 for url in twice] == [True]
    mirror = next(url for url, row in gold.items() if row["expected"] == "page_text_copies")
    assert responses[mirror][2] == responses[mirror.replace("/print/", "/2024/")][2]


@pytest.mark.parametrize("number", ENCODED)
def test_old_encodings_are_declared_where_the_gold_says(gold, responses, number):
    charset, in_meta = ENCODED[number]
    page = varied(number, content_page(number))
    _, headers, body = responses[page.url]
    assert (f"charset={charset}" in headers["Content-Type"]) is not in_meta
    assert (f'<meta charset="{charset}">'.encode() in body) is in_meta
    assert page.units[0].sentences[0] in body.decode(charset).replace("&amp;", "&")


def test_every_content_image_that_should_be_kept_is_named_in_its_page(gold, responses):
    for row in gold.values():
        if row["images"] and row["expected"] == "kept":
            html = responses[row["url"]][2]
            for image in row["images"]:
                name = image["url"].rpartition("/")[2].replace("&", "&amp;")
                assert f'{name}"'.encode() in html or f"{name} ".encode() in html


def test_chunks_and_compression_are_undone_by_a_reader():
    answer = Answer("https://a.example/", b"<html>" + b"x" * 5000, "text/html")
    with io.BytesIO(warc_bytes([compressed(answer), answer])) as stream:
        bodies = [r.content_stream().read() for r in ArchiveIterator(stream) if r.rec_type == "response"]
    assert bodies[0] == answer.body


def test_chunks_state_their_length_in_hexadecimal():
    assert chunked(b"a" * 1001) == b"3e8\r\n" + b"a" * 1000 + b"\r\n1\r\na\r\n0\r\n\r\n"
