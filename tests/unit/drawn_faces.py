"""A drawn face: what the face detector takes for one, made here."""

from __future__ import annotations

from PIL import Image, ImageDraw, ImageFilter


def drawn_face(size_px=(400, 300), at=(200, 150), radius=70):
    picture = Image.new("RGB", size_px, (120, 140, 160))
    draw = ImageDraw.Draw(picture)
    x, y = at

    def ellipse(left, top, right, bottom, fill):
        draw.ellipse((x + left * radius, y + top * radius, x + right * radius, y + bottom * radius), fill)

    ellipse(-0.85, -1.3, 0.85, 0.5, (70, 45, 30))
    ellipse(-0.75, -1, 0.75, 1.1, (224, 180, 150))
    for side in (-0.32, 0.32):
        ellipse(side - 0.17, -0.21, side + 0.17, -0.03, (245, 245, 245))
        ellipse(side - 0.08, -0.2, side + 0.08, -0.04, (50, 35, 25))
        ellipse(side - 0.2, -0.28, side + 0.2, -0.22, (70, 45, 30))
    nose = [(-0.05, -0.05), (-0.15, 0.32), (0.15, 0.32), (0.05, -0.05)]
    draw.polygon([(x + dx * radius, y + dy * radius) for dx, dy in nose], (205, 155, 125))
    ellipse(-0.28, 0.5, 0.28, 0.68, (175, 80, 80))
    return picture.filter(ImageFilter.GaussianBlur(radius * 0.02))
