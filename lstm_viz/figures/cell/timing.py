"""Timing of the cell picture's motion: which part of a beat's progress, from 0 to 1, each part takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from lstm_viz.figures.bindings.ribbons import TRAVELS
from lstm_viz.figures.moment import FORGET, LEARN, REMEMBER, USE

During = tuple[float, float]
#: While the event comes in from below, and how far below it starts.
RISES, RISE = (0.45, 1.0), 90.0
#: While what goes to a gate, or from it, is on its way.
GOES: During = (0.0, 0.3)
#: While the gates close, by the beat in which they act.
CLOSES: dict[int, During] = {FORGET: (0.2, 0.55), LEARN: (0.35, 0.6), USE: (0.3, 0.5)}
#: While what is held back falls, and how far.
FALLS, FALL = (0.45, 1.0), 64.0
#: While ribbons run: memory at each beat, and those of the gates and of short-term memory where they are made.
RUNS: dict[int, During] = {FORGET: (0.4, 1.0), LEARN: (0.25, 0.95), REMEMBER: (0.25, 1.0), USE: (0.2, 0.7)}
LEAVES, MADE = (0.7, 0.85), (0.8, 1.0)
#: When numbers and words appear: what a gate takes in, its factor, what it lets out, and what arrives elsewhere.
TAKEN, CLOSED, ARRIVED, FOUND = 0.4, 0.55, 0.94, 0.5


class Way(NamedTuple):
    """What goes along a path while a part of a beat, and whether it is the event or what came of it."""

    beat: int
    during: During
    path: Sequence[tuple[float, float]]
    carries_event: bool = True


#: How much of a memory's way to the edge is left for the last beat, in which it goes on to the next step.
LEFT_OVER = 0.13


def goes_on(start: float, end: float) -> list[list[float]]:
    """How far a memory reaches in the beat in which it is made, in one in between, and in the last one."""
    short = end - LEFT_OVER * (end - start)
    return [[start, short], [short, short], [short, end]]


def during_beats(**beats: During) -> list[list[float]]:
    """The part of its progress that motion takes in each beat: both memories travel in the first."""
    named = {"forget": FORGET, "learn": LEARN, "remember": REMEMBER, "use": USE}
    parts = {0: TRAVELS, **{named[name]: part for name, part in beats.items()}}
    return [list(parts.get(beat, (0.0, 1.0))) for beat in range(6)]
