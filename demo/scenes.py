"""Seeded procedural pictures: what a scene contains, and drawing it.

A `Scene` holds content alone. Position jitter, backdrop details and texture come from the random source
handed to `draw`, so one scene has as many pictures as there are seeds.
"""

import math
import random
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image, ImageDraw

from demo.backdrops import BACKDROPS, Canvas, Colour
from demo.shapes import SHAPES, Part

KINDS = tuple(SHAPES)
BACKGROUNDS = tuple(BACKDROPS)
PLACES = ("left", "right", "top", "bottom", "middle")
RELATIONS = ("above", "below", "beside", "in front of")
STYLES = ("flat", "outlined", "crayon", "pastel", "poster")
COLOURS: dict[str, Colour] = {
    "red": (214, 36, 42),
    "orange": (246, 134, 26),
    "yellow": (250, 214, 40),
    "green": (38, 142, 64),
    "blue": (34, 84, 208),
    "purple": (126, 52, 160),
    "pink": (248, 138, 188),
    "white": (250, 250, 250),
    "black": (34, 34, 38),
}
MAX_COUNT = 4
_HELD_OUT_SHARE = 6  # one scene content in six is kept from training
_FIXED_PAINTS: dict[str, Colour] = {
    "wood": (122, 84, 52),
    "leaf": (70, 128, 60),
    "glass": (196, 226, 240),
    "ink": (44, 44, 50),
    "metal": (188, 190, 196),
    "paper": (248, 244, 232),
    "beak": (240, 176, 50),
    "hole": (222, 222, 222),
}


@dataclass(frozen=True)
class Group:
    """Up to four equal things: `count` from 1, `colour` of COLOURS, `kind` of KINDS."""

    count: int
    colour: str
    kind: str


@dataclass(frozen=True)
class Scene:
    """What a picture shows.

    Either `other` and `relation` are set (the subject stands in that relation to the other group), or
    both are None and `place` says where in the picture the subject is.
    """

    subject: Group
    background: str
    place: str | None
    relation: str | None
    other: Group | None


@dataclass(frozen=True)
class Spot:
    """One thing on the canvas: centre as fractions of width and height, side as a fraction of the shorter."""

    group: Group
    x: float
    y: float
    size: float


def is_held_out(scene: Scene) -> bool:
    """Whether the content (kinds, colours, background) belongs to the part that training never draws."""
    groups = [scene.subject] + ([scene.other] if scene.other else [])
    things = sorted(f"{group.colour} {group.kind}" for group in groups)
    return zlib.crc32("|".join([*things, scene.background]).encode()) % _HELD_OUT_SHARE == 0


def _random_group(rng: random.Random) -> Group:
    count = rng.choices(range(1, MAX_COUNT + 1), weights=(4, 2, 2, 2))[0]
    return Group(count, rng.choice(tuple(COLOURS)), rng.choice(KINDS))


def _any_scene(rng: random.Random) -> Scene:
    subject, background = _random_group(rng), rng.choice(BACKGROUNDS)
    if rng.random() < 0.3:
        return Scene(subject, background, rng.choice(PLACES), None, None)
    other = _random_group(rng)
    while other.kind == subject.kind:
        other = _random_group(rng)
    return Scene(subject, background, None, rng.choice(RELATIONS), other)


def random_scene(rng: random.Random, *, held_out: bool) -> Scene:
    """A scene of the training part, or with `held_out` of the part kept for evaluation."""
    while True:
        scene = _any_scene(rng)
        if is_held_out(scene) is held_out:
            return scene


def related_scene(scene: Scene, rng: random.Random, *, held_out: bool) -> Scene:
    """Another scene with the same subject kind, the same background, or both: a near miss of `scene`."""
    while True:
        draft = random_scene(rng, held_out=held_out)
        shared = rng.randrange(3)
        if shared != 0:
            draft = replace(draft, background=scene.background)
        if shared != 1:
            draft = replace(draft, subject=replace(draft.subject, kind=scene.subject.kind))
        doubled = draft.other is not None and draft.other.kind == draft.subject.kind
        if draft != scene and not doubled and is_held_out(draft) is held_out:
            return draft


