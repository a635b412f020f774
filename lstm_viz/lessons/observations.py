"""Observations: one sentence a lesson about the run on the screen, measured in its trace."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from lstm_viz.analysis.landmark_steps import landmarks
from lstm_viz.figures.formats import plain, signed
from lstm_viz.figures.moment import BEATS, Moment
from lstm_viz.lessons.placeholders import percent
from lstm_viz.traces import LayerTrace


class Observation(NamedTuple):
    """A sentence about a run, and the moment that shows it."""

    text: str
    moment: Moment


def observation(lesson: str, layer: LayerTrace, sequence: int = 0, steps: int = 32) -> Observation | None:
    """A lesson's observation of a layer; None where the lesson has none, or the layer is a plain RNN."""
    if lesson not in _OBSERVATIONS or layer.cell_state is None:
        return None
    stop = min(int(layer.lengths[sequence]), steps)
    return _OBSERVATIONS[lesson](layer, sequence, stop)


def _sequence_values(layer: LayerTrace, name: str, sequence: int, stop: int) -> np.ndarray:
    """(steps, units) of one sequence."""
    values: np.ndarray = getattr(layer, name)
    return np.asarray(values[:stop, sequence], float)


def _best_retention(layer: LayerTrace, sequence: int, stop: int) -> Observation:
    """The unit with the highest mean forget gate and the least learned over the steps shown."""
    kept = _sequence_values(layer, "forget_gate", sequence, stop).mean(axis=0)
    learned = np.abs(_sequence_values(layer, "learned", sequence, stop)).mean(axis=0)
    unit = int(np.argmax(kept - learned))
    text = (
        f"unit {unit + 1} kept {percent(kept[unit])} of what it held at each step, on average, "
        f"and learned {plain(learned[unit])} a step."
    )
    return Observation(
        text, Moment(landmarks(layer, unit, sequence, stop)["wait"], BEATS.index("forget"), unit, sequence)
    )


def _largest_write(layer: LayerTrace, sequence: int, stop: int) -> Observation:
    """The largest single write."""
    step, unit = _argmax_magnitude(_sequence_values(layer, "learned", sequence, stop))
    values = [float(getattr(layer, name)[step, sequence, unit]) for name in ("candidate", "input_gate", "learned")]
    text = (
        f"the largest thing learned here is {signed(values[2])}, by unit {unit + 1} at step {step + 1}: "
        f"{signed(values[0])} was combined and {percent(values[1])} of it let in."
    )
    return Observation(text, Moment(step, BEATS.index("learn"), unit, sequence))


def _largest_loss(layer: LayerTrace, sequence: int, stop: int) -> Observation:
    """The largest single loss."""
    lost = _sequence_values(layer, "previous_cell_state", sequence, stop) - _sequence_values(
        layer, "kept", sequence, stop
    )
    step, unit = _argmax_magnitude(lost)
    before, factor = (
        _sequence_values(layer, name, sequence, stop)[step, unit] for name in ("previous_cell_state", "forget_gate")
    )
    text = (
        f"unit {unit + 1} gives up most at step {step + 1}: it held {signed(before)} and keeps {percent(factor)} of it."
    )
    return Observation(text, Moment(step, BEATS.index("forget"), unit, sequence))


def _largest_change(layer: LayerTrace, sequence: int, stop: int) -> Observation:
    """The largest change of a memory from one step to the next."""
    change = _sequence_values(layer, "cell_state", sequence, stop) - _sequence_values(
        layer, "previous_cell_state", sequence, stop
    )
    step, unit = _argmax_magnitude(change)
    kept, learned = (float(part[step, sequence, unit]) for part in (layer.kept, layer.learned))
    text = (
        f"no memory changes more than unit {unit + 1}'s at step {step + 1}: "
        f"{signed(kept)} was kept and {signed(learned)} learned."
    )
    return Observation(text, Moment(step, BEATS.index("remember"), unit, sequence))


def _least_exposed(layer: LayerTrace, sequence: int, stop: int) -> Observation:
    """The unit with a large cell state and a nearly closed output gate."""
    memory, readout, output_gate = (
        _sequence_values(layer, name, sequence, stop) for name in ("cell_state", "readout", "output_gate")
    )
    step, unit = _argmax_magnitude(np.abs(readout) * (1 - output_gate))
    share = output_gate[step, unit]
    start = f"unit {unit + 1} holds {signed(memory[step, unit])} at step {step + 1} and shows"
    if share < 0.5:
        text = f"{start} only {percent(share)} of what that offers: it remembers without speaking."
    else:
        text = (
            f"{start} {percent(share)} of what that offers, and no unit hides more: this run shows all that it knows."
        )
    return Observation(text, Moment(step, BEATS.index("use"), unit, sequence))


def _argmax_magnitude(values: np.ndarray) -> tuple[int, int]:
    """(step, unit) of the largest magnitude, the first step left out if there are others."""
    first = 1 if len(values) > 1 else 0
    step, unit = np.unravel_index(np.argmax(np.nan_to_num(np.abs(values[first:]))), values[first:].shape)
    return first + int(step), int(unit)


_OBSERVATIONS: dict[str, Callable[[LayerTrace, int, int], Observation]] = {
    "basics": _best_retention,
    "architecture": _largest_change,
    "learn_gate": _largest_write,
    "forget_gate": _best_retention,
    "remember_gate": _largest_change,
    "use_gate": _least_exposed,
    "all_together": _largest_loss,
}
