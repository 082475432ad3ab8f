"""Articles for the sample's pages: scenes, their sentences among prose, and images near or far from their
sentence.

Goes in: a page number, which seeds everything. Comes out: a `Page` whose every content image has one right
sentence.
"""

import random
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import count

import imagehash

from demo.captions import LANGUAGES, describe, filler
from demo.page_pictures import MARKUPS, Drawing, Shown, served, suffix_for
from demo.page_plants import PLANTS, second_drawing
from demo.page_words import WORDS
from demo.pages import LAYOUTS, Page, Unit
from demo.scenes import STYLES, Scene, random_scene, related_scene

HOSTS = {
    "blog": "paper-boat.example",
    "recipe": "kitchen-window.example",
    "diary": "slow-trains.example",
    "picture_book": "lantern-books.example",
    "gallery": "hilltop-pictures.example",
    "news": "morning-post.example",
    "table": "field-guide.example",
    "forum": "harbour-forum.example",
}
SIZES_PX = ((320, 240), (300, 300), (260, 340), (400, 260), (360, 240), (240, 300))
PLACINGS = {
    "last_before_image": 0.5,
    "somewhere_before_image": 0.12,
    "after_image": 0.25,
    "far_from_image": 0.13,
}
"""Where the right sentence stands, as a share of the images; on every sixth page the images trade places
besides.
"""
MIN_HASH_BITS = 12
MAX_LIKENESS = 0.6


@dataclass(frozen=True)
class Outline:
    """What is decided about a page before anything is drawn."""

    number: int
    language: str
    layout: str
    n_images: int

    @property
    def url(self) -> str:
        return f"https://{HOSTS[self.layout]}/{self.language}/2024/{self.number:03d}.html"

    def image_url(self, position: int, suffix: str) -> str:
        return f"https://{HOSTS[self.layout]}/media/{self.number:03d}/{position}.{suffix}"


def outline(number: int, rng: random.Random) -> Outline:
    """Languages take turns, and each goes through all layouts."""
    language = LANGUAGES[number % len(LANGUAGES)]
    turn = number // len(LANGUAGES) + 3 * (number % len(LANGUAGES))
    return Outline(number, language, tuple(LAYOUTS)[turn % len(LAYOUTS)], rng.randint(3, 7))


def same_content(one: Scene, other: Scene) -> bool:
    """Whether two scenes hold the same things on the same background, in whatever arrangement."""
    return {one.subject, one.other} == {other.subject, other.other} and one.background == other.background


def pictured_scenes(n_images: int, seed: str, rng: random.Random) -> list[Drawing]:
    """Drawings of different held-out scenes, some akin to the one before, none that a perceptual hash
    confuses.
    """
    drawings: list[Drawing] = []
    hashes: list[imagehash.ImageHash] = []
    for attempt in count():
        if len(drawings) == n_images:
            return drawings
        if drawings and rng.random() < 0.3:
            scene = related_scene(drawings[-1].scene, rng, held_out=True)
        else:
            scene = random_scene(rng, held_out=True)
        drawing = Drawing(scene, rng.choice(STYLES), rng.choice(SIZES_PX), f"{seed} {attempt}")
        hash_ = imagehash.phash(drawing.picture())
        known = any(same_content(scene, other.scene) for other in drawings)
        if not known and all(hash_ - other >= MIN_HASH_BITS for other in hashes):
            drawings.append(drawing)
            hashes.append(hash_)
    raise AssertionError


def fillers(language: str, n_sentences: int, rng: random.Random) -> list[str]:
    """Prose sentences, no two of them much alike."""
    chosen: list[str] = []
    while len(chosen) < n_sentences:
        draft = filler(language, rng)
        draft = draft[0].upper() + draft[1:]  # a name such as "my uncle" may open the sentence
        if all(SequenceMatcher(None, draft, other).ratio() <= MAX_LIKENESS for other in chosen):
            chosen.append(draft)
    return chosen


