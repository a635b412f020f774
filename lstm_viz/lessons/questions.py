"""Multiple-choice questions, one a lesson, whose right answer is computed from the run on the screen.

Each comes before the paragraph that answers it, and is about another step, sequence and unit than what is told on the
page, as far as the run has any: the place where most happens, of those whose answer is written nowhere above.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from lstm_viz.analysis.memory_attribution import ledger
from lstm_viz.figures.formats import signed
from lstm_viz.figures.moment import BEATS, Moment
from lstm_viz.figures.run_view import Texts
from lstm_viz.lessons.placeholders import STEPS, equation, event_name, percent, value_at
from lstm_viz.traces import LayerTrace

#: For texts as in 10⁻⁵.
TO_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
FROM_SUPERSCRIPT = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
#: Wrong options are at least so far from the right one, and a memory that moves less stays.
SMALLEST_DIFFERENCE = 0.05
RISES, STAYS, FALLS = DIRECTIONS = ("it goes up", "it stays", "it goes down")
#: Places that are tried, at most, and sequences in which they are sought.
MOST_TRIED, SEQUENCES = 60, 32


class Question(NamedTuple):
    """A multiple-choice question: its options, the index of the right one, and the explanation.

    `before` is a moment at which the picture does not yet show the answer, `shows` the one at which it does. `why` says
    of each option why it is wrong, and "" where there is no more to say.
    """

    text: str
    options: tuple[str, ...]
    right: int
    reveal: str
    before: Moment | None = None
    shows: Moment | None = None
    why: tuple[str, ...] = ()


class Mistake(NamedTuple):
    """A wrong option of a question: the value that a mistake leads to, and what the mistake is."""

    value: float
    reason: str


def question(
    lesson: str, layer: LayerTrace, told: Sequence[Moment], labels: Texts | None = None, printed: str = ""
) -> Question | None:
    """A lesson's question about a place that is not told of, whose answer is not printed.

    told: the moments of which the page tells; the last one says which layer it is.
    printed: all that is written on the page.

    None where the lesson has none, the layer is a plain RNN, or the run has no place to ask about.
    """
    if lesson not in _QUESTIONS or layer.cell_state is None:
        return None
    return _QUESTIONS[lesson](_Page(layer, tuple(told) or (Moment(),), labels, printed))


class _Page(NamedTuple):
    """What a question is asked about, and what the page tells already."""

    layer: LayerTrace
    told: tuple[Moment, ...]
    labels: Texts | None
    printed: str

    def values(self, name: str) -> np.ndarray:
        """(steps, sequences, units) of the steps that lessons look at."""
        found: np.ndarray = getattr(self.layer, name)
        return np.asarray(found[:STEPS, :SEQUENCES], float)

    def places(self, sizes: np.ndarray, most: int = MOST_TRIED) -> Iterator[Moment]:
        """The places of the largest positive sizes, (steps, sequences, units): first those of another step, sequence
        and unit than what is told, then those of which less differs, and none that is told of."""
        sizes = np.nan_to_num(np.array(sizes, float), nan=-1.0)
        steps, sequences, units = (
            np.isin(np.arange(length), list({getattr(moment, name) for moment in self.told}))
            for name, length in zip(("step", "sequence", "unit"), sizes.shape, strict=True)
        )
        told = (
            np.broadcast_to(part, sizes.shape)
            for part in (steps[:, None, None], sequences[None, :, None], units[None, None, :])
        )
        step_told, sequence_told, unit_told = told
        known = {(moment.step, moment.sequence, moment.unit) for moment in self.told}
        differs = [
            ~step_told & ~sequence_told & ~unit_told,
            ~step_told & ~unit_told,
            ~sequence_told & ~unit_told,
            ~unit_told,
            ~step_told,
            np.ones_like(step_told),
        ]
        tried: set[tuple[int, int, int]] = set()
        for mask in differs:
            ranked = np.where(mask, sizes, -1.0)
            for flat in np.argsort(-ranked, axis=None, kind="stable")[:most]:
                step, sequence, unit = (int(part) for part in np.unravel_index(flat, sizes.shape))
                place = (step, sequence, unit)
                if ranked[place] > 0 and place not in tried | known:
                    tried.add(place)
                    yield replace(self.told[-1], step=step, sequence=sequence, unit=unit)

    def place_words(self, at: Moment) -> str:
        """Where it is, as the beginning of a sentence."""
        several = len(self.layer.lengths) > 1
        return f"At step {at.step + 1:,}" + (f" of sequence {at.sequence + 1}" if several else "")

    def is_printed(self, answer: str) -> bool:
        """Whether the answer is written on the page, as a number of its own."""
        return re.search(rf"(?<![\d.+−]){re.escape(answer)}(?!\d|\.\d)", self.printed) is not None


def earlier_question(lesson: str) -> str | None:
    """The nearest lesson before this one whose question can be asked of its run; None where there is none, or where
    the lesson looks at other things than one run.

    >>> earlier_question("learn_gate"), earlier_question("basics"), earlier_question("rnn_vs_lstm")
    ('architecture', None, None)
    """
    names = list(_QUESTIONS)
    place = names.index(lesson) if lesson in names else 0
    return names[place - 1] if place else None


def answer_options(right: str, others: Sequence[str], most: int = 3) -> tuple[tuple[str, ...], int]:
    """The options, sorted so that their order does not give the right one away, and the right one's index.

    >>> answer_options("0.50", ["0.25", "0.50", "0.75"])
    (('0.25', '0.50', '0.75'), 1)
    """
    different = [other for other in dict.fromkeys(others) if other != right][: most - 1]
    options = sorted([right, *different], key=lambda text: (numeric_value(text), text))
    return tuple(options), options.index(right)


def value_options(right: float, mistakes: Sequence[Mistake]) -> tuple[tuple[str, ...], int, tuple[str, ...]]:
    """Options of three values that can be told apart, the right one's index, and why the others are wrong.

    >>> value_options(-0.85, [Mistake(-0.84, "near"), Mistake(0.85, "The sign."), Mistake(-0.98, "The whole.")])
    (('−0.98', '−0.85', '+0.85'), 1, ('The whole.', '', 'The sign.'))
    """
    chosen = [Mistake(float(right), "")]
    for other in [*mistakes, Mistake(right + 0.3, ""), Mistake(right - 0.3, "")]:
        if len(chosen) < 3 and all(abs(other.value - known.value) >= SMALLEST_DIFFERENCE for known in chosen):
            chosen.append(other)
    ordered = sorted(chosen, key=lambda option: option.value)
    values = [option.value for option in ordered]
    return tuple(map(signed, values)), values.index(float(right)), tuple(option.reason for option in ordered)


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


class _Asked(NamedTuple):
    """A question about one number of one place, before it is decided whether it can be asked there."""

    text: str
    right: float
    mistakes: tuple[Mistake, ...]
    reveal: str


def _first_that_can_be_asked(
    page: _Page, sizes: np.ndarray, beats: tuple[str, str], ask: Callable[[Moment], _Asked]
) -> Question | None:
    """The question of the first place where three options can be told apart and the answer is not printed."""
    for here in page.places(np.where(sizes >= SMALLEST_DIFFERENCE, sizes, -1.0)):
        asked = ask(here)
        options, right, why = value_options(asked.right, asked.mistakes)
        if not page.is_printed(options[right]) and options[right] not in asked.text:
            before, shows = (_with_beat(here, beat) for beat in beats)
            return Question(asked.text, options, right, asked.reveal, before, shows, why)
    return None


def _with_beat(moment: Moment, beat: str) -> Moment:
    return replace(moment, beat=BEATS.index(beat))


def _about_learning(page: _Page) -> Question | None:
    def ask(here: Moment) -> _Asked:
        candidate, factor, learned = (
            value_at(page.layer, name, here) for name in ("candidate", "input_gate", "learned")
        )
        mistakes = (
            Mistake(candidate, "That is all of the combined value. The gate lets in a part of it."),
            Mistake(candidate - learned, "That is the part that stays outside."),
            Mistake(candidate + factor, "That is the sum. A gate multiplies."),
            Mistake(-learned, "A factor is never below 0, so the sign stays."),
        )
        text = (
            f"{page.place_words(here)} unit {here.unit + 1} has the combined value {signed(candidate)}, and its gate "
            f"is open by {percent(factor)}. How much does it learn?"
        )
        reveal = f"{equation(candidate, '×', factor, learned)}. {percent(factor)} of the combined value is let in."
        return _Asked(text, learned, mistakes, reveal)

    candidate, learned = page.values("candidate"), page.values("learned")
    sizes = np.minimum(np.abs(learned), np.abs(candidate - learned))
    return _first_that_can_be_asked(page, sizes, ("forget", "learn"), ask)


def _about_forgetting(page: _Page) -> Question | None:
    def ask(here: Moment) -> _Asked:
        names = ("previous_cell_state", "forget_gate", "kept")
        before, factor, kept = (value_at(page.layer, name, here) for name in names)
        mistakes = (
            Mistake(before - kept, "That is what goes. The factor says how much is kept."),
            Mistake(before, "That is what was held before."),
            Mistake(before + factor, "That is the sum. A gate multiplies."),
            Mistake(-kept, "A factor is never below 0, so the sign stays."),
        )
        text = (
            f"{page.place_words(here)} unit {here.unit + 1} holds {signed(before)}, and its gate is open by "
            f"{percent(factor)}. How much is kept?"
        )
        reveal = f"{equation(before, '×', factor, kept)}. {percent(factor)} of it is kept, and the rest is gone."
        return _Asked(text, kept, mistakes, reveal)

    before, kept = page.values("previous_cell_state"), page.values("kept")
    sizes = np.minimum(np.abs(kept), np.abs(before - kept))
    return _first_that_can_be_asked(page, sizes, ("arrive", "forget"), ask)


def _about_remembering(page: _Page) -> Question | None:
    def ask(here: Moment) -> _Asked:
        kept, learned, memory = (value_at(page.layer, name, here) for name in ("kept", "learned", "cell_state"))
        mistakes = (
            Mistake(kept * learned, "That is the product. The remember gate adds."),
            Mistake(kept - learned, "That is the difference. The remember gate adds."),
            Mistake(learned, "That forgets what was kept."),
            Mistake(kept, "That forgets what was learned."),
        )
        text = (
            f"{page.place_words(here)} unit {here.unit + 1} has kept {signed(kept)} and learned {signed(learned)}. "
            "What does it hold after the remember gate?"
        )
        reveal = f"{equation(kept, '+', learned, memory)}. The remember gate adds, and does nothing else."
        return _Asked(text, memory, mistakes, reveal)

    sizes = np.minimum(np.abs(page.values("kept")), np.abs(page.values("learned")))
    return _first_that_can_be_asked(page, sizes, ("learn", "remember"), ask)


def _about_using(page: _Page) -> Question | None:
    """How much is shown: in the standard cell from what is held, in the course's from the offered value."""
    course = page.layer.variant == "course"

    def ask(here: Moment) -> _Asked:
        names = ("cell_state", "readout", "output_gate")
        memory, offered, factor = (value_at(page.layer, name, here) for name in names)
        shown = offered * factor
        made = f"{equation(offered, '×', factor, shown)}."
        if course:
            given = f"is offered {signed(offered)} by what all units kept"
            mistakes = [Mistake(memory, "That is what it holds. This cell's use gate doesn't read it at this step.")]
            mistakes += [Mistake(offered, "That is the whole offered value. The gate shows a part of it.")]
            reveal = f"{made} {percent(factor)} of the offered value is shown."
        else:
            given = f"holds {signed(memory)}"
            mistakes = [Mistake(memory, "That is what it holds. It goes through tanh, then through the gate.")]
            mistakes += [Mistake(memory * factor, "That leaves tanh out, through which the memory goes first.")]
            reveal = f"{made} First {signed(memory)} becomes the offered value {signed(offered)}, then the gate acts."
        mistakes += [Mistake(offered + factor, "That is the sum. A gate multiplies.")]
        mistakes += [Mistake(-shown, "A factor is never below 0, so the sign stays.")]
        text = (
            f"{page.place_words(here)} unit {here.unit + 1} {given}, and its use gate is open by {percent(factor)}. "
            "How much does it show?"
        )
        return _Asked(text, shown, tuple(mistakes), reveal)

    offered, shown = page.values("readout"), page.values("readout") * page.values("output_gate")
    # A gate that hides something is asked about before one that hides nothing.
    sizes = np.abs(shown) * np.where(np.abs(offered - shown) >= SMALLEST_DIFFERENCE, 1, 0.1)
    if not course:  # what is held and what is shown are to be told apart
        sizes[np.abs(page.values("cell_state") - shown) < SMALLEST_DIFFERENCE] = -1
    if page.layer.variant == "standard" and not page.layer.activations.is_standard:
        return None
    return _first_that_can_be_asked(page, sizes, ("remember", "use"), ask)


