"""Observations: something to look for in a run, measured in its trace, with the moment that shows it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from lstm_viz.analysis.landmark_steps import landmarks
from lstm_viz.bundled.cards import Finding
from lstm_viz.figures.formats import plain, signed
from lstm_viz.figures.moment import BEATS, Moment
from lstm_viz.figures.run_view import Texts
from lstm_viz.lessons.claims import SMALL
from lstm_viz.lessons.placeholders import STEPS, equation, event_name, percent, text_at
from lstm_viz.sequences.formatting import plural
from lstm_viz.traces import LayerTrace


class Observation(NamedTuple):
    """Something to look for: what to find, the moment that shows it, and what is seen there."""

    text: str
    moment: Moment
    found: str = ""

    @property
    def unit(self) -> int:
        """The unit to follow, counted from 0."""
        return self.moment.unit

    @property
    def step(self) -> int:
        """The step, counted from 0."""
        return self.moment.step

    @property
    def beat(self) -> int:
        """The beat's place in `BEATS`."""
        return self.moment.beat


def observation(
    lesson: str, layer: LayerTrace, sequence: int = 0, steps: int = STEPS, labels: Texts | None = None
) -> Observation | None:
    """A lesson's observation of a layer; None where the lesson has none, or the layer is a plain RNN."""
    if lesson not in _OBSERVATIONS or layer.cell_state is None:
        return None
    stop = min(int(layer.lengths[sequence]), steps)
    return _OBSERVATIONS[lesson](_Part(layer, sequence, stop, labels))


class _Part(NamedTuple):
    """The steps of one sequence in which an observation is sought: all superlatives range over these."""

    layer: LayerTrace
    sequence: int
    stop: int
    labels: Texts | None

    def values(self, name: str) -> np.ndarray:
        """(steps, units) of the sequence."""
        found: np.ndarray = getattr(self.layer, name)
        return np.asarray(found[: self.stop, self.sequence], float)

    def at(self, step: int, beat: str, unit: int) -> Moment:
        return Moment(step, BEATS.index(beat), unit, self.sequence)

    def arrival(self, step: int) -> str:
        """The step and its event, as the beginning of a sentence."""
        name = event_name(self.labels, step, self.sequence)
        return f"Step {step + 1:,}" + (f", {name}" if self.labels is not None else "")

    @property
    def range(self) -> str:
        """The steps, in words. The first is left out if there are others: nothing is held there yet."""
        steps = f"steps 2 to {self.stop:,}" if self.stop > 1 else "step 1"
        return f"{steps} of sequence {self.sequence + 1}"


#: A stretch over which a memory is held keeps at least this share of what is held at its beginning, which is at least
#: so large.
HELD_SHARE, HELD_SIZE = 0.5, 0.1


def _longest_hold(part: _Part) -> Observation:
    """A unit and a stretch of steps over which it keeps at least half of a memory: where size times length is most."""
    memory, forget = part.values("cell_state"), part.values("forget_gate")
    best, found = 0.0, None
    for start in range(part.stop - 1):
        left = np.cumprod(forget[start + 1 :], axis=0)
        lengths = np.where(left < HELD_SHARE, 0, 1).cumprod(axis=0).sum(axis=0)
        sizes = np.where(np.abs(memory[start]) >= HELD_SIZE, np.abs(memory[start]), 0) * lengths
        unit = int(np.nan_to_num(sizes).argmax())
        if sizes[unit] > best:
            best, found = float(sizes[unit]), (start, start + int(lengths[unit]), unit)
    if found is None:
        return _largest_memory(part)
    start, end, unit = found
    share = float(np.prod(forget[start + 1 : end + 1, unit]))
    held, left_over = memory[start, unit], memory[start, unit] * share
    steps = end - start
    return Observation(
        f"Find the row of unit {unit + 1} and follow it from step {start + 1:,} to step {end + 1:,}.",
        part.at(start, "move on", unit),
        f"It holds {signed(held)} at first. {plural(steps, 'step')} later {percent(share)} of that is left: "
        f"{signed(left_over)}.",
    )


