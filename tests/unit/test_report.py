import base64
import io
import random
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image

from corpus.look.documents_shown import MAX_SENTENCES, choose_documents, show_documents
from corpus.look.examples import EXAMPLES, page_reasons
from corpus.look.figures import figures, measure_documents
from corpus.look.filter_groups import filter_groups
from corpus.look.funnel import check_funnel, funnel_table
from corpus.look.image_examples import image_reasons, unmatched_reasons
from corpus.look.page_groups import page_groups
from corpus.look.pictures import heat_map, thumbnail
from corpus.look.report import BuildFacts, render_report
from corpus.look.scores import bounds_of
from corpus.look.tallies import part_tallies
from corpus.overrides import settings_from
from tests.unit.drawn_build import FILE, draw_build, parts_of
from tests.unit.drawn_pages import LAKES, PAGES, PICTURELESS, DrawnImage, DrawnPage

SETTINGS = settings_from({"align": {"min_similarity": 0.15}, "warc": {"crawl": "CC-MAIN-2024-33"}})
MAX_PIXELS = 10**7


class Page(HTMLParser):
    """Elements, links and text of an HTML page in the order in which they stand."""

    def __init__(self, html):
        super().__init__()
        self.elements, self.flow = [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self.flow.append(f"<{tag} {dict(attrs).get('class', '')}>")

    def handle_data(self, data):
        if data.strip():
            self.flow.append(data.strip())

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


def report_on(build, settings=SETTINGS):
    tallies = list(part_tallies(parts_of(build)))
    check_funnel(tallies)
    facts = BuildFacts(
        [FILE],
        settings,
        "9f3ab2c41d07",
        "demo/2f6c1a9b",
        funnel_table(tallies, {"images": 3.0}),
        page_groups([build]),
        filter_groups([build], bounds_of(settings)),
    )
    return render_report(build, facts)


@pytest.fixture(scope="module")
def build():
    return draw_build(PAGES)


@pytest.fixture(scope="module")
def html(build):
    return report_on(build)


@pytest.fixture(scope="module")
def page(html):
    return Page(html)


def test_the_page_needs_no_other_file_and_runs_nothing(page):
    assert {tag for tag, _ in page.elements}.isdisjoint(
        {"script", "link", "iframe", "object", "form", "base"}
    )
    assert all(attributes["src"].startswith("data:image/webp;base64,") for attributes in page.all("img"))
    assert all(attributes["href"].startswith("data:image/png;base64,") for attributes in page.all("image"))
    assert not [name for _, attributes in page.elements for name in attributes if name.startswith("on")]
    policy = next(each["content"] for each in page.all("meta") if each.get("http-equiv"))
    assert policy.startswith("default-src 'none'; img-src data:;")


def test_only_web_addresses_become_links_and_none_passes_on_where_it_was_followed(page):
    links = [each for each in page.all("a") if not each["href"].startswith("#")]
    assert LAKES.url in {each["href"] for each in links}
    assert all(each["href"].startswith(("https://", "http://")) for each in links)
    assert {each["rel"] for each in links} == {"noreferrer noopener nofollow"}
    assert "javascript:alert(6)" in page.flow


def test_hostile_titles_texts_and_alt_texts_are_shown_as_text(html, page):
    assert "</title><script>alert(2)</script>\N{REPLACEMENT CHARACTER}" in page.flow
    assert "{{ 7 * 7 }}" in page.flow
    assert '" onload="alert(4)' in {each["alt"] for each in page.all("img")}
    assert "<script" not in html.lower()
    assert "\x00" not in html


def test_every_picture_has_an_alternative_text(page):
    assert all(each["alt"] for each in page.all("img"))


def test_a_picture_stands_at_its_matched_sentence_with_its_scores(page):
    at = page.flow.index("The path climbs through birches.")
    before = page.flow[:at]
    figure = len(before) - 1 - before[::-1].index("<span figure>")
    between = page.flow[figure:at]
    assert "similarity 0.310, margin 0.040" in between
    assert "The path" in between
    assert page.flow[at - 1] == "<span matched>"


def test_the_place_on_the_page_is_marked_before_its_sentence(page):
    at = page.flow.index("We set out before sunrise.")
    assert page.flow[at - 2 : at] == ["<span there>", "1"]


def test_a_picture_that_the_page_shows_last_is_marked_after_the_text(build):
    lakes = show_documents(build, [f"{0:032x}"], SETTINGS)[0]
    assert lakes.last_page_numbers == (2,)


def test_blocks_become_elements(page):
    assert page.flow[page.flow.index("Around the lakes") - 1] == "<h4 heading>"
    assert page.flow[page.flow.index("Good boots.") - 1] == "<p list_item>"


def test_texts_carry_their_language_and_find_their_own_direction(page):
    assert {each.get("lang") for each in page.all("article")} == {"en", "ar", "zh"}
    readings = [
        each for tag, each in page.elements if tag == "div" and each.get("class", "").startswith("reading")
    ]
    assert [each["dir"] for each in readings] == ["auto"] * 4


def test_pictures_leave_the_margin_where_they_would_run_ahead_of_the_text():
    talkative = DrawnPage(
        LAKES.url, LAKES.title, "en", [*LAKES.blocks, ("paragraph", ["x" * 1_400])], LAKES.images
    )
    shown = [show_documents(draw_build([page]), [f"{0:032x}"], SETTINGS)[0] for page in (LAKES, talkative)]
    assert [document.is_dense for document in shown] == [True, False]


def test_sentences_of_scripts_without_spaces_are_joined_without_spaces(page):
    at = page.flow.index("我们在日出前出发。")
    assert page.flow[at + 1] == "<span figure>"
    chinese = show_documents(draw_build(PAGES), [f"{2:032x}"], SETTINGS)[0]
    assert chinese.separator == ""


def test_documents_are_chosen_in_turn_from_each_language(build):
    languages = {f"{number:032x}": each.language for number, each in enumerate(PAGES)}
    chosen = [languages[document] for document in choose_documents(build, 4, seed=0)]
    assert chosen == ["en", "ar", "zh", "en"]
    assert [languages[document] for document in choose_documents(build, 2, seed=0)] == ["en", "ar"]


def test_the_choice_depends_on_the_seed_and_not_on_the_order_of_rows():
    pages = [
        DrawnPage(f"https://a.example/{n}", "A", "en", LAKES.blocks, LAKES.images[:1]) for n in range(30)
    ]
    build = draw_build(pages)
    chosen = choose_documents(build, 5, seed=0)
    random.Random(1).shuffle(build.rows["interleaved"])
    assert choose_documents(build, 5, seed=0) == chosen
    assert choose_documents(build, 5, seed=1) != chosen


def test_no_more_than_twenty_examples_are_shown_of_a_reason_and_all_are_counted():
    pages = [
        DrawnPage(f"https://a.example/{n}", f"Shop {n}", "en", fate="no_text") for n in range(EXAMPLES + 5)
    ]
    build = draw_build(pages)
    assert [len(reason.examples) for reason in page_reasons(build, SETTINGS)] == [EXAMPLES]
    flow = Page(report_on(build)).flow
    summary = len(flow) - flow[::-1].index("no_text")
    assert flow[summary : summary + 2] == ["<span >", "25"]


def test_reasons_tell_the_score_and_what_would_have_passed(build):
    image = {reason.outcome: reason for reason in image_reasons(build, SETTINGS)}
    assert sorted(image) == ["http_error", "image_aspect", "image_side_px"]
    assert image["image_side_px"].bound == "150 or more passes"
    assert image["image_side_px"].examples[0].facts == (("score", "90"), ("size", "90 × 120 px"))
    assert image["http_error"].examples[0].facts == (("HTTP status", "404"),)
    assert image["http_error"].examples[0].thumbnail is None
    assert image["image_aspect"].examples[0].thumbnail.width_px == 240


def test_every_outcome_but_kept_has_examples_with_address_and_language(build):
    reasons = page_reasons(build, SETTINGS)
    dropped = {row["outcome"] for row in build.rows["document_decisions"]} - {"kept"}
    assert {reason.outcome for reason in reasons} == dropped
    pages = {row["url"]: row for row in build.rows["documents"]}
    for reason in reasons:
        assert reason.examples
        for example in reason.examples:
            assert dict(example.facts).get("language") == pages[example.url]["language"]


def test_pages_are_counted_by_language_region_and_domain(page):
    languages = page.flow.index("Pages by language")
    regions = page.flow.index("Pages by region")
    domains = page.flow.index("Pages by top-level domain")
    cells = [each for each in page.flow[languages:regions] if not each.startswith("<")]
    assert cells[cells.index("zh") :][1:4] == ["1", "1", "100.0 %"]
    assert {"Eastern Asia", "generic"} <= set(page.flow[regions:domains])
    assert {"org", "net", "cn", "com"} <= set(page.flow[domains:])


def test_what_a_region_is_stands_beside_the_regions(html):
    pages, meaning, regions = map(
        html.index, ("Sentences by language", "A region is the one", "Pages by region")
    )
    assert pages < meaning < regions


def test_what_is_shown_is_the_main_part_of_its_page(page):
    tags = [tag for tag, _ in page.elements]
    assert tags.count("main") == 1
    assert tags.index("main") < tags.index("section")


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("ink", ["ink", "quiet", "dropped-ink", "kept", "accent"])
def test_letters_can_be_told_from_the_ground(html, scheme, ink):
    """A contrast of 4.5, as WCAG 2.2 asks for text (1.4.3)."""
    darker, lighter = sorted(luminance(colours(html, name)[scheme]) for name in (ink, "ground"))
    assert (lighter + 0.05) / (darker + 0.05) >= 4.5


def colours(html, name):
    return re.findall(rf"--{name}: #([0-9a-f]{{6}});", html)


def luminance(colour):
    linear = (np.array([*bytes.fromhex(colour)]) / 255 + 0.055) / 1.055
    return float(linear**2.4 @ [0.2126, 0.7152, 0.0722])


def test_a_copy_names_the_page_it_is_a_copy_of(build):
    reasons = {(reason.table, reason.outcome): reason for reason in page_reasons(build, SETTINGS)}
    assert sorted(reasons) == [
        ("document_decisions", "document_images"),
        ("page_decisions", "deadline"),
        ("page_decisions", "page_text_copies"),
    ]
    copy = reasons["page_decisions", "page_text_copies"].examples[0]
    assert copy.facts == (("score", "1"), ("language", "en"), ("copy of", LAKES.url))
    assert copy.text == "Around the lakes"


def test_a_picture_without_a_sentence_is_shown_with_the_closest_one(build):
    (reason,) = unmatched_reasons(build, SETTINGS)
    assert (reason.outcome, reason.bound) == ("min_similarity", "0.15 or more passes")
    (example,) = reason.examples
    assert example.text == "Nobody was about."
    assert example.facts[0] == ("highest similarity", "0.080")


def test_faulty_files_are_listed_with_fault_and_offset(page):
    at = page.flow.index("gzip member ends early: CRC missing")
    assert FILE.replace("00000", "00001") in page.flow[:at]
    assert "998,244" in page.flow[at : at + 12]


def test_the_demo_encoder_is_named_for_what_it_is(build, html):
    sentence = "It knows drawn scenes only"
    assert sentence in html
    clip = SETTINGS.model_copy(
        update={"encode": SETTINGS.encode.model_copy(update={"encoder": "ViT-L-14/openai"})}
    )
    assert sentence not in report_on(build, clip)


def test_a_build_that_kept_nothing_still_has_a_report():
    html = report_on(draw_build([PICTURELESS]))
    assert "No document was kept." in html
    assert "Beside other corpora" not in html
    assert "No document was kept." in report_on(draw_build([]))


def test_references_without_bytes_are_shown_by_their_size():
    build = draw_build([LAKES])
    for row in build.rows["interleaved"]:
        row["images"] = [{**image, "bytes": None} for image in row["images"]]
    flow = Page(report_on(build)).flow
    assert flow.count("640 × 420 px, not shown here") == 2


def test_a_long_document_is_folded_and_then_cut():
    sentences = [f"Sentence {n}." for n in range(MAX_SENTENCES + 7)]
    long = DrawnPage("https://a.example/", "Long", "en", [("paragraph", sentences)], [DrawnImage("a", 0, 0)])
    build = draw_build([long])
    (shown,) = show_documents(build, [f"{0:032x}"], SETTINGS)
    texts = [
        [each.text for block in blocks for each in block.sentences]
        for blocks in (shown.blocks, shown.more_blocks)
    ]
    assert texts == [sentences[:40], sentences[40:MAX_SENTENCES]]
    assert "… and 7 more sentences." in Page(report_on(build)).flow


def test_blocks_that_leave_sentences_out_give_way_to_one_paragraph():
    build = draw_build([LAKES])
    build.rows["documents"][0]["blocks"].pop()
    (shown,) = show_documents(build, [f"{0:032x}"], SETTINGS)
    assert [(block.kind, len(block.sentences)) for block in shown.blocks] == [("paragraph", 6)]


def noise(side_px):
    pixels = np.random.default_rng(0).integers(0, 256, (side_px, side_px, 3), dtype=np.uint8)
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


def opened(uri):
    return Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2])))


