"""The excerpt of a run that a picture holds: all of it where its size allows, else the units with the widest range."""

from __future__ import annotations

from math import ceil
from typing import NamedTuple

import numpy as np

from lstm_viz.analysis.ranking import ranked_units
from lstm_viz.figures.viewport import MAX_FEATURES
from lstm_viz.traces import Trace

#: Numbers per unit and step: gates, candidate, cell and hidden state, readout; and with the gates' inputs.
NUMBERS_PER_UNIT, NUMBERS_PER_OPEN_UNIT = 7, 16
#: Numbers that a step's labels take the space of, and those that its gates read, where these are held.
NUMBERS_PER_LABEL, NUMBERS_PER_GATE_INPUT = 20, 49
BYTES_PER_NUMBER = 4
#: The fewest units and steps that a picture holds, where the run has as many.
MIN_UNITS, MIN_STEPS = 16, 128


class Excerpt(NamedTuple):
    """The sequences, steps and units (of each layer, the widest range first) that a picture holds."""

    sequences: slice
    steps: slice
    units: tuple[np.ndarray, ...]
    #: Whether gates can be opened to their numbers and weights.
    opened: bool

    def description(self, trace: Trace) -> str:
        """The excerpt in a sentence; empty where it is the whole run."""
        time, batch = trace.layers[0].hidden_state.shape[:2]
        widest = max(trace.layers, key=lambda layer: layer.units)
        shown_units = len(self.units[trace.layers.index(widest)])
        ranges = [
            _range_text(self.steps.start, self.steps.stop, time, "steps"),
            _range_text(self.sequences.start, self.sequences.stop, batch, "sequences"),
            f"the {shown_units} of {widest.units:,} units with the widest range" if shown_units < widest.units else "",
        ]
        partial_ranges = [text for text in ranges if text]
        return f"This picture holds {' and '.join(partial_ranges)}." if partial_ranges else ""


def choose_excerpt(
    trace: Trace, *, sequence: int, step: int, layer: int, unit: int | None, megabytes: float
) -> Excerpt:
    """The excerpt of a run, around a position, whose numbers take so many megabytes at most.

    Units go first, down to 16 of each layer, then other sequences, then far steps.
    Raises ValueError where not even that fits.
    """
    time, batch = trace.layers[0].hidden_state.shape[:2]
    all_units = tuple(ranked_units(each) for each in trace.layers)
    budget = int(megabytes * 1e6 / BYTES_PER_NUMBER)
    sequences, steps = slice(0, batch), slice(0, time)
    gated = trace.variant != "rnn" and all(each.weights for each in trace.layers)
    if gated and _count_numbers(time * batch, all_units, NUMBERS_PER_OPEN_UNIT, NUMBERS_PER_GATE_INPUT) <= budget:
        return Excerpt(sequences, steps, all_units, True)
    few = _first_units(all_units, MIN_UNITS, layer, unit)
    if _count_numbers(time * batch, few, NUMBERS_PER_UNIT) > budget:
        sequences = _centred(sequence, batch, max(1, budget // _count_numbers(time, few, NUMBERS_PER_UNIT)))
    count = sequences.stop - sequences.start
    if _count_numbers(time * count, few, NUMBERS_PER_UNIT) > budget:
        steps = _centred(step, time, budget // _count_numbers(count, few, NUMBERS_PER_UNIT))
    if steps.stop - steps.start < min(time, MIN_STEPS):
        need = (
            ceil(_count_numbers(min(time, MIN_STEPS), few, NUMBERS_PER_UNIT) * BYTES_PER_NUMBER / 1e5) / 10
        )  # said so that it is enough
        raise ValueError(f"A picture of this run needs {need:.1f} MB of numbers at least; megabytes={megabytes:g}.")
    shown = (steps.stop - steps.start) * count
    most = (budget // shown - NUMBERS_PER_LABEL - MAX_FEATURES * len(all_units)) // (NUMBERS_PER_UNIT * len(all_units))
    return Excerpt(sequences, steps, _first_units(all_units, max(MIN_UNITS, most), layer, unit), False)


def _count_numbers(moments: int, units: tuple[np.ndarray, ...], each: int, read: int = 0) -> int:
    """The count of numbers for so many steps of sequences."""
    return moments * (sum(map(len, units)) * each + (MAX_FEATURES + read) * len(units) + NUMBERS_PER_LABEL)


def _first_units(units: tuple[np.ndarray, ...], most: int, layer: int, unit: int | None) -> tuple[np.ndarray, ...]:
    """The first units of each layer; a requested one is among them."""
    firsts = [order[:most] for order in units]
    if unit is not None and unit not in firsts[layer]:
        firsts[layer] = np.append(firsts[layer][:-1], unit)
    return tuple(firsts)


def _centred(middle: int, total: int, count: int) -> slice:
    """A slice of `count` of `total` places, centred where the ends allow."""
    count = min(count, total)
    start = min(max(0, middle - count // 2), total - count)
    return slice(start, start + count)


def _range_text(start: int, stop: int, total: int, name: str) -> str:
    return "" if stop - start == total else f"{name} {start + 1:,} to {stop:,} of {total:,}"