def _largest_change(part: _Part) -> Observation:
    """The largest change of a memory from one step to the next."""
    before, memory = part.values("previous_cell_state"), part.values("cell_state")
    step, unit = _argmax_magnitude(memory - before)
    found = (
        f"{part.arrival(step)}: the memory of unit {unit + 1} goes from {signed(before[step, unit])} "
        f"to {signed(memory[step, unit])}."
    )
    return Observation(
        f"Find the step and the unit at which a long-term memory changes most in {part.range}.",
        part.at(step, "remember", unit),
        found,
    )


def _largest_write(part: _Part) -> Observation:
    """The largest single write."""
    candidate, factor, learned = (part.values(name) for name in ("candidate", "input_gate", "learned"))
    step, unit = _argmax_magnitude(learned)
    here = step, unit
    found = (
        f"{part.arrival(step)}: unit {unit + 1} learns most. "
        f"{equation(candidate[here], '×', factor[here], learned[here])}."
    )
    return Observation(
        f"Find the step at which a unit learns most in {part.range}.",
        part.at(step, "learn", unit),
        found,
    )


def _keeps_where_others_drop(part: _Part) -> Observation:
    """At the step at which most is lost, the unit that keeps the largest part of its memory, of those that hold one."""
    before = part.values("previous_cell_state")
    lost = np.abs(before - part.values("kept")).sum(axis=1)
    step = _argmax_after_first(lost)
    factors, holds = part.values("forget_gate")[step], np.abs(before[step]) >= SMALL
    if not holds.any():
        holds[:] = True
    unit = int(np.argmax(np.where(holds, factors, -np.inf)))
    least = int(np.argmin(np.where(holds, factors, np.inf)))
    others = f", while unit {least + 1} keeps {percent(factors[least])}" if least != unit else ""
    return Observation(
        f"{part.arrival(step)}: find the unit that keeps the largest part of its memory, of those that hold one.",
        part.at(step, "forget", unit),
        f"Unit {unit + 1} keeps {percent(factors[unit])}{others}.",
    )


def _largest_memory(part: _Part) -> Observation:
    """The largest long-term memory."""
    kept, learned, memory = (part.values(name) for name in ("kept", "learned", "cell_state"))
    step, unit = _argmax_magnitude(memory)
    here = step, unit
    verdict = "Yes" if abs(memory[here]) > 1 else "No"
    made = equation(kept[here], "+", learned[here], memory[here])
    found = f"{verdict}. {part.arrival(step)}, unit {unit + 1}: {made}."
    return Observation(
        f"Find the largest long-term memory in {part.range}. Is it larger than 1, or below −1?",
        part.at(step, "remember", unit),
        found,
    )


def _least_exposed(part: _Part) -> Observation:
    """Where most of an offered value is hidden: the largest |r| (1 − o)."""
    readout, output_gate = part.values("readout"), part.values("output_gate")
    hidden = np.abs(readout) * np.abs(1 - output_gate)
    step, unit = _argmax_magnitude(hidden)
    here = step, unit
    shown = equation(readout[here], "×", output_gate[here], readout[here] * output_gate[here])
    found = f"{part.arrival(step)}, unit {unit + 1}: of the offered value {signed(readout[here])} it shows {shown}."
    return Observation(
        f"Find the step and the unit at which the use gate hides most in {part.range}.",
        part.at(step, "use", unit),
        found,
    )


def _largest_loss(part: _Part) -> Observation:
    """The step at which all units together lose most."""
    lost = np.abs(part.values("previous_cell_state") - part.values("kept"))
    step = _argmax_after_first(lost.sum(axis=1))
    unit = int(np.argmax(lost[step]))
    most = f", unit {unit + 1} most of all" if lost.shape[1] > 1 else ""
    together = lost[step].sum()
    found = (
        f"{part.arrival(step)}: together the units drop {plain(together)}{most}."
        if together >= SMALL
        else f"{part.arrival(step)}: even there all units together drop {plain(together)}. This run hardly forgets."
    )
    return Observation(
        f"Find the step at which all units together forget most in {part.range}.",
        part.at(step, "forget", unit),
        found,
    )