def _with_one_change(scene: Scene, rng: random.Random) -> Scene:
    """The scene with one part taken from another; kinds most often, as they are the hardest to see."""
    draft = _any_scene(rng)
    subject, other = scene.subject, scene.other
    part = rng.choices(("kind", "other", "colour", "count", "where", "background"), (7, 5, 3, 3, 3, 1))[0]
    if part == "other" and other is not None:
        kind_only = rng.random() < 0.6
        new = (
            replace(other, kind=draft.subject.kind)
            if kind_only
            else replace(other, colour=draft.subject.colour)
        )
        return replace(scene, other=new)
    if part == "where":
        if other is None:
            return replace(scene, place=rng.choice(PLACES))
        if rng.random() < 0.5:
            return replace(scene, relation=rng.choice(RELATIONS))
        swapped = replace(subject, colour=other.colour), replace(other, colour=subject.colour)
        return replace(scene, subject=swapped[0], other=swapped[1])
    if part == "background":
        return replace(scene, background=draft.background)
    if part == "colour":
        return replace(scene, subject=replace(subject, colour=draft.subject.colour))
    if part == "count":
        return replace(scene, subject=replace(subject, count=draft.subject.count))
    return replace(scene, subject=replace(subject, kind=draft.subject.kind))


def twin_scene(scene: Scene, rng: random.Random, *, held_out: bool) -> Scene:
    """A scene that differs from `scene` in one respect only: the nearest miss there is."""
    while True:
        draft = _with_one_change(scene, rng)
        doubled = draft.other is not None and draft.other.kind == draft.subject.kind
        if draft != scene and not doubled and is_held_out(draft) is held_out:
            return draft


def _cells(count: int, wide: bool, rng: random.Random) -> list[tuple[float, float]]:
    """Centres of `count` cells in a box from -0.5 to 0.5: a row where the box is wide, else a grid."""
    if count == 1:
        return [(0.0, 0.0)]
    if wide:
        return [((i + 0.5) / count - 0.5, rng.uniform(-0.12, 0.12)) for i in range(count)]
    if count == 2:
        return [(-0.2, -0.25), (0.2, 0.25)]
    grid = [(-0.25, -0.25), (0.25, -0.25), (-0.25, 0.25), (0.25, 0.25)]
    if count == 3:
        return [*grid[2:], (0.0, -0.25)]
    return grid


def _fill(
    group: Group, area: tuple[float, float, float, float], aspect: float, rng: random.Random
) -> Iterator[Spot]:
    """Spread a group over an area (left, top, right, bottom as fractions) of a canvas of that aspect."""
    left, top, right, bottom = area
    across = (right - left) * max(aspect, 1.0)
    down = (bottom - top) * max(1 / aspect, 1.0)
    wide = across > 1.5 * down
    columns, rows = (1, 1) if group.count == 1 else (group.count, 1) if wide else (2, 2)
    fit = min(across / columns, down / rows)
    for x, y in _cells(group.count, wide, rng):
        size = min(fit, 0.62) * rng.uniform(0.84, 1.0)
        yield Spot(
            group,
            (left + right) / 2 + (x + rng.uniform(-0.03, 0.03)) * (right - left),
            (top + bottom) / 2 + (y + rng.uniform(-0.03, 0.03)) * (bottom - top),
            size,
        )


_AREAS = {
    "left": (0.02, 0.15, 0.44, 0.85),
    "right": (0.56, 0.15, 0.98, 0.85),
    "top": (0.06, 0.03, 0.94, 0.42),
    "bottom": (0.06, 0.58, 0.94, 0.97),
    "middle": (0.26, 0.22, 0.74, 0.78),
    "upper": (0.06, 0.03, 0.94, 0.48),
    "lower": (0.06, 0.52, 0.94, 0.97),
    "behind": (0.08, 0.06, 0.92, 0.74),
    "before": (0.1, 0.52, 0.9, 0.96),
}


def layout(scene: Scene, aspect: float, rng: random.Random) -> list[Spot]:
    """Where each thing goes on a canvas of `aspect` (width / height), in painting order."""
    if scene.other is None or scene.relation is None:
        return list(_fill(scene.subject, _AREAS[scene.place or "middle"], aspect, rng))
    sides = ("left", "right") if rng.random() < 0.5 else ("right", "left")
    subject, other = {
        "above": ("upper", "lower"),
        "below": ("lower", "upper"),
        "in front of": ("before", "behind"),
    }.get(scene.relation, sides)
    behind = _fill(scene.other, _AREAS[other], aspect, rng)
    return [*behind, *_fill(scene.subject, _AREAS[subject], aspect, rng)]


