"""Geometry of the cell picture: coordinates of its tracks, gates and columns, on a wide chart and on a narrow one.

A track is the strip along which a state goes from step to step. The cell state's (long-term memory) runs along the top;
what a step reads is at the lower left, what it gives at the lower right: the hidden state (short-term memory) on both
sides, the event on the left, the answer on the right.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

#: In a gate, y upwards from its bottom: the numbers' line; downwards from its top: its title and its columns' names.
NUMBERS, TITLE, NAMES = 13, 14, 33
#: And the line of the forget gate's factor, over how far it is open in words.
FACTOR = 31


class Box(NamedTuple):
    """A rectangle in the picture's own units, y upwards."""

    left: float
    bottom: float
    right: float
    top: float

    @property
    def middle(self) -> tuple[float, float]:
        """The centre, (x, y)."""
        return (self.left + self.right) / 2, (self.bottom + self.top) / 2

    @property
    def rows(self) -> list[float]:
        """Its lower and upper edge, between which units have their rows."""
        return [self.bottom, self.top]


class Columns(NamedTuple):
    """Where a gate multiplies, along x: a vector comes in, goes through the opening, and what is left goes on."""

    left: float
    gate: float
    throat: float
    end: float
    right: float

    @property
    def middles(self) -> tuple[float, float, float]:
        """The middle of what comes in, of the opening and of what is left."""
        return (self.left + self.gate) / 2, (self.gate + self.end) / 2, (self.end + self.right) / 2


@dataclass(frozen=True)
class Geometry:
    """Coordinates of tracks, gates and columns; the picture is `width` by `height` units.

    Heights are CSS pixels; widths stretch with the page.
    """

    width: float
    height: float
    cell_state_track: Box
    #: Along the cell state's track: where the forget gate begins, is closed and ends; where what is learned is added.
    forget_zone: tuple[float, float, float]
    remember_zone: tuple[float, float]
    forget_box: Box
    learn_box: Box
    use_box: Box
    learn_columns: Columns
    use_columns: Columns
    stm_before: Box
    stm_after: Box
    #: Centre and size of the event's tile, and where the first of its lines of text begins.
    tile: tuple[float, float]
    tile_size: float
    event_lines: tuple[float, float]
    answer: Box
    #: What the names and the percents of answers take of their box, at its left and right.
    answer_margins: tuple[float, float]
    #: x at which STM' and the event come together, and y of the line along which they go to the gates.
    bus: tuple[float, float]
    legend: tuple[float, float]
    titles_y: float
    font: int
    #: How texts follow the chart's width: their sizes are meant for the first, in pixels, and are scaled to at least
    #: and at most these shares.
    text_width: tuple[float, float, float]
    #: x at which the use gate reads LTM; the course's reads what was kept, there.
    readout_x: float
    course_readout_x: float
    compact: bool

    @property
    def numbers_y(self) -> float:
        """Height of the numbers over the cell state's track."""
        return self.cell_state_track.top + 10

    def rows_in(self, box: Box) -> Box:
        """The part of a gate in which units have their rows."""
        return Box(box.left, box.bottom + NUMBERS + 14, box.right, box.top - NAMES - 12)

    def on_cell_state_track(self, left: float, right: float) -> Box:
        """A stretch of the cell state's track."""
        return Box(left, self.cell_state_track.bottom, right, self.cell_state_track.top)


WIDE = Geometry(
    width=1000,
    height=506,
    cell_state_track=Box(2, 266, 998, 468),
    forget_zone=(202, 246, 266),
    remember_zone=(468, 540),
    forget_box=Box(186, 36, 282, 238),
    learn_box=Box(306, 36, 560, 238),
    use_box=Box(616, 36, 842, 238),
    learn_columns=Columns(320, 386, 438, 458, 550),
    use_columns=Columns(630, 688, 740, 760, 828),
    stm_before=Box(2, 122, 150, 214),
    stm_after=Box(866, 122, 998, 214),
    tile=(28, 58),
    tile_size=46,
    event_lines=(34, 88),
    answer=Box(866, 4, 998, 88),
    answer_margins=(18, 42),
    bus=(168, 20),
    legend=(998, 497),
    titles_y=497,
    font=14,
    text_width=(900, 0.76, 1.0),
    readout_x=658,
    course_readout_x=436,
    compact=False,
)
NARROW = Geometry(
    width=360,
    height=624,
    cell_state_track=Box(2, 432, 358, 570),
    forget_zone=(74, 94, 104),
    remember_zone=(170, 200),
    forget_box=Box(2, 236, 70, 408),
    learn_box=Box(76, 236, 214, 408),
    use_box=Box(220, 236, 358, 408),
    learn_columns=Columns(82, 118, 144, 160, 210),
    use_columns=Columns(226, 262, 288, 304, 352),
    stm_before=Box(2, 108, 110, 190),
    stm_after=Box(248, 108, 358, 190),
    tile=(148, 150),
    tile_size=40,
    event_lines=(58, 84),
    answer=Box(248, 2, 358, 74),
    answer_margins=(18, 38),
    bus=(128, 220),
    legend=(2, 595),
    titles_y=614,
    font=12,
    text_width=(358, 0.8, 1.2),
    readout_x=240,
    course_readout_x=150,
    compact=True,
)
