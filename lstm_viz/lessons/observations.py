"""What to look for in the run on the screen: one sentence a lesson, measured there and then."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from lstm_viz.analysis.landmark_steps import landmarks
from lstm_viz.figures.formats import plain, signed
from lstm_viz.figures.moment import BEATS, Moment
from lstm_viz.lessons.placeholders import percent
from lstm_viz.traces import LayerTrace


class Sight(NamedTuple):
    """A sentence, and the moment at which what it says is seen."""

    text: str
    moment: Moment


def sight(lesson: str, layer: LayerTrace, sequence: int = 0, steps: int = 32) -> Sight | None:
    """What to look for in a lesson; None where the lesson, or a plain RNN, has nothing of the kind."""
    if lesson not in _SIGHTS or layer.cell_state is None:
        return None
    stop = min(int(layer.lengths[sequence]), steps)
    return _SIGHTS[lesson](layer, sequence, stop)


def _column(layer: LayerTrace, name: str, sequence: int, stop: int) -> np.ndarray:
    """(steps, units) of one sequence."""
    values: np.ndarray = getattr(layer, name)
    return np.asarray(values[:stop, sequence], float)


def _keeper(layer: LayerTrace, sequence: int, stop: int) -> Sight:
    """The unit that keeps most and learns least over the steps shown, and how much."""
    kept = _column(layer, "forget_gate", sequence, stop).mean(axis=0)
    learned = np.abs(_column(layer, "learned", sequence, stop)).mean(axis=0)
    unit = int(np.argmax(kept - learned))
    text = (
        f"unit {unit + 1} kept {percent(kept[unit])} of what it held at each step, on average, "
        f"and learned {plain(learned[unit])} a step."
    )
    return Sight(text, Moment(landmarks(layer, unit, sequence, stop)["wait"], BEATS.index("forget"), unit, sequence))


def _learner(layer: LayerTrace, sequence: int, stop: int) -> Sight:
    """The largest single write."""
    step, unit = _peak(_column(layer, "learned", sequence, stop))
    values = [float(getattr(layer, name)[step, sequence, unit]) for name in ("candidate", "input_gate", "learned")]
    text = (
        f"the largest thing learned here is {signed(values[2])}, by unit {unit + 1} at step {step + 1}: "
        f"{signed(values[0])} was combined and {percent(values[1])} of it let in."
    )
    return Sight(text, Moment(step, BEATS.index("learn"), unit, sequence))


def _forgetter(layer: LayerTrace, sequence: int, stop: int) -> Sight:
    """The largest single loss."""
    lost = _column(layer, "previous_cell_state", sequence, stop) - _column(layer, "kept", sequence, stop)
    step, unit = _peak(lost)
    before, factor = (
        _column(layer, name, sequence, stop)[step, unit] for name in ("previous_cell_state", "forget_gate")
    )
    text = (
        f"unit {unit + 1} gives up most at step {step + 1}: it held {signed(before)} and keeps {percent(factor)} of it."
    )
    return Sight(text, Moment(step, BEATS.index("forget"), unit, sequence))


def _rememberer(layer: LayerTrace, sequence: int, stop: int) -> Sight:
    """The largest change of a memory from one step to the next."""
    change = _column(layer, "cell_state", sequence, stop) - _column(layer, "previous_cell_state", sequence, stop)
    step, unit = _peak(change)
    kept, learned = (float(part[step, sequence, unit]) for part in (layer.kept, layer.learned))
    text = (
        f"no memory changes more than unit {unit + 1}'s at step {step + 1}: "
        f"{signed(kept)} was kept and {signed(learned)} learned."
    )
    return Sight(text, Moment(step, BEATS.index("remember"), unit, sequence))


def _user(layer: LayerTrace, sequence: int, stop: int) -> Sight:
    """The unit that holds much and says little of it."""
    memory, said = _column(layer, "cell_state", sequence, stop), _column(layer, "output_gate", sequence, stop)
    step, unit = _peak(np.abs(np.tanh(memory)) * (1 - said))
    share = said[step, unit]
    held = f"unit {unit + 1} holds {signed(memory[step, unit])} at step {step + 1} and shows"
    if share < 0.5:
        text = f"{held} only {percent(share)} of what that offers: it remembers without speaking."
    else:
        text = f"{held} {percent(share)} of what that offers, and no unit hides more: this run shows all that it knows."
    return Sight(text, Moment(step, BEATS.index("use"), unit, sequence))


def _peak(values: np.ndarray) -> tuple[int, int]:
    """(step, unit) of the largest magnitude, the first step left out if there are others."""
    first = 1 if len(values) > 1 else 0
    step, unit = np.unravel_index(np.argmax(np.nan_to_num(np.abs(values[first:]))), values[first:].shape)
    return first + int(step), int(unit)


_SIGHTS: dict[str, Callable[[LayerTrace, int, int], Sight]] = {
    "basics": _keeper,
    "architecture": _rememberer,
    "learn_gate": _learner,
    "forget_gate": _keeper,
    "remember_gate": _rememberer,
    "use_gate": _user,
    "all_together": _forgetter,
}
