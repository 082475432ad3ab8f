"""Outlines of the things a scene may show, as closed polygons.

Coordinates live in a box from -0.5 to 0.5 on both axes, x to the right and y downwards, so that one
affine map puts a thing anywhere on a canvas.
"""

import math
from dataclasses import dataclass

Points = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Part:
    """One filled polygon.

    `role` names its paint: "main", "dark" and "light" follow the colour of the thing, any other role is
    a fixed paint such as "wood" or "leaf".
    """

    role: str
    points: Points


def _poly(role: str, *xy: float) -> Part:
    return Part(role, tuple(zip(xy[0::2], xy[1::2], strict=True)))


def _oval(
    role: str, centre: tuple[float, float], rx: float, ry: float, turn: tuple[float, float] = (0, 360)
) -> Part:
    """Ellipse, or the part of it between two angles in degrees (clockwise, 0 points right)."""
    steps = 20
    span = turn[1] - turn[0]
    angles = [math.radians(turn[0] + span * i / steps) for i in range(steps + (span < 360))]
    return Part(role, tuple((centre[0] + rx * math.cos(a), centre[1] + ry * math.sin(a)) for a in angles))


def _bar(role: str, start: tuple[float, float], end: tuple[float, float], width: float = 0.07) -> Part:
    """Straight stroke as a rectangle."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    scale = width / (2 * math.hypot(dx, dy))
    nx, ny = -dy * scale, dx * scale
    return _poly(role, start[0] + nx, start[1] + ny, end[0] + nx, end[1] + ny,
                 end[0] - nx, end[1] - ny, start[0] - nx, start[1] - ny)  # fmt: skip


def _spokes(count: int, outer: float, inner: float) -> Points:
    """Star-shaped outline with `count` tips."""
    radii = [outer if i % 2 == 0 else inner for i in range(2 * count)]
    return tuple(
        (r * math.sin(math.pi * i / count), -r * math.cos(math.pi * i / count)) for i, r in enumerate(radii)
    )


def _petals(radius: float, centre_y: float) -> tuple[Part, ...]:
    turns = [2 * math.pi * i / 5 for i in range(5)]
    return tuple(
        _oval("main", (radius * math.sin(t), centre_y - radius * math.cos(t)), 0.14, 0.14) for t in turns
    )


def _wheel(x: float, y: float, radius: float) -> tuple[Part, Part]:
    return _oval("ink", (x, y), radius, radius), _oval("metal", (x, y), radius * 0.45, radius * 0.45)


SHAPES: dict[str, tuple[Part, ...]] = {
    "house": (
        _poly("main", -0.38, -0.08, 0.38, -0.08, 0.38, 0.48, -0.38, 0.48),
        _poly("dark", -0.5, -0.06, 0.0, -0.5, 0.5, -0.06),
        _poly("wood", -0.08, 0.18, 0.1, 0.18, 0.1, 0.48, -0.08, 0.48),
        _poly("glass", -0.3, 0.06, -0.15, 0.06, -0.15, 0.22, -0.3, 0.22),
        _poly("glass", 0.17, 0.06, 0.32, 0.06, 0.32, 0.22, 0.17, 0.22),
    ),
    "tree": (
        _bar("wood", (0, 0.5), (0, 0.05), 0.13),
        _oval("main", (-0.2, 0.0), 0.22, 0.2),
        _oval("main", (0.2, 0.0), 0.22, 0.2),
        _oval("main", (0, -0.2), 0.3, 0.29),
    ),
    "car": (
        _poly("main", -0.5, 0.02, -0.3, -0.02, -0.18, -0.26, 0.18, -0.26, 0.32, -0.02, 0.5, 0.04,
              0.5, 0.24, -0.5, 0.24),
        _poly("glass", -0.2, -0.02, -0.12, -0.19, -0.02, -0.19, -0.02, -0.02),
        _poly("glass", 0.04, -0.02, 0.04, -0.19, 0.15, -0.19, 0.22, -0.02),
        *_wheel(-0.28, 0.24, 0.13),
        *_wheel(0.28, 0.24, 0.13),
    ),
    "boat": (
        _poly("dark", -0.5, 0.2, 0.5, 0.2, 0.32, 0.45, -0.32, 0.45),
        _bar("wood", (0, 0.2), (0, -0.5), 0.05),
        _poly("main", 0.04, -0.46, 0.44, 0.12, 0.04, 0.12),
        _poly("main", -0.04, -0.34, -0.36, 0.12, -0.04, 0.12),
    ),
    "fish": (
        _poly("dark", 0.2, 0.0, 0.5, -0.24, 0.42, 0.0, 0.5, 0.24),
        _poly("dark", -0.1, -0.15, 0.05, -0.33, 0.16, -0.1),
        _oval("main", (-0.1, 0), 0.4, 0.22),
        _oval("paper", (-0.32, -0.05), 0.06, 0.06),
        _oval("ink", (-0.33, -0.05), 0.03, 0.03),
    ),
    "bird": (
        _poly("dark", 0.18, 0.02, 0.5, -0.14, 0.46, 0.12, 0.2, 0.16),
        _bar("ink", (-0.04, 0.22), (-0.04, 0.44), 0.04),
        _bar("ink", (0.08, 0.22), (0.08, 0.44), 0.04),
        _oval("main", (0.0, 0.06), 0.28, 0.22),
        _oval("main", (-0.24, -0.2), 0.17, 0.17),
        _poly("beak", -0.38, -0.26, -0.54, -0.17, -0.38, -0.12),
        _oval("dark", (0.08, 0.04), 0.16, 0.1),
        _oval("ink", (-0.28, -0.24), 0.035, 0.035),
    ),
    "flower": (
        _bar("leaf", (0, 0.5), (0, -0.1), 0.06),
        _oval("leaf", (0.14, 0.28), 0.14, 0.06),
        *_petals(0.19, -0.2),
        _oval("beak", (0, -0.2), 0.1, 0.1),
    ),
    "cat": (
        _bar("main", (0.2, 0.36), (0.46, 0.02), 0.09),
        _oval("main", (0.02, 0.24), 0.25, 0.26),
        _poly("main", -0.3, -0.16, -0.3, -0.5, -0.1, -0.34),
        _poly("main", 0.22, -0.16, 0.22, -0.5, 0.02, -0.34),
        _oval("main", (-0.04, -0.16), 0.27, 0.22),
        _oval("paper", (-0.15, -0.2), 0.055, 0.065),
        _oval("paper", (0.07, -0.2), 0.055, 0.065),
        _oval("ink", (-0.15, -0.2), 0.03, 0.05),
        _oval("ink", (0.07, -0.2), 0.03, 0.05),
        _poly("beak", -0.08, -0.1, 0.0, -0.1, -0.04, -0.05),
    ),
    "ball": (
        _oval("main", (0, 0), 0.4, 0.4),
        _oval("light", (0, 0), 0.4, 0.12),
        _oval("light", (0, 0), 0.1, 0.4),
    ),
    "star": (Part("main", _spokes(5, 0.5, 0.21)),),
    "kite": (
        _poly("main", 0.0, -0.5, 0.3, -0.14, 0.0, 0.24, -0.3, -0.14),
        _poly("light", 0.0, -0.5, 0.3, -0.14, 0.0, -0.14),
        _poly("light", 0.0, 0.24, -0.3, -0.14, 0.0, -0.14),
        _bar("ink", (0, 0.24), (0.1, 0.36), 0.03),
        _bar("ink", (0.1, 0.36), (-0.02, 0.5), 0.03),
        _poly("main", 0.02, 0.3, 0.2, 0.3, 0.02, 0.42, 0.2, 0.42),
    ),
    "mushroom": (
        _poly("paper", -0.12, 0.0, 0.12, 0.0, 0.17, 0.48, -0.17, 0.48),
        _oval("main", (0, 0.04), 0.46, 0.46, (180, 360)),
        _oval("light", (-0.2, -0.1), 0.08, 0.08),
        _oval("light", (0.06, -0.24), 0.08, 0.08),
        _oval("light", (0.24, -0.06), 0.07, 0.07),
    ),
    "umbrella": (
        _bar("wood", (0, -0.2), (0, 0.42), 0.05),
        _bar("wood", (0, 0.44), (0.16, 0.44), 0.05),
        _bar("wood", (0.15, 0.46), (0.15, 0.34), 0.05),
        _poly("main", -0.5, 0.0, -0.43, -0.24, -0.24, -0.42, 0, -0.48, 0.24, -0.42, 0.43, -0.24, 0.5, 0.0,
              0.34, -0.07, 0.17, 0.0, 0.0, -0.07, -0.17, 0.0, -0.34, -0.07),
        _poly("dark", -0.17, 0.0, 0.0, -0.48, 0.17, 0.0, 0.0, -0.07),
    ),
    "chair": (
        _bar("dark", (-0.24, 0.5), (-0.24, 0.1), 0.08),
        _bar("dark", (0.28, 0.5), (0.28, 0.1), 0.08),
        _poly("main", -0.32, -0.5, -0.18, -0.5, -0.18, 0.06, -0.32, 0.06),
        _poly("main", -0.32, 0.02, 0.36, 0.02, 0.36, 0.17, -0.32, 0.17),
    ),
    "cup": (
        _oval("dark", (0.3, 0.02), 0.2, 0.2),
        _oval("hole", (0.3, 0.02), 0.1, 0.1),
        _poly("main", -0.36, -0.3, 0.28, -0.3, 0.2, 0.36, -0.28, 0.36),
        _oval("wood", (-0.04, -0.3), 0.32, 0.08),
    ),
    "lamp": (
        _bar("ink", (0, 0.44), (0, 0.0), 0.06),
        _oval("ink", (0, 0.46), 0.24, 0.05),
        _poly("main", -0.2, -0.46, 0.2, -0.46, 0.4, 0.04, -0.4, 0.04),
        _poly("light", -0.06, -0.46, 0.06, -0.46, 0.12, 0.04, -0.12, 0.04),
    ),
}  # fmt: skip