def _about_direction(page: _Page) -> Question | None:
    """Whether a memory rises, stays or falls, where something is held already."""
    before, after = page.values("previous_cell_state"), page.values("cell_state")
    sizes = np.where(np.abs(before) >= SMALLEST_DIFFERENCE, np.abs(after - before), -1.0)
    here = next(page.places(sizes), None)
    return None if here is None else _direction_at(page, here)


def _direction_at(page: _Page, here: Moment) -> Question:
    layer = page.layer
    names = ("previous_cell_state", "kept", "learned", "cell_state")
    before, kept, learned, after = (value_at(layer, name, here) for name in names)
    change = after - before
    right = DIRECTIONS.index(STAYS if abs(change) < SMALLEST_DIFFERENCE else RISES if change > 0 else FALLS)
    event = event_name(page.labels, here.step, here.sequence)
    earlier = _same_event_before(layer, here)
    hint = (
        f"After step {earlier + 1:,}, where the event was the same, it held "
        f"{signed(value_at(layer, 'cell_state', replace(here, step=earlier)))}."
        if earlier is not None
        else f"It will keep {signed(kept)} of that, and learn something new."
    )
    text = (
        f"{page.place_words(here)} unit {here.unit + 1} holds {signed(before)} when {event} comes in. {hint} "
        "What happens to its long-term memory now?"
    )
    reveal = f"It went from {signed(before)} to {signed(after)}: it kept {signed(kept)} and learned {signed(learned)}."
    return Question(text, DIRECTIONS, right, reveal, _with_beat(here, "arrive"), _with_beat(here, "move on"))