def content_images(plan: Outline, rng: random.Random) -> list[Shown]:
    """The images of a page with their sentences, URLs and markup."""
    images = []
    for position, drawing in enumerate(pictured_scenes(plan.n_images, plan.url, rng), start=1):
        others = ("", "", f"{WORDS[plan.language].photo} {position}", f"IMG_{rng.randrange(1000, 9999)}")
        alt = describe(drawing.scene, plan.language, rng) if rng.random() < 0.3 else rng.choice(others)
        images.append(
            Shown(
                url=plan.image_url(position, suffix_for(drawing.style, rng)),
                sentence=describe(drawing.scene, plan.language, rng),
                drawing=drawing,
                alt=alt,
                markup=rng.choices(tuple(MARKUPS), tuple(MARKUPS.values()))[0],
            )
        )
    return images


def arranged(images: list[Shown], prose: list[str], rng: random.Random) -> tuple[list[Unit], list[Shown]]:
    """Paragraphs of two to four sentences with the images around them, and the images that stand after the
    article.

    `prose` is used up; three sentences per image suffice.
    """
    units: list[Unit] = []
    gallery: list[Shown] = []
    for shown in images:
        placing = rng.choices(tuple(PLACINGS), tuple(PLACINGS.values()))[0]
        around = [prose.pop() for _ in range(rng.randint(1, 3))]
        position = len(around) if placing == "last_before_image" else rng.randrange(len(around))
        sentences = (*around[:position], shown.sentence, *around[position:])
        here: tuple[Shown, ...] = (shown,)
        if placing == "far_from_image":
            gallery.append(shown)
            here = ()
        before = placing == "after_image"
        units.append(Unit(sentences, here if before else (), () if before else here))
    return units, gallery


def traded(page: Page, rng: random.Random) -> Page:
    """The page with its images in each other's places."""
    pool = page.shown
    rng.shuffle(pool)
    swap = iter(pool)
    units = [
        replace(
            unit, before=tuple(next(swap) for _ in unit.before), after=tuple(next(swap) for _ in unit.after)
        )
        for unit in page.units
    ]
    return replace(page, units=tuple(units), gallery=tuple(swap))


def content_page(number: int, plants: tuple[str, ...] = ()) -> Page:
    """An article with three to seven content images; each named plant of PLANTS befalls one of them."""
    rng = random.Random(f"page {number}")
    plan = outline(number, rng)
    images = content_images(plan, rng)
    copies: list[Shown] = []
    for position, name in enumerate(plants):
        planted = [replace(each, defect=name) for each in PLANTS[name](images[position])]
        images[position] = planted[0]
        copies += planted[1:]
    ready = [shown if shown.defect else served(shown) for shown in images]
    prose = fillers(plan.language, 3 * len(ready) + 4, rng)
    opening = Unit((prose.pop(), prose.pop()))
    units, gallery = arranged(ready, prose, rng)
    middle = rng.randrange(len(units))
    units.insert(middle, Unit((prose.pop(), prose.pop())))
    words = WORDS[plan.language]
    page = Page(
        url=plan.url,
        language=plan.language,
        layout=plan.layout,
        title=rng.choice(words.titles),
        author=rng.choice(words.authors),
        units=(opening, *units),
        gallery=tuple(gallery),
    )
    page = traded(page, rng) if number % 6 == 5 else page
    return replace(page, gallery=(*page.gallery, *copies))


def crowded_page(number: int) -> Page:
    """A page with more images than sentences: two of its scenes are drawn twice."""
    rng = random.Random(f"page {number}")
    plan = replace(outline(number, rng), n_images=5)
    images = [served(replace(shown, markup="absolute")) for shown in content_images(plan, rng)]
    again = []
    for shown in images[:2]:
        style = next(style for style in STYLES if style != shown.drawing.style)
        again.append(served(second_drawing(shown, style, rng)))
    units = [
        Unit(tuple(shown.sentence for shown in images[i : i + 2]), after=tuple(images[i : i + 2]))
        for i in (0, 2)
    ]
    units.append(Unit((images[4].sentence,), before=(images[4],)))
    words = WORDS[plan.language]
    return Page(
        plan.url, plan.language, "picture_book", words.titles[0], words.authors[0], tuple(units), tuple(again)
    )
