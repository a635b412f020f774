"""A network unrolled in time: where its columns, boxes and arrows stand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

#: Columns that every picture has room for, so that all of them are drawn to one scale.
COLUMNS = 8
#: Where things stand, bottom to top: the event, the cell from its lower to its upper edge, the answer.
EVENT, FLOOR, CEILING, ANSWER = 0.0, 0.8, 2.2, 3.0
MIDDLE, HALF = (FLOOR + CEILING) / 2, 0.28
#: How far an arrow stays away from what it leaves, and its head from what it comes to.
GAP, SHY_ACROSS, SHY_UP = 0.3, 0.07, 0.09

Point = tuple[float | None, float | None]
Arrow = list[tuple[float, float]]
BREAK: Point = (None, None)


@dataclass(frozen=True, eq=False)
class Unrolled:
    """What goes in and comes out at each step, as short texts ("" for nothing), and the memory between.

    `states` (steps, units) are a real run's short-term memory; None where nothing is run, and the cells
    are drawn empty. `fed_back` says that each event is the answer before it.
    """

    title: str
    said: str
    events: tuple[str, ...]
    answers: tuple[str, ...]
    states: Float[np.ndarray, "steps units"] | None = None
    fed_back: bool = False


@dataclass(frozen=True, eq=False)
class Placed:
    """A picture with its place among the others: how far right and how far up it stands."""

    picture: Unrolled
    right: float
    up: float

    @property
    def is_run(self) -> bool:
        """Whether a network is run here at all."""
        return self.picture.states is not None

    @property
    def columns(self) -> list[float]:
        """Where each step's column stands; a few stand in the middle."""
        count = len(self.picture.events)
        return [self.right + (COLUMNS - count) / 2 + step for step in range(count)]

    def now(self, step: int) -> int:
        """The step that is shown at a step of the longest picture."""
        return min(step, len(self.picture.events) - 1)


def arrows(one: Placed, step: int) -> list[Arrow]:
    """The ways that numbers take at one step, each from its start to its head."""
    at, up, picture = one.columns[step], one.up, one.picture
    found: list[Arrow] = []
    if step:
        found.append([(at - 1 + HALF, MIDDLE), (at - HALF - SHY_ACROSS, MIDDLE)])
    if step and picture.fed_back:
        round_about = [(at - 1 + HALF, ANSWER), (at - 0.5, ANSWER), (at - 0.5, EVENT)]
        found.append([*round_about, (at - HALF - SHY_ACROSS, EVENT)])
    if picture.events[step]:
        found.append([(at, EVENT + GAP), (at, FLOOR - SHY_UP)])
    if picture.answers[step]:
        found.append([(at, CEILING), (at, ANSWER - GAP - SHY_UP)])
    return [[(x, y + up) for x, y in arrow] for arrow in found]


def box(one: Placed, at: float) -> list[Point]:
    """The outline of the cell of one column, and a break after it."""
    corners = [(-HALF, FLOOR), (HALF, FLOOR), (HALF, CEILING), (-HALF, CEILING), (-HALF, FLOOR)]
    return [*((at + across, one.up + up) for across, up in corners), BREAK]
