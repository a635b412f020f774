"""A moment of a run: what a person is looking at."""

from __future__ import annotations

from dataclasses import dataclass

#: The six beats of one step, in the order in which they act.
BEATS = ("arrive", "forget", "learn", "remember", "use", "move on")


@dataclass(frozen=True)
class Moment:
    """Where a person is looking, everything counted from 0.

    `unit` is the unit's number in the model, not its row in the picture; `window` is the
    first step that the strips show.

    >>> Moment(step=3).beat == BEATS.index("move on")
    True
    """

    step: int = 0
    beat: int = len(BEATS) - 1
    unit: int = 0
    sequence: int = 0
    layer: int = 0
    window: int = 0
