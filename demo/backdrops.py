"""Backgrounds of the scenes, painted straight onto a canvas of any size."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from PIL import ImageDraw

Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Canvas:
    """A drawing surface of `width` by `height` pixels and the source of its accidents."""

    pen: ImageDraw.ImageDraw
    width: int
    height: int
    rng: random.Random

    def box(self, area: tuple[float, float, float, float], paint: Colour) -> None:
        """Fill left, top, right, bottom, all as fractions of the canvas."""
        left, top, right, bottom = area
        corners = (left * self.width, top * self.height, right * self.width, bottom * self.height)
        self.pen.rectangle(corners, fill=paint)

    def shape(self, points: list[tuple[float, float]], paint: Colour) -> None:
        """Fill a polygon given in fractions of the canvas."""
        self.pen.polygon([(x * self.width, y * self.height) for x, y in points], fill=paint)

    def disc(self, x: float, y: float, radius: float, paint: Colour) -> None:
        """Fill a circle; the radius is a fraction of the shorter side."""
        r = radius * min(self.width, self.height)
        cx, cy = x * self.width, y * self.height
        self.pen.ellipse((cx - r, cy - r, cx + r, cy + r), fill=paint)


def _hills(canvas: Canvas, level: float, swing: float, paint: Colour) -> None:
    steps = 8
    ridge = [(i / steps, level + canvas.rng.uniform(-swing, swing)) for i in range(steps + 1)]
    canvas.shape([(0.0, 1.0), *ridge, (1.0, 1.0)], paint)


def _meadow(canvas: Canvas) -> None:
    canvas.box((0, 0, 1, 1), (176, 222, 246))
    _hills(canvas, canvas.rng.uniform(0.5, 0.62), 0.02, (136, 200, 104))
    for _ in range(14):
        x, y = canvas.rng.random(), canvas.rng.uniform(0.66, 0.98)
        canvas.shape([(x, y), (x + 0.01, y - 0.05), (x + 0.02, y)], (98, 166, 78))


def _sea(canvas: Canvas) -> None:
    canvas.box((0, 0, 1, 1), (206, 236, 248))
    level = canvas.rng.uniform(0.36, 0.46)
    canvas.box((0, level, 1, 1), (58, 138, 196))
    for row in range(4):
        y = level + 0.08 + 0.14 * row
        shift = canvas.rng.random() * 0.2
        for i in range(5):
            x = i * 0.24 - shift
            canvas.shape([(x, y), (x + 0.06, y - 0.03), (x + 0.12, y)], (126, 188, 228))


def _night(canvas: Canvas) -> None:
    canvas.box((0, 0, 1, 1), (30, 34, 84))
    canvas.disc(canvas.rng.uniform(0.1, 0.9), canvas.rng.uniform(0.08, 0.2), 0.09, (240, 236, 200))
    for _ in range(26):
        canvas.disc(canvas.rng.random(), canvas.rng.random(), 0.008, (226, 226, 244))


def _desert(canvas: Canvas) -> None:
    canvas.box((0, 0, 1, 1), (250, 226, 178))
    canvas.disc(canvas.rng.uniform(0.1, 0.9), 0.12, 0.08, (255, 250, 222))
    _hills(canvas, canvas.rng.uniform(0.46, 0.56), 0.05, (232, 190, 122))
    _hills(canvas, canvas.rng.uniform(0.7, 0.8), 0.04, (216, 168, 98))


def _snow(canvas: Canvas) -> None:
    canvas.box((0, 0, 1, 1), (196, 208, 222))
    _hills(canvas, canvas.rng.uniform(0.52, 0.64), 0.03, (240, 244, 250))
    for _ in range(34):
        canvas.disc(canvas.rng.random(), canvas.rng.random(), 0.012, (252, 253, 255))


def _room(canvas: Canvas) -> None:
    canvas.box((0, 0, 1, 1), (228, 208, 196))
    for i in range(6):
        x = i / 6 + canvas.rng.uniform(0, 0.02)
        canvas.box((x, 0, x + 0.05, 1), (216, 192, 180))
    level = canvas.rng.uniform(0.68, 0.78)
    canvas.box((0, level, 1, 1), (158, 114, 82))
    for i in range(1, 4):
        y = level + i * 0.08
        canvas.box((0, y, 1, y + 0.008), (128, 90, 64))


def _city(canvas: Canvas) -> None:
    canvas.box((0, 0, 1, 1), (206, 214, 220))
    x = -canvas.rng.random() * 0.1
    while x < 1:
        width, top = canvas.rng.uniform(0.1, 0.2), canvas.rng.uniform(0.12, 0.45)
        shade = canvas.rng.randint(132, 168)
        canvas.box((x, top, x + width, 0.8), (shade, shade, shade + 8))
        for k in range(6):
            wx, wy = x + width * (0.2 + 0.4 * (k % 2)), top + 0.05 + 0.1 * (k // 2)
            canvas.box((wx, wy, wx + width * 0.2, wy + 0.05), (236, 226, 170))
        x += width + 0.01
    canvas.box((0, 0.8, 1, 1), (104, 104, 110))
    for i in range(5):
        canvas.box((i * 0.22, 0.89, i * 0.22 + 0.1, 0.91), (220, 220, 216))


def _mountains(canvas: Canvas) -> None:
    canvas.box((0, 0, 1, 1), (222, 232, 240))
    for _ in range(3):
        x, top, half = canvas.rng.random(), canvas.rng.uniform(0.1, 0.3), canvas.rng.uniform(0.25, 0.4)
        canvas.shape([(x - half, 0.86), (x, top), (x + half, 0.86)], (122, 128, 150))
        snow_line, reach = top + (0.86 - top) * 0.28, half * 0.28
        canvas.shape([(x - reach, snow_line), (x, top), (x + reach, snow_line)], (244, 246, 250))
    canvas.box((0, 0.82, 1, 1), (112, 132, 108))


BACKDROPS: dict[str, Callable[[Canvas], None]] = {
    "meadow": _meadow,
    "sea": _sea,
    "night": _night,
    "desert": _desert,
    "snow": _snow,
    "room": _room,
    "city": _city,
    "mountains": _mountains,
}
