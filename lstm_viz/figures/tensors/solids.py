"""Tensors as solids drawn in pixels, box or plate, with sizes far apart drawn closer together."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

#: A box leans back by these shares of its depth.
LEAN = (0.55, 0.4)
#: Cells are told apart up to so many along an edge, and where they are so wide, in pixels.
MAX_CELLS, MIN_CELL_WIDTH = 16, 3.0

Point = tuple[float, float]


class Place(NamedTuple):
    """A lower left front corner: a share of the picture's width, pixels right of there, pixels from the top."""

    across: float
    right: float
    down: float

    def moved(self, right: float = 0, down: float = 0) -> Place:
        """A place so many pixels further."""
        return Place(self.across, self.right + right, self.down + down)


class Edges(NamedTuple):
    """Lengths in pixels: along, up and back."""

    along: float
    up: float
    back: float = 0

    @property
    def width(self) -> float:
        """Pixels from side to side."""
        return self.along + LEAN[0] * self.back

    @property
    def height(self) -> float:
        """Pixels from top to bottom."""
        return self.up + LEAN[1] * self.back


def solid(place: Place, edges: Edges, cells: tuple[int, int], colour: str) -> list[dict[str, Any]]:
    """Plotly shapes of a box, or of a plate where `edges.back` is 0; its front is cut into cells along and up."""
    front, side, top = _faces(edges)
    shapes = [_fill(place, front, colour, 0.2)]
    if edges.back:
        shapes += [_fill(place, side, colour, 0.42), _fill(place, top, colour, 0.32)]
    shapes += [_lines(place, _cuts(edges, cells), colour, 0.6, 0.55)]
    return [
        *shapes,
        _lines(place, [_closed(face) for face in ((front, side, top) if edges.back else (front,))], colour),
    ]


def _faces(edges: Edges) -> tuple[list[Point], list[Point], list[Point]]:
    """Corners of the front, the right side and the top."""
    along, up, x, y = edges.along, edges.up, LEAN[0] * edges.back, LEAN[1] * edges.back
    front = [(0.0, 0.0), (along, 0.0), (along, up), (0.0, up)]
    side = [(along, 0.0), (along + x, y), (along + x, up + y), (along, up)]
    top = [(0.0, up), (along, up), (along + x, up + y), (x, up + y)]
    return front, side, top


def _cuts(edges: Edges, cells: tuple[int, int]) -> list[list[Point]]:
    """Lines between the front's cells, where they can be told apart."""
    along, up = edges.along, edges.up
    upright = [[(x, 0.0), (x, up)] for x in _between(along, cells[0])]
    return upright + [[(0.0, y), (along, y)] for y in _between(up, cells[1])]


def _between(length: float, cells: int) -> list[float]:
    if cells > MAX_CELLS or length / cells < MIN_CELL_WIDTH:
        return []
    return [length * cell / cells for cell in range(1, cells)]


def _closed(corners: Sequence[Point]) -> list[Point]:
    return [*corners, corners[0]]


def _fill(place: Place, corners: Sequence[Point], colour: str, opacity: float) -> dict[str, Any]:
    return _path(place, [_closed(corners)]) | {"fillcolor": colour, "opacity": opacity, "line": {"width": 0}}


def _lines(
    place: Place, lines: Iterable[Sequence[Point]], colour: str, width: float = 1.3, opacity: float = 1
) -> dict[str, Any]:
    return _path(place, lines) | {"line": {"color": colour, "width": width}, "opacity": opacity}


def _path(place: Place, lines: Iterable[Sequence[Point]]) -> dict[str, Any]:
    """A Plotly path in pixels, which count upwards from the picture's top edge."""
    texts = ("L".join(f"{place.right + x:.1f},{y - place.down:.1f}" for x, y in line) for line in lines)
    at = {"xref": "paper", "yref": "paper", "xanchor": place.across, "yanchor": 1}
    return at | {"type": "path", "xsizemode": "pixel", "ysizemode": "pixel", "path": "".join(f"M{t}" for t in texts)}


#: The longest edge is at most so many times as long as the shortest.
MAX_RATIO = 12.0


class Scale(NamedTuple):
    """Pixels for a size: `unit` × size ** `power`; to scale where the power is 1."""

    unit: float
    power: float

    def __call__(self, size: int) -> float:
        """Pixels."""
        return self.unit * size**self.power

    @property
    def true(self) -> bool:
        """Whether twice the size is twice the length."""
        return self.power == 1


def scale(sizes: Iterable[int], longest: float) -> Scale:
    """The scale on which the largest of the sizes is `longest` pixels.

    >>> scale([3, 12], 48)(3), scale([1, 2048], 48)(1)
    (12.0, 4.0)
    """
    known = sorted(sizes)
    ratio = known[-1] / known[0]
    power = 1.0 if ratio <= MAX_RATIO else math.log(MAX_RATIO) / math.log(ratio)
    return Scale(longest / known[-1] ** power, power)