def test_copies_of_pictures_keep_to_their_size_in_px_and_bytes_even_for_noise():
    copy = thumbnail(noise(600), 480, 32_000, MAX_PIXELS)
    assert len(base64.b64decode(copy.uri.partition(",")[2])) <= 32_000
    assert opened(copy.uri).size == (copy.width_px, copy.height_px)
    assert max(copy.width_px, copy.height_px) <= 480


def test_small_pictures_are_not_blown_up():
    assert thumbnail(noise(20), 480, 32_000, MAX_PIXELS).width_px == 20


@pytest.mark.parametrize("data", [None, b"", b"<html>", noise(40)[:300]])
def test_what_is_no_whole_picture_has_no_copy(data):
    assert thumbnail(data, 480, 32_000, MAX_PIXELS) is None


def test_a_heat_map_is_opaque_at_the_highest_and_clear_at_the_lowest_similarity():
    alpha = np.asarray(opened(heat_map([[0.0, 0.5, 0.25], [0.25, 0.0, 0.5]])))[..., 3]
    assert alpha.tolist() == [[0, 255, 128], [128, 0, 255]]
    assert heat_map([]) is None
    assert np.asarray(opened(heat_map([[0.2, 0.2]])))[..., 3].tolist() == [[255, 255]]


def test_the_matrix_frames_the_matched_cells(page):
    frames = [(each["x"], each["y"]) for each in page.all("rect")]
    assert frames.count(("2", "0")) == 1
    assert frames.count(("5", "1")) == 1


