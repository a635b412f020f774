"""Geometry of the cell picture: coordinates of its tracks, gates and columns, on a wide screen and on a phone.

A track is the strip along which a state goes from step to step: the cell state's (long-term memory) at the top, the
hidden state's (short-term memory) at the foot.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


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


@dataclass(frozen=True)
class Geometry:
    """Coordinates of tracks, gates and columns; the picture is `width` by `height` units.

    Heights are CSS pixels; widths stretch with the page.
    """

    width: float
    height: float
    cell_state_track: Box
    hidden_state_track: Box
    forget_column: tuple[float, float]
    remember_column: tuple[float, float]
    forget_box: Box
    learn_box: Box
    use_box: Box
    event: Box
    input_line_y: float
    stm_before: tuple[float, float]
    stm_after: tuple[float, float]
    font: int
    #: How far left of the remember gate the course's use gate reads `kept`.
    course_readout_offset: float
    compact: bool

    @property
    def use_input_x(self) -> float:
        """Where STM' and the event enter the use gate: under its factor."""
        return self.use_columns[1].middle[0]

    @property
    def readout_x(self) -> float:
        """Where long-term memory enters the use gate: over what memory offers."""
        return self.use_columns[0].middle[0]

    @property
    def forget_cells(self) -> Box:
        """The forget factor's column in its gate."""
        return _columns(self.forget_box, 1, self.font)[0]

    @property
    def learn_columns(self) -> list[Box]:
        """Columns of what was combined, the ignore factor and their product."""
        return _columns(self.learn_box, 3, self.font)

    @property
    def use_columns(self) -> list[Box]:
        """Columns of what memory offers, the use factor and their product."""
        return _columns(self.use_box, 3, self.font)

    def on_cell_state_track(self, left: float, right: float) -> Box:
        """A stretch of the cell state's track."""
        return Box(left, self.cell_state_track.bottom, right, self.cell_state_track.top)

    def on_hidden_state_track(self, span: tuple[float, float]) -> Box:
        """A stretch of the hidden state's track."""
        return Box(span[0], self.hidden_state_track.bottom, span[1], self.hidden_state_track.top)


def _columns(box: Box, count: int, font: int) -> list[Box]:
    """Evenly spaced columns in a gate, with room for a name above and a number below."""
    step = (box.right - box.left) / count
    middles = [box.left + step * (column + 0.5) for column in range(count)]
    half = min(12.0, step / 4)
    return [Box(x - half, box.bottom + font + 5, x + half, box.top - font - 3) for x in middles]


WIDE = Geometry(
    width=1000,
    height=392,
    cell_state_track=Box(2, 258, 998, 358),
    hidden_state_track=Box(2, 8, 998, 96),
    forget_column=(250, 272),
    remember_column=(560, 582),
    forget_box=Box(196, 142, 326, 226),
    learn_box=Box(344, 132, 558, 236),
    use_box=Box(640, 132, 854, 236),
    event=Box(206, 8, 226, 96),
    input_line_y=114,
    stm_before=(2, 170),
    stm_after=(830, 998),
    font=14,
    course_readout_offset=60,
    compact=False,
)
NARROW = Geometry(
    width=360,
    height=470,
    cell_state_track=Box(2, 318, 358, 432),
    hidden_state_track=Box(2, 10, 358, 110),
    forget_column=(82, 96),
    remember_column=(215, 229),
    forget_box=Box(48, 172, 130, 276),
    learn_box=Box(134, 160, 240, 286),
    use_box=Box(250, 160, 358, 286),
    event=Box(118, 10, 132, 110),
    input_line_y=138,
    stm_before=(2, 100),
    stm_after=(262, 358),
    font=12,
    course_readout_offset=20,
    compact=True,
)
