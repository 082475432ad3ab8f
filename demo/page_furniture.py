"""What stands around an article on every site: logos, share buttons, counters, advertisements, the photo in
the sidebar.

Goes in: the page's host and whether it carries the shared photo. Comes out: HTML, gold rows and captured
answers.
"""

import io
import random

from PIL import Image, ImageDraw

from demo.page_pictures import Drawing, image_answer
from demo.page_records import Answer
from demo.pages import Furniture
from demo.scenes import Scene

SHARED_PHOTO = "https://paper-boat.example/media/summer-2019.jpg"
COUNTER = "https://stats.count-house.example/hit.gif"
BANNER = "https://ads.bright-deals.example/serve/728x90.png"
BILLBOARD = "https://ads.bright-deals.example/serve/970x250.png"
SHARE_MARKS = ("mail", "print", "post")

KINDS = ("logo", "share_mark", "tracking_pixel", "banner", "billboard", "shared_photo", "vector_map")
EXPECTED = dict.fromkeys(KINDS, "image_content") | {"logo": "image_url_words"}
"""The outcome of each kind under the default settings."""


def other_images(host: str, kinds: tuple[str, ...]) -> list[tuple[str, str]]:
    """(URL, kind) of each image of these kinds on a page of the host."""
    urls = {
        "logo": [f"https://{host}/assets/site-logo.png"],
        "share_mark": [f"https://{host}/assets/{mark}.png" for mark in SHARE_MARKS],
        "tracking_pixel": [COUNTER],
        "banner": [BANNER],
        "billboard": [BILLBOARD],
        "shared_photo": [SHARED_PHOTO],
        "vector_map": [f"https://{host}/media/map.svg"],
    }
    return [(url, kind) for kind in kinds for url in urls[kind]]


def furniture(host: str, kinds: tuple[str, ...]) -> Furniture:
    """The HTML that shows these kinds, each in its usual place."""
    by_kind = {
        kind: [f'<img src="{url}" alt="">' for url, _ in other_images(host, (kind,))] for kind in kinds
    }

    def of(*names: str) -> str:
        return "".join(tag for name in names for tag in by_kind.get(name, []))

    return Furniture(
        top=f'<a href="/">{of("logo")}</a>{of("banner")}',
        below=of("share_mark", "vector_map"),
        aside=of("shared_photo", "billboard"),
        end=of("tracking_pixel"),
    )


def furniture_answers(hosts: list[str], photo: Scene) -> list[Answer]:
    """The captured furniture of all hosts; `photo` is what the shared photo shows."""
    answers = [
        Answer(COUNTER, gif([Image.new("L", (1, 1), 255)]), "image/gif"),
        image_answer(BANNER, lettered((728, 90), "SUMMER SALE")),
        image_answer(BILLBOARD, lettered((970, 250), "THREE FOR TWO")),
        image_answer(SHARED_PHOTO, Drawing(photo, "flat", (300, 220), "shared photo").picture()),
    ]
    for host in hosts:
        answers.append(
            image_answer(f"https://{host}/assets/site-logo.png", lettered((220, 160), host[:2].upper()))
        )
        answers.append(Answer(f"https://{host}/media/map.svg", vector_map(host), "image/svg+xml"))
        for mark in SHARE_MARKS:
            answers.append(
                image_answer(f"https://{host}/assets/{mark}.png", lettered((32, 32), mark[0].upper()))
            )
    return answers


def lettered(size_px: tuple[int, int], text: str) -> Image.Image:
    """A plate with letters; the colour follows from the text."""
    rng = random.Random(text)
    paint = (rng.randrange(40, 160), rng.randrange(40, 160), rng.randrange(40, 160))
    picture = Image.new("RGB", size_px, paint)
    pen = ImageDraw.Draw(picture)
    pen.rectangle((2, 2, size_px[0] - 3, size_px[1] - 3), outline="white")
    pen.text(
        (size_px[0] // 2, size_px[1] // 2),
        text,
        fill="white",
        anchor="mm",
        font_size=max(10, size_px[1] // 3),
    )
    return picture


def gif(frames: list[Image.Image]) -> bytes:
    """The frames as one GIF, 0.4 s each."""
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=len(frames) > 1, append_images=frames[1:], duration=400, loop=0)
    return out.getvalue()


def vector_map(host: str) -> bytes:
    """A small SVG of a route."""
    rng = random.Random(host)
    points = " ".join(f"{rng.randrange(300)},{rng.randrange(200)}" for _ in range(6))
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="300" height="200">'
        f'<polyline points="{points}" fill="none" stroke="#27c" stroke-width="4"/></svg>'
    ).encode()