def _mix(paint: Colour, toward: Colour, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(paint, toward, strict=True))
    return red, green, blue


def _paints(colour: str, style: str, rng: random.Random) -> dict[str, Colour]:
    """Paint of every role for one thing, with a little variation of the colour itself."""
    red, green, blue = (min(255, max(0, channel + rng.randint(-12, 12))) for channel in COLOURS[colour])
    paints: dict[str, Colour] = {**_FIXED_PAINTS, "main": (red, green, blue)}
    if style == "pastel":
        paints = {role: _mix(paint, (255, 250, 244), 0.25) for role, paint in paints.items()}
    base = paints["main"]
    dark, light = _mix(base, (0, 0, 0), 0.34), _mix(base, (255, 255, 255), 0.5)
    if colour == "black":
        dark, light = _mix(base, (120, 120, 130), 0.35), _mix(base, (255, 255, 255), 0.3)
    return {**paints, "dark": dark, "light": light}


def _corners(
    part: Part, spot: Spot, canvas: Canvas, turn: tuple[float, float, float]
) -> list[tuple[float, float]]:
    """Canvas pixels of a part; `turn` is (angle in radians, -1 to mirror, wobble as a fraction)."""
    angle, mirror, wobble = turn
    side = spot.size * min(canvas.width, canvas.height)
    cos, sin = math.cos(angle) * side, math.sin(angle) * side
    x0, y0 = spot.x * canvas.width, spot.y * canvas.height
    noise = wobble * side
    corners = []
    for x, y in part.points:
        dx, dy = (canvas.rng.uniform(-noise, noise) if noise else 0.0 for _ in range(2))
        corners.append((x0 + mirror * x * cos - y * sin + dx, y0 + mirror * x * sin + y * cos + dy))
    return corners


def _paint_thing(canvas: Canvas, spot: Spot, style: str) -> None:
    rng = canvas.rng
    paints = _paints(spot.group.colour, style, rng)
    turn = (rng.uniform(-0.12, 0.12), rng.choice((-1.0, 1.0)), 0.012 if style == "crayon" else 0.0)
    edge = max(1, round(min(canvas.width, canvas.height) * (0.014 if style == "outlined" else 0.006)))
    line = _FIXED_PAINTS["ink"] if style == "outlined" else paints["dark"]
    if spot.group.colour == "black":
        line = paints["light"]
    for part in SHAPES[spot.group.kind]:
        corners = _corners(part, spot, canvas, turn)
        canvas.pen.polygon(corners, fill=paints[part.role])
        if style != "poster" or part.role in ("main", "dark"):
            canvas.pen.line([*corners, corners[0]], fill=line, width=edge)


def _textured(picture: Image.Image, style: str, rng: random.Random) -> Image.Image:
    """Grain of the drawing material, laid over the finished picture."""
    if style not in ("crayon", "pastel"):
        return picture
    noise = np.random.default_rng(rng.getrandbits(32))
    width, height = picture.size
    depth = 20.0 if style == "crayon" else 9.0
    grain = noise.normal(0.0, depth, (height, width, 1))
    pixels = np.asarray(picture, dtype=np.float32) + grain
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def draw(scene: Scene, width_px: int, height_px: int, style: str, rng: random.Random) -> Image.Image:
    """An RGB picture of the scene; sides may differ by a factor of two, `style` is one of STYLES."""
    if not 0.5 <= width_px / height_px <= 2.0:
        raise ValueError(f"aspect of {width_px}x{height_px} is outside 0.5 to 2")
    scale = 3 if max(width_px, height_px) <= 80 else 2
    picture = Image.new("RGB", (width_px * scale, height_px * scale))
    canvas = Canvas(ImageDraw.Draw(picture), *picture.size, rng)
    BACKDROPS[scene.background](canvas)
    for spot in layout(scene, width_px / height_px, rng):
        _paint_thing(canvas, spot, style)
    return _textured(picture.reduce(scale), style, rng)
