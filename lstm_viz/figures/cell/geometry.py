"""Where everything of the central picture stands, on a wide screen and on a phone."""

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
    """Places of belts, gates and columns; the picture is `width` by `height` units.

    Heights are CSS pixels; widths stretch with the page.
    """

    width: float
    height: float
    belt: Box
    stm_belts: Box
    forget_column: tuple[float, float]
    remember_column: tuple[float, float]
    forget_box: Box
    learn_box: Box
    use_box: Box
    event: Box
    bus: float
    stm_before: tuple[float, float]
    stm_after: tuple[float, float]
    font: int
    #: How far left of the remember gate the course's use gate reads `kept`.
    reach: float
    brief: bool

    @property
    def use_column(self) -> float:
        """Where STM' and the event enter the use gate: under its factor."""
        return self.use_columns[1].middle[0]

    @property
    def reading(self) -> float:
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

    def on_belt(self, left: float, right: float) -> Box:
        """A stretch of the long-term belt."""
        return Box(left, self.belt.bottom, right, self.belt.top)

    def on_stm(self, span: tuple[float, float]) -> Box:
        """A stretch of the short-term belt."""
        return Box(span[0], self.stm_belts.bottom, span[1], self.stm_belts.top)


def _columns(box: Box, count: int, font: int) -> list[Box]:
    """Evenly spaced columns in a gate, with room for a name above and a number below."""
    step = (box.right - box.left) / count
    middles = [box.left + step * (place + 0.5) for place in range(count)]
    half = min(12.0, step / 4)
    return [Box(x - half, box.bottom + font + 5, x + half, box.top - font - 3) for x in middles]


WIDE = Geometry(
    width=1000,
    height=392,
    belt=Box(2, 258, 998, 358),
    stm_belts=Box(2, 8, 998, 96),
    forget_column=(250, 272),
    remember_column=(560, 582),
    forget_box=Box(196, 142, 326, 226),
    learn_box=Box(344, 132, 558, 236),
    use_box=Box(640, 132, 854, 236),
    event=Box(206, 8, 226, 96),
    bus=114,
    stm_before=(2, 170),
    stm_after=(830, 998),
    font=14,
    reach=60,
    brief=False,
)
NARROW = Geometry(
    width=360,
    height=470,
    belt=Box(2, 318, 358, 432),
    stm_belts=Box(2, 10, 358, 110),
    forget_column=(82, 96),
    remember_column=(215, 229),
    forget_box=Box(48, 172, 130, 276),
    learn_box=Box(134, 160, 240, 286),
    use_box=Box(250, 160, 358, 286),
    event=Box(118, 10, 132, 110),
    bus=138,
    stm_before=(2, 100),
    stm_after=(262, 358),
    font=12,
    reach=20,
    brief=True,
)
