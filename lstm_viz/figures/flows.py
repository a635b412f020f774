"""Things of known width set side by side in groups, in as many lines as a screen needs."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

#: Pixels between two groups.
GAP = 14.0


class Spot(NamedTuple):
    """Where one thing stands: its left and right as shares of the width, and its line."""

    left: float
    right: float
    line: int


def flow(groups: Sequence[Sequence[float]], width: float) -> list[list[Spot]]:
    """Spots for things by their widths in pixels; a group that doesn't fit beside the last begins a line.

    What is left of a line is shared out. A group wider than the screen is broken within.

    >>> [[spot.line for spot in group] for group in flow([[50, 50], [60], [30, 30, 30]], 100)]
    [[0, 0], [1], [2, 2, 2]]
    """
    lines: list[list[tuple[int, float]]] = [[]]
    for number, group in enumerate(groups):
        if not _fits(lines[-1], sum(group), number, width):
            lines.append([])
        for thing in group:
            if not _fits(lines[-1], thing, number, width):
                lines.append([])
            lines[-1].append((number, thing))
    spots: list[list[Spot]] = [[] for _ in groups]
    for place, line in enumerate(lines):
        for number, spot in _spread(line, place, width):
            spots[number].append(spot)
    return spots


def _fits(line: list[tuple[int, float]], more: float, number: int, width: float) -> bool:
    gap = GAP if line and line[-1][0] != number else 0
    return not line or _taken(line) + gap + more <= width


def _taken(line: list[tuple[int, float]]) -> float:
    gaps = sum(GAP for one, other in pairwise(line) if one[0] != other[0])
    return sum(thing for _, thing in line) + gaps


def _spread(line: list[tuple[int, float]], place: int, width: float) -> list[tuple[int, Spot]]:
    """Each thing gets its width and an even part of what is left."""
    spare = max(0.0, width - _taken(line)) / len(line)
    spots, at, before = [], 0.0, line[0][0]
    for number, thing in line:
        at += GAP if number != before else 0
        before = number
        spots.append((number, Spot(at / width, min(1.0, (at + thing + spare) / width), place)))
        at += thing + spare
    return spots
