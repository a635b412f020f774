"""Multiple-choice questions, one a lesson, whose right answer is computed from the run on the screen.

Each comes before the paragraph that answers it, and is about another unit than the paragraph's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from lstm_viz.analysis.memory_attribution import ledger
from lstm_viz.figures.formats import signed
from lstm_viz.figures.moment import BEATS, Moment
from lstm_viz.figures.run_view import Texts
from lstm_viz.lessons.placeholders import equation, event_name, percent, value_at
from lstm_viz.traces import LayerTrace

#: For texts as in 10⁻⁵.
TO_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
FROM_SUPERSCRIPT = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
#: Wrong options are at least so far from the right one, and a memory that moves less stays.
SMALLEST_DIFFERENCE = 0.05
RISES, STAYS, FALLS = DIRECTIONS = ("it goes up", "it stays", "it goes down")


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


def question(lesson: str, layer: LayerTrace, at: Moment, labels: Texts | None = None) -> Question | None:
    """A lesson's question, asked at the moment of its paragraph, whose unit it leaves alone where there is another.

    None where the lesson has none, or the layer is a plain RNN.
    """
    if lesson not in _QUESTIONS or layer.cell_state is None:
        return None
    return _QUESTIONS[lesson](layer, at, labels)


def answer_options(right: str, others: Sequence[str], most: int = 3) -> tuple[tuple[str, ...], int]:
    """The options, sorted so that their order does not give the right one away, and the right one's index.

    >>> answer_options("0.50", ["0.25", "0.50", "0.75"])
    (('0.25', '0.50', '0.75'), 1)
    """
    different = [other for other in dict.fromkeys(others) if other != right][: most - 1]
    options = sorted([right, *different], key=lambda text: (numeric_value(text), text))
    return tuple(options), options.index(right)


def value_options(right: float, others: Sequence[float]) -> tuple[tuple[str, ...], int]:
    """Options of three values that can be told apart, and the right one's index.

    >>> value_options(-0.85, [-0.84, 0.85, -0.98])
    (('−0.98', '−0.85', '+0.85'), 1)
    """
    chosen = [float(right)]
    for other in [*others, right + 0.3, right - 0.3]:
        if len(chosen) < 3 and all(abs(other - known) >= SMALLEST_DIFFERENCE for known in chosen):
            chosen.append(float(other))
    ordered = sorted(chosen)
    return tuple(signed(value) for value in ordered), ordered.index(float(right))


def numeric_value(text: str) -> float:
    """The number that an option's text stands for; 0 where it is none that is written in plain digits.

    >>> numeric_value("−0.25"), numeric_value("97 %"), numeric_value("10⁻⁵")
    (-0.25, 97.0, 1e-05)
    """
    power = re.fullmatch(r"10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)", text)
    if power:
        return 10.0 ** int(power[1].translate(FROM_SUPERSCRIPT))
    try:
        return float(text.replace("−", "-").replace("%", "").replace("+", "").replace(" ", "").replace(",", ""))
    except ValueError:
        return 0.0


def _other_unit(layer: LayerTrace, at: Moment, sizes: np.ndarray) -> Moment:
    """The moment with the unit in which most happens, but for the one that the text follows."""
    sizes = np.nan_to_num(np.abs(np.asarray(sizes[at.step, at.sequence], float)))
    if len(sizes) > 1 and at.unit < len(sizes):
        sizes[at.unit] = -1
    return replace(at, unit=int(sizes.argmax()))


def _with_beat(moment: Moment, beat: str) -> Moment:
    return replace(moment, beat=BEATS.index(beat))


def _about_learning(layer: LayerTrace, at: Moment, labels: Texts | None) -> Question:
    here = _other_unit(layer, at, layer.learned)
    candidate, factor, learned = (value_at(layer, name, here) for name in ("candidate", "input_gate", "learned"))
    options, right = value_options(learned, [candidate, -learned, candidate - learned, candidate + factor])
    text = (
        f"Unit {here.unit + 1} has the combined value {signed(candidate)}, and its gate is open by "
        f"{percent(factor)}. How much does it learn?"
    )
    reveal = f"{equation(candidate, '×', factor, learned)}. {percent(factor)} of the combined value is let in."
    return Question(text, options, right, reveal, _with_beat(here, "forget"), _with_beat(here, "learn"))


def _about_forgetting(layer: LayerTrace, at: Moment, labels: Texts | None) -> Question:
    here = _other_unit(layer, at, np.asarray(layer.previous_cell_state) - np.asarray(layer.kept))
    before, factor, kept = (value_at(layer, name, here) for name in ("previous_cell_state", "forget_gate", "kept"))
    options, right = value_options(kept, [before - kept, before, -kept, before + factor])
    text = (
        f"At the same step unit {here.unit + 1} holds {signed(before)}, and its gate is open by "
        f"{percent(factor)}. How much is kept?"
    )
    reveal = (
        f"{equation(before, '×', factor, kept)}. {percent(factor)} of it is kept, and {percent(1 - factor)} is gone."
    )
    return Question(text, options, right, reveal, _with_beat(here, "arrive"), _with_beat(here, "forget"))


def _about_remembering(layer: LayerTrace, at: Moment, labels: Texts | None) -> Question:
    here = _other_unit(layer, at, np.minimum(np.abs(layer.kept), np.abs(layer.learned)))
    kept, learned, memory = (value_at(layer, name, here) for name in ("kept", "learned", "cell_state"))
    options, right = value_options(memory, [kept * learned, kept - learned, learned, kept])
    text = (
        f"Unit {here.unit + 1} has kept {signed(kept)} and learned {signed(learned)}. "
        "What does it hold after the remember gate?"
    )
    reveal = f"{equation(kept, '+', learned, memory)}. The remember gate adds, and does nothing else."
    return Question(text, options, right, reveal, _with_beat(here, "learn"), _with_beat(here, "remember"))


def _about_using(layer: LayerTrace, at: Moment, labels: Texts | None) -> Question:
    here = _other_unit(layer, at, np.asarray(layer.cell_state)[..., : layer.hidden_state.shape[-1]])
    names = ("cell_state", "readout", "output_gate")
    memory, offered, factor = (value_at(layer, name, here) for name in names)
    shown = offered * factor
    options, right = value_options(shown, [memory, memory + factor, -shown, factor])
    text = (
        f"Unit {here.unit + 1} holds {signed(memory)}, and its gate is open by {percent(factor)}. "
        "How much does it show?"
    )
    reveal = (
        f"{equation(offered, '×', factor, shown)}. First {signed(memory)} becomes the offered value {signed(offered)}, "
        f"then {percent(factor)} of that is shown."
    )
    return Question(text, options, right, reveal, _with_beat(here, "remember"), _with_beat(here, "use"))


def _about_direction(layer: LayerTrace, at: Moment, labels: Texts | None) -> Question:
    here = _other_unit(layer, at, np.asarray(layer.cell_state) - np.asarray(layer.previous_cell_state))
    before, kept, after = (value_at(layer, name, here) for name in ("previous_cell_state", "kept", "cell_state"))
    change = after - before
    right = DIRECTIONS.index(STAYS if abs(change) < SMALLEST_DIFFERENCE else RISES if change > 0 else FALLS)
    event, unit = event_name(labels, here.step, here.sequence), here.unit + 1
    earlier = _same_event_before(layer, here)
    hint = (
        f"After step {earlier + 1:,}, where the event was the same, it held "
        f"{signed(value_at(layer, 'cell_state', replace(here, step=earlier)))}."
        if earlier is not None
        else f"It will keep {signed(kept)} of that, and learn something new."
    )
    text = f"Unit {unit} holds {signed(before)} when {event} comes in. {hint} What happens to its long-term memory now?"
    learned = value_at(layer, "learned", here)
    reveal = f"It went from {signed(before)} to {signed(after)}: it kept {signed(kept)} and learned {signed(learned)}."
    return Question(text, DIRECTIONS, right, reveal, _with_beat(here, "arrive"), _with_beat(here, "move on"))


def _same_event_before(layer: LayerTrace, here: Moment) -> int | None:
    """The last earlier step of the sequence whose event is the same; None where there is none."""
    events = np.asarray(layer.event)[: here.step + 1, here.sequence]
    same = np.flatnonzero((events[:-1] == events[-1]).all(axis=-1))
    return None if layer.reverse or not same.size else int(same[-1])


def _about_parameters(layer: LayerTrace, at: Moment, labels: Texts | None) -> Question:
    hidden, features = layer.memory.shape[-1], layer.event.shape[-1]
    read = layer.hidden_state.shape[-1]
    weights, course = 4 * hidden * (read + features), layer.readout_weights is not None
    more = hidden * hidden + 5 * hidden if course else 8 * hidden
    if read != hidden:
        more += read * hidden
    total = weights + more
    options, right = answer_options(f"{total:,}", [f"{hidden * (read + features):,}", f"{weights // 2:,}"])
    text = (
        f"There are four small networks in the cell. In each of them every one of the {hidden} units has a "
        f"weight for each of the {read} units of STM and each of the {features} parts of the event. "
        "How many numbers did training have to find?"
    )
    rest = (
        "weights of the use gate's own and numbers that are added (biases)"
        if course
        else "numbers that are added (biases)"
        if read == hidden
        else "numbers that are added (biases), and weights that make STM smaller"
    )
    reveal = f"{total:,}: 4 × {hidden} × ({read} + {features}) = {weights:,} weights, and {more:,} {rest}."
    return Question(text, options, right, reveal, at, at)


def _about_the_writer(layer: LayerTrace, at: Moment, labels: Texts | None) -> Question | None:
    """Which event wrote most of what the unit holds at the end."""
    last = min(int(layer.lengths[at.sequence]), 32) - 1
    end = replace(at, step=last, beat=BEATS.index("move on"))
    shares = np.nan_to_num(np.asarray(ledger(layer, at.unit, at.sequence, slice(0, last + 1)), float))
    left = np.abs(shares[1:, 0 if layer.reverse else last])
    right = int(left.argmax())
    written = np.nan_to_num(np.abs(np.asarray(layer.learned, float)[: last + 1, at.sequence, at.unit]))
    others = [int(step) for step in np.argsort(-written, kind="stable") if left[step] < 0.8 * left[right]][:2]
    if not others:
        return None

    def named(step: int) -> str:
        return (
            f"{event_name(labels, step, at.sequence)} at step {step + 1:,}"
            if labels is not None
            else f"step {step + 1:,}"
        )

    steps = sorted([right, *others])
    learned = {step: value_at(layer, "learned", replace(at, step=step)) for step in steps}
    now = {step: float(shares[1 + step, 0 if layer.reverse else last]) for step in steps}
    text = (
        f"Which event wrote most of what unit {at.unit + 1} will hold at step {last + 1:,}? "
        "Each later forget factor makes an older memory smaller."
    )
    reveal = (
        f"{named(right)} wrote {signed(learned[right])}, and {signed(now[right])} is left of it at step {last + 1:,}. "
        f"Of the {signed(learned[others[0]])} from {named(others[0])}, {signed(now[others[0]])} is left."
    )
    before = replace(at, step=0, beat=BEATS.index("arrive"))
    return Question(text, tuple(map(named, steps)), steps.index(right), reveal, before, end)


_QUESTIONS: dict[str, Callable[[LayerTrace, Moment, Texts | None], Question | None]] = {
    "basics": _about_direction,
    "architecture": _about_parameters,
    "learn_gate": _about_learning,
    "forget_gate": _about_forgetting,
    "remember_gate": _about_remembering,
    "use_gate": _about_using,
    "all_together": _about_the_writer,
}