def _argmax_magnitude(values: np.ndarray) -> tuple[int, int]:
    """(step, unit) of the largest magnitude, the first step left out if there are others."""
    first = 1 if len(values) > 1 else 0
    step, unit = np.unravel_index(np.argmax(np.nan_to_num(np.abs(values[first:]))), values[first:].shape)
    return first + int(step), int(unit)


def _argmax_after_first(sizes: np.ndarray) -> int:
    first = 1 if len(sizes) > 1 else 0
    return first + int(np.argmax(np.nan_to_num(sizes[first:], nan=0.0, posinf=np.inf, neginf=-np.inf)))


_OBSERVATIONS: dict[str, Callable[[_Part], Observation]] = {
    "basics": _longest_hold,
    "architecture": _largest_change,
    "learn_gate": _largest_write,
    "forget_gate": _keeps_where_others_drop,
    "remember_gate": _largest_memory,
    "use_gate": _least_exposed,
    "all_together": _largest_loss,
}

#: The beat at which an array of a finding's measure is drawn.
_BEATS = {"forget_gate": "forget", "input_gate": "learn", "learned": "learn", "cell_state": "remember"}
#: How a step is labelled that a finding's measure calls by a word.
_SIGNS = {"opening": "(", "closing": ")", "other": "x"}


def finding_observation(
    finding: Finding, layer: LayerTrace, labels: Texts | None = None, sequence: int = 0, steps: int = STEPS
) -> Observation | None:
    """A finding of a bundled model at the step of this run that shows it best; None for a finding of no unit.

    >>> from lstm_viz.bundled import bundled_models, first_view
    >>> from lstm_viz.sequences import load_example
    >>> layer, labels = first_view()[0].layers[0], load_example("recall").step_labels
    >>> dropped = next(found for found in bundled_models()[0].findings if found.text.startswith("C closes"))
    >>> found = finding_observation(dropped, layer, labels)
    >>> found.unit + 1, found.step + 1, BEATS[found.beat]
    (7, 17, 'forget')
    """
    if finding.unit is None or layer.cell_state is None:
        return None
    array, quantity = finding.measure.split()[1], finding.measure.split(" @ ")[1]
    sign = _SIGNS.get(quantity, quantity.split()[-1])
    # A sign that this sequence lacks is looked for in the others.
    order = [sequence, *(other for other in range(len(layer.lengths)) if other != sequence)]
    parts = [_Part(layer, each, min(int(layer.lengths[each]), steps), labels) for each in order]
    shown = [np.where(_steps_of(part, sign), _how_well_shown(part, array, finding), -np.inf) for part in parts]
    best = 0 if np.isfinite(shown[0]).any() else int(np.argmax([sizes.max() for sizes in shown]))
    part, sizes = parts[best], shown[best]
    if not np.isfinite(sizes).any():
        sizes = _how_well_shown(part, array, finding)
        if quantity in ("waiting", "anything"):
            sizes[landmarks(layer, finding.unit, part.sequence, steps)["wait"]] = np.inf
    return Observation(finding.text, part.at(_argmax_after_first(sizes), _BEATS[array], finding.unit), finding.text)


def _steps_of(part: _Part, sign: str) -> np.ndarray:
    """The steps whose event is called so, but for the first, before which nothing is held."""
    named = np.array([text_at(part.labels, step, part.sequence) == sign for step in range(part.stop)], bool)
    named[:1] = False
    return named


def _how_well_shown(part: _Part, array: str, finding: Finding) -> np.ndarray:
    """A number for each step: the larger, the better it shows the finding."""
    assert finding.unit is not None
    values = np.nan_to_num(part.values(array)[:, finding.unit])
    if array in ("cell_state", "learned"):
        return np.sign(finding.value) * values if abs(finding.value) > 0.01 else -np.abs(values)
    half_life = finding.measure.startswith("half_life")
    if finding.value > (2 if half_life else 0.5 if array == "forget_gate" else 0.2):
        return values
    if array == "forget_gate":
        lost = part.values("previous_cell_state") - part.values("kept")
        return np.abs(np.nan_to_num(lost[:, finding.unit]))
    return -values
