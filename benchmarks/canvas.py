"""A sheet to paint a chart on with Pillow: words, lines, marks, and axes that count by tens."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from math import cos, log10, pi, sin

from PIL import Image, ImageDraw, ImageFont

from benchmarks.marks import Mark

#: Pixels of the picture for each that is counted here, so that it is sharp on any screen.
SHARP = 2
#: Corners of a shape and the angle of the first.
CORNERS = {"square": (4, pi / 4), "diamond": (4, 0.0), "triangle-up": (3, -pi / 2)}
#: Strokes of a shape that has no inside: the angle of the first of two.
STROKES = {"cross": 0.0, "x": pi / 4}

Scale = Callable[[float], float]


class Canvas:
    """White paper of so many pixels; every place and size is given in those."""

    def __init__(self, width: float, height: float) -> None:
        self.image = Image.new("RGB", (round(width * SHARP), round(height * SHARP)), "white")
        self._draw = ImageDraw.Draw(self.image)

    def text(self, x: float, y: float, words: str, colour: str, size: float = 13, anchor: str = "lm") -> None:
        """Words at a place; `anchor` is Pillow's: l, m or r, then a, m or s."""
        self._draw.text((x * SHARP, y * SHARP), words, colour, _font(size * SHARP), anchor)

    def line(self, x: float, y: float, to_x: float, to_y: float, colour: str, width: float = 1, dash: int = 0) -> None:
        """A straight line; `dash` pixels drawn, as many left out."""
        length = max(abs(to_x - x), abs(to_y - y), 1e-9)
        for start in range(0, round(length), 2 * dash) if dash else (0,):
            first, last = start / length, min(1.0, (start + dash) / length) if dash else 1.0
            ends = [(x + share * (to_x - x), y + share * (to_y - y)) for share in (first, last)]
            self._draw.line([value * SHARP for end in ends for value in end], colour, round(width * SHARP))

    def mark(self, x: float, y: float, mark: Mark) -> None:
        """One point of a chart."""
        shape, radius = mark.shape.removesuffix("-open"), mark.size / 2
        if shape in STROKES:
            for angle in (STROKES[shape], STROKES[shape] + pi / 2):
                across, down = radius * cos(angle), radius * sin(angle)
                self.line(x - across, y - down, x + across, y + down, mark.colour, 2)
            return
        corners, first = CORNERS.get(shape, (40, 0.0))
        angles = [first + 2 * pi * number / corners for number in range(corners)]
        place = [((x + radius * cos(angle)) * SHARP, (y + radius * sin(angle)) * SHARP) for angle in angles]
        inside = "white" if mark.shape.endswith("-open") else mark.colour
        self._draw.polygon(place, inside, mark.colour, round(1.5 * SHARP))

    def width(self, words: str, size: float = 13) -> float:
        """Pixels that words take."""
        return _font(size * SHARP).getlength(words) / SHARP


def by_tens(low: float, high: float, first: float, last: float) -> Scale:
    """Where a value stands between `first` and `last`, each ten times as far on.

    >>> place = by_tens(1, 100, 0, 50)
    >>> place(1), place(10), place(100)
    (0.0, 25.0, 50.0)
    """
    whole = log10(high / low)
    return lambda value: first + (last - first) * log10(value / low) / whole


@cache
def _font(size: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
