"""The viewer as a person uses it, in Chromium; skipped where there is none."""

import shutil
import threading
from contextlib import contextmanager

import pytest

from corpus.overrides import settings_from
from corpus.view.reading import Site, read_all
from corpus.view.server import serve
from corpus.view.site import look_at
from tests.unit.drawn_build import draw_build
from tests.unit.drawn_pages import COPY, LAKES, PAGES, DrawnImage, DrawnPage
from tests.unit.written_build import write_build

sync_api = pytest.importorskip("playwright.sync_api")
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")
SETTINGS = settings_from({"align": {"min_similarity": 0.15}})


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    folders = [tmp_path_factory.mktemp(name) for name in ("build", "other")]
    kept = DrawnPage(COPY.url, COPY.title, "en", COPY.blocks, [DrawnImage("x", 1, 1)])
    write_build(folders[0], draw_build(PAGES), SETTINGS)
    write_build(folders[1], draw_build([*PAGES[:4], kept, *PAGES[5:]]), SETTINGS)
    return folders


@contextmanager
def served(site):
    with serve(site, 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()


@pytest.fixture(scope="module")
def address(folders):
    site = Site(*(look_at(str(folder)) for folder in folders))
    read_all(site)
    with served(site) as address:
        yield address


@pytest.fixture(scope="module")
def browser():
    with sync_api.sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-background-networking"]
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield found
        found.close()


@pytest.fixture
def page(browser, address):
    with watched(browser, address) as opened:
        yield opened


@contextmanager
def watched(browser, address):
    """A fresh page at the list; a message on its console, or a request elsewhere, fails the test."""
    opened = browser.new_page()
    said, asked = [], []
    opened.on("console", lambda message: said.append(message.text))
    opened.on("pageerror", lambda error: said.append(str(error)))
    opened.on("request", lambda request: asked.append(request.url))
    opened.goto(address)
    yield opened
    opened.close()
    assert said == []
    assert [url for url in asked if not url.startswith((address, "data:"))] == []


def test_a_page_is_opened_and_the_next_one_is_a_key_away(page):
    page.click(f"text={LAKES.title}")
    page.wait_for_url("**/page/*")
    assert page.inner_text("h1") == LAKES.title
    page.keyboard.press("j")
    page.wait_for_url("**at=1")
    assert page.inner_text("h1") == PAGES[1].title
    page.keyboard.press("k")
    page.wait_for_url("**at=0")
    page.keyboard.press("Escape")
    page.wait_for_selector("form.question")


def test_dropped_pages_are_a_choice_away(page, address):
    page.select_option("select[name=outcome]", "page_text_copies")
    page.click("text=Show")
    page.wait_for_url("**outcome=page_text_copies**")
    assert page.locator("a.row").all_inner_texts() == [COPY.title]


def sentence_after(page, number):
    """The index of the sentence before which the figure with this number stands."""
    script = """number => {
        let next = document.querySelector(`.figure[data-number="${number}"]`);
        while (next && !next.matches(".sentence")) next = next.nextElementSibling;
        return next ? Number(next.dataset.index) : null; }"""
    return page.evaluate(script, number)


def test_one_key_puts_pictures_where_the_page_had_them_and_back(page):
    page.click(f"text={LAKES.title}")
    page.wait_for_url("**/page/*")
    assert sentence_after(page, 1) == 2
    page.keyboard.press("p")
    assert sentence_after(page, 1) == 1
    page.keyboard.press("p")
    assert sentence_after(page, 1) == 2


def test_another_key_puts_pictures_where_similarity_and_page_together_put_them(page):
    page.click(f"text={LAKES.title}")
    page.wait_for_url("**/page/*")
    for key, place in (("f", 0), ("p", 1), ("f", 0), ("f", 2)):
        page.keyboard.press(key)
        assert sentence_after(page, 1) == place
    assert page.locator("button[data-place][aria-pressed=true]").count() == 0


def test_dropped_pictures_come_and_go(page):
    page.click(f"text={LAKES.title}")
    page.wait_for_url("**/page/*")
    dropped = page.locator(".figure.dropped").first
    assert not dropped.is_visible()
    page.keyboard.press("d")
    assert dropped.is_visible()


def test_pictures_are_there(page):
    page.click(f"text={LAKES.title}")
    page.wait_for_url("**/page/*")
    page.wait_for_load_state("networkidle")
    shown = page.evaluate(
        "[...document.querySelectorAll('.figure:not(.dropped) img')].map(i => i.naturalWidth)"
    )
    assert shown == [640, 640]


def test_the_heat_map_names_the_cell_under_the_pointer_and_lights_its_sentence(page):
    page.click(f"text={LAKES.title}")
    page.wait_for_url("**/page/*")
    heat = page.locator(".heat")
    heat.scroll_into_view_if_needed()
    box = heat.bounding_box()
    page.mouse.move(box["x"] + 2.5 / 6 * box["width"], box["y"] + 0.5 / 3 * box["height"])
    assert page.inner_text("#cell") == "picture 1 with sentence 2: 0.310"
    assert page.inner_text(".lit") == "The path climbs through birches."


def test_two_builds_stand_side_by_side(page):
    page.check("input[name=changed]")
    page.click("text=Show")
    page.wait_for_url("**changed=1**")
    page.click("a.row")
    page.wait_for_url("**/page/*")
    page.keyboard.press("c")
    page.wait_for_url("**compare=1**")
    left, right = (each.bounding_box() for each in page.locator(".both .reading").all())
    assert left["x"] + left["width"] <= right["x"]


def test_a_bound_is_moved_and_only_it_stands_in_the_address(page):
    page.click("text=Scores and bounds")
    page.wait_for_url("**/scores")
    page.fill("input[data-name='document_images.min']", "2")
    page.keyboard.press("Enter")
    page.wait_for_url("**/scores?document_images.min=2")
    page.wait_for_selector("text=instead of 5")


def test_nothing_is_wider_than_a_narrow_screen(browser, address):
    page = browser.new_page(viewport={"width": 360, "height": 740}, color_scheme="dark")
    for path in ("", f"page/{0:032x}", "scores"):
        page.goto(address + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.close()


def test_pages_stand_there_before_the_index_is_read_and_filters_follow_by_themselves(browser, folders):
    site = Site(*(look_at(str(folder)) for folder in folders))
    with served(site) as address, watched(browser, address) as page:
        assert page.inner_text("h1") == f"{len(PAGES)} of {len(PAGES)} pages read so far"
        assert "Still reading: 0 of 2 chunks" in page.inner_text("#reading")
        assert page.locator("input[name=changed]").count() == 0
        page.click(f"text={LAKES.title}")
        page.wait_for_url("**/page/*")
        assert page.inner_text("h1") == LAKES.title
        page.keyboard.press("Escape")
        page.wait_for_selector("#reading")
        read_all(site)
        page.wait_for_selector("#reading", state="detached")
        assert page.inner_text("h1") == f"{len(PAGES)} of {len(PAGES)} pages"
        page.check("input[name=changed]")
        page.select_option("select[name=outcome]", "page_text_copies")
        page.click("text=Show")
        page.wait_for_url("**outcome=page_text_copies**")
        assert page.locator("a.row").all_inner_texts() == [COPY.title]


def test_a_page_that_is_not_read_yet_opens_when_it_is(browser, folders):
    site = Site(look_at(str(folders[0])))
    site.build.index.cursor().execute("DELETE FROM pages WHERE position > 2")
    with served(site) as address, watched(browser, address) as page:
        page.goto(f"{address}page/{4:032x}")
        assert page.inner_text("h1") == "Not read yet"
        read_all(site)
        page.wait_for_selector("article")
        assert page.inner_text("h1") == COPY.title