def _same_event_before(layer: LayerTrace, here: Moment) -> int | None:
    """The last earlier step of the sequence whose event is the same; None where there is none."""
    events = np.asarray(layer.event)[: here.step + 1, here.sequence]
    same = np.flatnonzero((events[:-1] == events[-1]).all(axis=-1))
    return None if layer.reverse or not same.size else int(same[-1])


def _about_parameters(page: _Page) -> Question:
    layer = page.layer
    hidden, features = layer.memory.shape[-1], layer.event.shape[-1]
    read = layer.hidden_state.shape[-1]
    weights, course = 4 * hidden * (read + features), layer.readout_weights is not None
    own = (hidden * hidden if course else 0) + (read * hidden if read != hidden else 0)
    biases = 5 * hidden if course else 8 * hidden
    total = weights + own + biases
    of_one = hidden * (read + features)
    options, right = answer_options(f"{total:,}", [f"{of_one:,}", f"{weights // 2:,}"])
    reasons = {
        f"{of_one:,}": "That is the weights of one of the four.",
        f"{weights // 2:,}": "That is the weights of two of the four.",
    }
    text = (
        f"There are four small networks in the cell. In each of them every one of the {hidden} units has a "
        f"weight for each of the {read} units of STM and each of the {features} parts of the event. "
        "How many numbers does training change, biases included?"
    )
    further = f", {own:,} weights more" if own else ""
    enough = f" Each unit has two biases in each network. Only their sum counts, so {total - 4 * hidden:,} would do."
    twice = "" if course else enough
    reveal = (
        f"{total:,}: 4 × {hidden} × ({read} + {features}) = {weights:,} weights{further}, and {biases:,} biases.{twice}"
    )
    at = page.told[0]
    return Question(text, options, right, reveal, at, at, tuple(reasons.get(option, "") for option in options))


