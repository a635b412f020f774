"""Multiple-choice questions, one a lesson, whose right answer is computed from the run on the screen."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

from lstm_viz.analysis.landmark_steps import landmarks
from lstm_viz.figures.formats import plain, signed
from lstm_viz.figures.moment import BEATS, Moment
from lstm_viz.lessons.placeholders import percent, value_at
from lstm_viz.traces import LayerTrace

#: For texts as in 10⁻⁵.
TO_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
FROM_SUPERSCRIPT = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


class Question(NamedTuple):
    """A multiple-choice question: its options, the index of the right one, and the explanation.

    `before` is a moment at which the picture does not yet show the answer, `shows` the one at which it does.
    """

    text: str
    options: tuple[str, ...]
    right: int
    reveal: str
    before: Moment | None = None
    shows: Moment | None = None


def question(lesson: str, layer: LayerTrace, unit: int, sequence: int = 0, steps: int = 32) -> Question | None:
    """A lesson's question about a unit; None where the lesson has none, or the layer is a plain RNN."""
    if lesson not in _QUESTIONS or layer.cell_state is None:
        return None
    places = landmarks(layer, unit, sequence, steps)
    return _QUESTIONS[lesson](layer, Moment(unit=unit, sequence=sequence), places)


def answer_options(right: str, others: Sequence[str], most: int = 3) -> tuple[tuple[str, ...], int]:
    """The options, sorted so that their order does not give the right one away, and the right one's index.

    >>> answer_options("0.50", ["0.25", "0.50", "0.75"])
    (('0.25', '0.50', '0.75'), 1)
    """
    different = [other for other in dict.fromkeys(others) if other != right][: most - 1]
    options = sorted([right, *different], key=lambda text: (numeric_value(text), text))
    return tuple(options), options.index(right)


def numeric_value(text: str) -> float:
    """The number that an option's text stands for; 0 where it is none that is written in plain digits.

    >>> numeric_value("−0.25"), numeric_value("97 %"), numeric_value("10⁻⁵")
    (-0.25, 97.0, 1e-05)
    """
    power = re.fullmatch(r"10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)", text)
    if power:
        return 10.0 ** int(power[1].translate(FROM_SUPERSCRIPT))
    try:
        return float(text.replace("−", "-").replace("%", "").replace("+", "").replace(" ", ""))
    except ValueError:
        return 0.0


def _moment_at(moment: Moment, step: int, beat: str) -> Moment:
    return replace(moment, step=step, beat=BEATS.index(beat))


def _about_learning(layer: LayerTrace, moment: Moment, places: dict[str, int]) -> Question:
    here = _moment_at(moment, places["write"], "learn")
    candidate, factor, learned = (value_at(layer, name, here) for name in ("candidate", "input_gate", "learned"))
    options, right = answer_options(signed(learned), [signed(candidate + factor), signed(-learned), signed(candidate)])
    text = (
        f"at step {here.step + 1} unit {here.unit + 1} combined {signed(candidate)}, and its ignore factor is "
        f"{plain(factor)}. What does it learn?"
    )
    reveal = f"{signed(candidate)} × {plain(factor)} gives {signed(learned)}: the factor says how much is let in."
    return Question(text, options, right, reveal, _moment_at(moment, here.step, "forget"), here)


def _about_forgetting(layer: LayerTrace, moment: Moment, places: dict[str, int]) -> Question:
    here = _moment_at(moment, places["forget"], "forget")
    before, factor, kept = (value_at(layer, name, here) for name in ("previous_cell_state", "forget_gate", "kept"))
    options, right = answer_options(signed(kept), [signed(before), signed(before - kept), signed(before + factor)])
    text = (
        f"at step {here.step + 1} unit {here.unit + 1} holds {signed(before)}, and its forget factor is "
        f"{plain(factor)}. What is kept?"
    )
    reveal = f"{signed(before)} × {plain(factor)} gives {signed(kept)}: a factor near 1 forgets nothing, near 0 all."
    return Question(text, options, right, reveal, _moment_at(moment, here.step, "arrive"), here)


def _about_remembering(layer: LayerTrace, moment: Moment, places: dict[str, int]) -> Question:
    here = _moment_at(moment, places["write"], "remember")
    kept, learned, memory = (value_at(layer, name, here) for name in ("kept", "learned", "cell_state"))
    options, right = answer_options(signed(memory), [signed(kept * learned), signed(learned), signed(kept - learned)])
    text = f"unit {here.unit + 1} kept {signed(kept)} and learned {signed(learned)}. What is its new long-term memory?"
    reveal = f"The remember gate adds, and nothing else: {signed(memory)}."
    return Question(text, options, right, reveal, _moment_at(moment, here.step, "learn"), here)


def _about_using(layer: LayerTrace, moment: Moment, places: dict[str, int]) -> Question:
    here = _moment_at(moment, places["wait"], "use")
    memory, factor, hidden = (value_at(layer, name, here) for name in ("cell_state", "output_gate", "hidden_state"))
    options, right = answer_options(
        signed(hidden), [signed(memory), signed(memory * factor), signed(-hidden), signed(factor)]
    )
    text = (
        f"unit {here.unit + 1} remembers {signed(memory)}, its use factor is {plain(factor)}. "
        "What does it show as short-term memory?"
    )
    reveal = (
        f"What it offers lies between −1 and 1 and is {signed(value_at(layer, 'readout', here))}; "
        f"{percent(factor)} of that is {signed(hidden)}."
    )
    return Question(text, options, right, reveal, _moment_at(moment, here.step, "remember"), here)


def _about_direction(layer: LayerTrace, moment: Moment, places: dict[str, int]) -> Question:
    here = _moment_at(moment, places["write"], "move on")
    before, after = (value_at(layer, name, here) for name in ("previous_cell_state", "cell_state"))
    options = ("it rises", "it stays", "it falls")
    right = 1 if math.isclose(before, after, abs_tol=0.05) else 0 if after > before else 2
    text = f"the event of step {here.step + 1} comes in. What happens to the long-term memory of unit {here.unit + 1}?"
    reveal = f"It went from {signed(before)} to {signed(after)}."
    return Question(text, options, right, reveal, _moment_at(moment, here.step, "arrive"), here)


def _about_parameters(layer: LayerTrace, moment: Moment, places: dict[str, int]) -> Question:
    hidden, features = layer.memory.shape[-1], layer.event.shape[-1]
    weights, course = 4 * hidden * (hidden + features), layer.readout_weights is not None
    total = weights + (hidden * hidden + 5 * hidden if course else 8 * hidden)
    options, right = answer_options(f"{total:,}", [f"{hidden * (hidden + features):,}", f"{weights // 2:,}"])
    text = f"this cell has {hidden} units and reads {features} features. How many numbers did training have to find?"
    spelt = f"4 × {hidden} × ({hidden} + {features}) = {weights:,} weights"
    more = "H² + 5H for the use gate's own map and the biases" if course else "8 × H in two bias vectors"
    return Question(text, options, right, f"{spelt}, and {more}: {total:,}.")


_QUESTIONS: dict[str, Callable[[LayerTrace, Moment, dict[str, int]], Question]] = {
    "basics": _about_direction,
    "architecture": _about_parameters,
    "learn_gate": _about_learning,
    "forget_gate": _about_forgetting,
    "remember_gate": _about_remembering,
    "use_gate": _about_using,
    "all_together": _about_direction,
}
