"""Which part of a run a picture holds: all of it where that fits, else what there is most to see in."""

from __future__ import annotations

from math import ceil
from typing import NamedTuple

import numpy as np

from lstm_viz.analysis.ranking import ranked_units
from lstm_viz.figures.viewport import MOST_FEATURES
from lstm_viz.traces import Trace

#: Numbers of a unit at a step: its gates, candidate, memories and offer; with what opens its gates, those too.
PLAYED, OPENED = 7, 16
#: Numbers that a step's names are worth, and what its gates read where they can be opened.
NAMED, READ = 20, 49
NUMBER = 4
#: No picture holds fewer, where the run has as many.
FEWEST_UNITS, FEWEST_STEPS = 16, 128


class Part(NamedTuple):
    """The sequences, steps and units (of each layer, those with most to see first) that are held."""

    sequences: slice
    steps: slice
    units: tuple[np.ndarray, ...]
    #: Whether gates can be opened to their numbers and weights.
    opened: bool

    def said(self, trace: Trace) -> str:
        """What of the run this is, as a sentence; nothing where it is all of it."""
        time, batch = trace.layers[0].hidden_state.shape[:2]
        widest = max(trace.layers, key=lambda layer: layer.units)
        held = len(self.units[trace.layers.index(widest)])
        pieces = [
            _piece(self.steps.start, self.steps.stop, time, "steps"),
            _piece(self.sequences.start, self.sequences.stop, batch, "sequences"),
            f"the {held} of {widest.units:,} units with the widest range" if held < widest.units else "",
        ]
        held_pieces = [piece for piece in pieces if piece]
        return f"This picture holds {' and '.join(held_pieces)}." if held_pieces else ""


def part_of(trace: Trace, *, sequence: int, step: int, layer: int, unit: int | None, megabytes: float) -> Part:
    """The part of a run, round what is looked at, whose numbers take so many megabytes at most.

    Units go first, down to 16 of each layer, then other sequences, then far steps.
    Raises ValueError where not even that fits.
    """
    time, batch = trace.layers[0].hidden_state.shape[:2]
    whole = tuple(ranked_units(each) for each in trace.layers)
    room = int(megabytes * 1e6 / NUMBER)
    sequences, steps = slice(0, batch), slice(0, time)
    gated = trace.variant != "rnn" and all(each.weights for each in trace.layers)
    if gated and _numbers(time * batch, whole, OPENED, READ) <= room:
        return Part(sequences, steps, whole, True)
    few = _first(whole, FEWEST_UNITS, layer, unit)
    if _numbers(time * batch, few, PLAYED) > room:
        sequences = _round(sequence, batch, max(1, room // _numbers(time, few, PLAYED)))
    count = sequences.stop - sequences.start
    if _numbers(time * count, few, PLAYED) > room:
        steps = _round(step, time, room // _numbers(count, few, PLAYED))
    if steps.stop - steps.start < min(time, FEWEST_STEPS):
        need = ceil(_numbers(min(time, FEWEST_STEPS), few, PLAYED) * NUMBER / 1e5) / 10  # said so that it is enough
        raise ValueError(f"A picture of this run needs {need:.1f} MB of numbers at least; megabytes={megabytes:g}.")
    shown = (steps.stop - steps.start) * count
    most = (room // shown - NAMED - MOST_FEATURES * len(whole)) // (PLAYED * len(whole))
    return Part(sequences, steps, _first(whole, max(FEWEST_UNITS, most), layer, unit), False)


def _numbers(moments: int, units: tuple[np.ndarray, ...], each: int, read: int = 0) -> int:
    """Numbers that so many steps of sequences take."""
    return moments * (sum(map(len, units)) * each + (MOST_FEATURES + read) * len(units) + NAMED)


def _first(units: tuple[np.ndarray, ...], most: int, layer: int, unit: int | None) -> tuple[np.ndarray, ...]:
    """The first units of each layer; one that is asked for is among them."""
    firsts = [order[:most] for order in units]
    if unit is not None and unit not in firsts[layer]:
        firsts[layer] = np.append(firsts[layer][:-1], unit)
    return tuple(firsts)


def _round(middle: int, total: int, count: int) -> slice:
    """So many places with one of them in the middle, as far as the ends allow."""
    count = min(count, total)
    start = min(max(0, middle - count // 2), total - count)
    return slice(start, start + count)


def _piece(start: int, stop: int, total: int, name: str) -> str:
    return "" if stop - start == total else f"{name} {start + 1:,} to {stop:,} of {total:,}"