def _about_the_writer(page: _Page) -> Question | None:
    """Which event wrote most of what a unit holds at the end."""
    lengths = np.minimum(page.layer.lengths[:SEQUENCES], STEPS)
    memory = np.zeros((int(lengths.max()), len(lengths), page.layer.units))
    for sequence, length in enumerate(lengths):
        memory[length - 1, sequence] = np.abs(page.values("cell_state")[length - 1, sequence])
    # The end of a sequence is not what the page tells of: another unit, and where there is one another sequence, is.
    for end in page.places(memory):
        asked = _writer_at(page, _with_beat(end, "move on"))
        if asked is not None and not page.is_printed(asked.options[asked.right]):
            return asked
    return None


def _writer_at(page: _Page, end: Moment) -> Question | None:
    layer, last = page.layer, end.step
    shares = np.nan_to_num(np.asarray(ledger(layer, end.unit, end.sequence, slice(0, last + 1)), float))
    left = np.abs(shares[1:, 0 if layer.reverse else last])
    right = int(left.argmax())
    written = np.nan_to_num(np.abs(np.asarray(layer.learned, float)[: last + 1, end.sequence, end.unit]))
    others = [int(step) for step in np.argsort(-written, kind="stable") if left[step] < 0.8 * left[right]][:2]
    if not others or left[right] < SMALLEST_DIFFERENCE or right == last:
        return None

    def named(step: int) -> str:
        name = event_name(page.labels, step, end.sequence)
        at_step = f"step {step + 1:,}"
        return at_step if page.labels is None or at_step in name else f"{name} at {at_step}"

    steps = sorted([right, *others])
    learned = {step: value_at(layer, "learned", replace(end, step=step)) for step in steps}
    now = {step: float(shares[1 + step, 0 if layer.reverse else last]) for step in steps}
    several = f" of sequence {end.sequence + 1}" if len(layer.lengths) > 1 else ""
    text = (
        f"Which event wrote most of what unit {end.unit + 1} will hold at step {last + 1:,}{several}? "
        "Each later forget factor makes an older memory smaller."
    )
    reveal = f"{named(right)} wrote {signed(learned[right])}, and {signed(now[right])} is left of it."
    why = tuple(
        "" if step == right else f"Of the {signed(learned[step])} written there, {signed(now[step])} is left."
        for step in steps
    )
    before = replace(end, step=0, beat=BEATS.index("arrive"))
    return Question(text, tuple(map(named, steps)), steps.index(right), reveal, before, end, why)


_QUESTIONS: dict[str, Callable[[_Page], Question | None]] = {
    "basics": _about_direction,
    "architecture": _about_parameters,
    "learn_gate": _about_learning,
    "forget_gate": _about_forgetting,
    "remember_gate": _about_remembering,
    "use_gate": _about_using,
    "all_together": _about_the_writer,
}