def test_figures_are_those_of_the_build(build):
    here = {figure.name: figure.here for figure in figures(measure_documents(build))}
    assert here["pictures per document, median"] == "1"
    assert here["pictures per document, mean"] == "1.2"
    assert here["sentences per document, mean"] == "3.0"
    assert here["sentences with a picture"] == "41.7 %"
    assert here["similarity of matched pairs, mean"] == "0.310"
    assert here["pictures with similarity 0.30 or more"] == "100.0 %"


def test_bars_stay_within_their_track(html):
    for start, width in re.findall(r"left:([\d.]+)%;width:([\d.]+)%", html):
        assert float(start) + float(width) <= 100.01


def test_the_same_build_gives_the_same_page(build, html):
    assert report_on(build) == html


def test_it_begins_with_what_was_not_measured(html):
    head = html[: html.index('class="totals"')]
    assert "nsfw_zero_shot was not measured (the demo encoder knows drawn scenes only)" in head
    assert "image_nsfw and document_unsafe_images did not run" in head


def test_a_filter_that_drops_one_group_far_more_often_is_flagged_with_its_pages():
    pages = [
        DrawnPage(
            f"https://site-{number}.{'bd' if number < 25 else 'com'}/", None, None, fate="page_sentences"
        )
        for number in range(60)
    ]
    build = draw_build(pages)
    for number, row in enumerate(build.rows["page_decisions"]):
        row["scores"] = [("page_stop_words", 0.0 if number < 25 else 5.0)]
    report = report_on(build)
    assert "Filter page_stop_words drops 100.0 % of the pages of region Southern Asia (25 pages)" in report
    assert 'href="https://site-3.bd/"' in report.partition('id="filter-groups"')[2].partition("</section>")[0]
    assert "Nothing is flagged." in report_on(draw_build(PAGES))
