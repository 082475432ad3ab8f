"""Defects planted on content images: what goes wrong with pictures on the web, each with the outcome it must
get.

Goes in: a content image as it should be. Comes out: the image as the page then shows it, and copies put after
the article.
"""

import random
from collections.abc import Callable
from dataclasses import replace

from demo.page_furniture import gif, lettered
from demo.page_pictures import Drawing, Shown, image_answer, served
from demo.page_records import Answer

Planted = tuple[Shown, ...]
ERROR_PAGE = (
    b"<!DOCTYPE html><html><head><title>Sorry</title></head><body><h1>Not here any more</h1></body></html>"
)


def plain(shown: Shown, suffix: str = "jpg") -> Shown:
    """The image as a plain absolute reference to a file with this suffix, without answers yet."""
    return replace(
        shown, url=f"{shown.url.rpartition('.')[0]}.{suffix}", markup="absolute", also=(), answers=()
    )


def not_found(shown: Shown) -> Planted:
    """The server answered 404 with an HTML page: the archive holds no picture under the URL."""
    bare = plain(shown)
    answer = Answer(bare.url, ERROR_PAGE, "text/html; charset=utf-8", 404)
    return (replace(bare, expected="not_captured", answers=(answer,)),)


def stand_in(shown: Shown) -> Planted:
    """The server answered 404 and sent a picture that says so."""
    bare = plain(shown)
    answer = replace(image_answer(bare.url, lettered((300, 200), "NO IMAGE")), status=404)
    return (replace(bare, expected="http_error", answers=(answer,)),)


def never_captured(shown: Shown) -> Planted:
    """The archive holds nothing under the URL."""
    return (replace(plain(shown), expected="not_captured"),)


def truncated(shown: Shown) -> Planted:
    """The body ends in the middle of the JPEG."""
    whole = served(plain(shown)).answers[0]
    answer = replace(whole, body=whole.body[: len(whole.body) // 2])
    return (replace(plain(shown), expected="truncated", answers=(answer,)),)


def error_page(shown: Shown) -> Planted:
    """An HTML error page served as image/jpeg with status 200."""
    bare = plain(shown)
    return (replace(bare, expected="not_an_image", answers=(Answer(bare.url, ERROR_PAGE, "image/jpeg"),)),)


def empty(shown: Shown) -> Planted:
    """Status 200 and no byte."""
    bare = plain(shown)
    return (replace(bare, expected="empty", answers=(Answer(bare.url, b"", "image/jpeg"),)),)


def redirect(shown: Shown) -> Planted:
    """The URL answers 301 with the place where the picture now is."""
    bare = plain(shown)
    target = bare.url.replace("/media/", "/files/")
    moved = Answer(bare.url, b"", "text/html", 301, (("Location", target),))
    return (replace(bare, answers=(moved, image_answer(target, bare.drawing.picture()))),)


def animated(shown: Shown) -> Planted:
    """An animated GIF of the scene."""
    bare = plain(shown, "gif")
    width_px, height_px = bare.drawing.size_px
    seeds = (f"{bare.drawing.seed} {frame}" for frame in range(2))
    frames = [replace(bare.drawing, style="flat", seed=seed).picture().quantize(32) for seed in seeds]
    small = [frame.resize((width_px // 2 + 60, height_px // 2 + 60)) for frame in frames]
    return (replace(bare, expected="image_media_type", answers=(Answer(bare.url, gif(small), "image/gif"),)),)


def near_copy(shown: Shown) -> Planted:
    """The same picture again on the page, smaller and compressed anew."""
    first = served(plain(shown))
    url = first.url.replace(".jpg", "-300x.jpg")
    width_px, height_px = first.drawing.size_px
    smaller = first.drawing.picture().resize((width_px * 4 // 5, height_px * 4 // 5))
    again = replace(first, url=url, expected="image_near_copy", answers=(image_answer(url, smaller, 45),))
    return first, again


def same_bytes(shown: Shown) -> Planted:
    """The same file again on the page under another URL."""
    first = served(plain(shown))
    url = first.url.replace("/media/", "/cache/")
    again = replace(first, url=url, expected="image_copies", answers=(replace(first.answers[0], url=url),))
    return first, again


def moved_host(shown: Shown) -> Planted:
    """The picture stands on another host, under a URL with a query."""
    bare = plain(shown)
    answer = served(bare).answers[0]
    *_, page, name = bare.url.split("/")
    url = f"https://img.far-away-host.example/fit?src={name}&page={page}"
    return (replace(bare, url=url, answers=(replace(answer, url=url),)),)


def opted_out(shown: Shown) -> Planted:
    """The answer asks not to be used for training, in X-Robots-Tag."""
    bare = plain(shown)
    answer = replace(served(bare).answers[0], headers=(("X-Robots-Tag", "noai, noimageai"),))
    return (replace(bare, expected="opted_out", answers=(answer,)),)


PLANTS: dict[str, Callable[[Shown], Planted]] = {
    function.__name__: function
    for function in (
        not_found,
        stand_in,
        never_captured,
        truncated,
        error_page,
        empty,
        redirect,
        animated,
        near_copy,
        same_bytes,
        moved_host,
        opted_out,
    )
}


def second_drawing(shown: Shown, style: str, rng: random.Random) -> Shown:
    """Another picture of the same scene, so that both have the same right sentence."""
    drawing: Drawing = replace(shown.drawing, style=style, seed=f"{shown.drawing.seed} {rng.random()}")
    stem, _, suffix = shown.url.rpartition(".")
    return replace(plain(shown, suffix), url=f"{stem}-b.{suffix}", drawing=drawing)
