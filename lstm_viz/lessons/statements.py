"""True-or-false statements, the usual misconceptions among them, each settled by a step of the run on the screen.

A statement is asked only where a step of the run settles it, which a predicate over the trace finds.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from lstm_viz.analysis.landmark_steps import landmarks
from lstm_viz.figures.formats import plain, signed
from lstm_viz.figures.moment import BEATS, Moment
from lstm_viz.figures.run_view import Texts
from lstm_viz.lessons.placeholders import equation, event_name, percent
from lstm_viz.lessons.questions import Question
from lstm_viz.traces import LayerTrace

TRUE_OR_FALSE = ("true", "false")
#: A factor above the one is near 1, below the other near 0; a memory of so much is one that can be seen.
NEAR_ONE, NEAR_ZERO, SEEN = 0.9, 0.1, 0.3
#: A memory that moves by less stays; the steps over which one that waits is followed, at least.
STILL, WAIT = 0.05, 5


class Evidence(NamedTuple):
    """The moment that settles a statement, and what is seen there."""

    moment: Moment
    reveal: str


class Statement(NamedTuple):
    """A statement, whether it is true, and what finds the step of a run that settles it."""

    text: str
    is_true: bool
    settle: Callable[[_Steps], Evidence | None]


class _Steps(NamedTuple):
    """The steps of one sequence in which evidence is sought."""

    layer: LayerTrace
    sequence: int
    stop: int
    labels: Texts | None

    def values(self, name: str) -> np.ndarray:
        """(steps, units) of the sequence."""
        found: np.ndarray = getattr(self.layer, name)
        return np.asarray(found[: self.stop, self.sequence], float)

    def at(self, step: int, unit: int, beat: str) -> Moment:
        return Moment(step, BEATS.index(beat), unit, self.sequence)

    def when(self, step: int) -> str:
        """The step and its event, as the beginning of a sentence."""
        event = f", {event_name(self.labels, step, self.sequence)}" if self.labels is not None else ""
        sequence = f" of sequence {self.sequence + 1}" if self.sequence else ""
        return f"Step {step + 1:,}{sequence}{event}"


def statements(layer: LayerTrace, sequence: int = 0, labels: Texts | None = None, steps: int = 32) -> list[Question]:
    """The statements that the first `steps` of a run settle, of this sequence where it does, else of another.

    Empty for a plain RNN, and for a layer that reads from the end.

    >>> from lstm_viz.bundled import first_view
    >>> [asked.options[asked.right] for asked in statements(first_view()[0].layers[0])]
    ['false', 'false', 'true', 'false', 'false']
    """
    if layer.cell_state is None or layer.reverse:
        return []
    order = [sequence, *(other for other in range(len(layer.lengths)) if other != sequence)]
    parts = [_Steps(layer, each, min(int(layer.lengths[each]), steps), labels) for each in order]
    asked = []
    for statement in STATEMENTS:
        evidence = next((found for part in parts if (found := statement.settle(part)) is not None), None)
        if evidence is not None:
            asked.append(_question(statement, evidence))
    return asked


def _question(statement: Statement, evidence: Evidence) -> Question:
    right = TRUE_OR_FALSE.index("true" if statement.is_true else "false")
    reveal = f"It is {TRUE_OR_FALSE[right]}. {evidence.reveal}"
    return Question(statement.text, TRUE_OR_FALSE, right, reveal, None, evidence.moment)


def _best(sizes: np.ndarray, where: np.ndarray) -> tuple[int, int] | None:
    """(step, unit) of the largest size where the mask holds; None where it never does."""
    if not where.any():
        return None
    step, unit = np.unravel_index(np.argmax(np.where(where, sizes, -np.inf)), sizes.shape)
    return int(step), int(unit)


def _keeps_near_one(part: _Steps) -> Evidence | None:
    before, factor, kept = (part.values(name) for name in ("previous_cell_state", "forget_gate", "kept"))
    here = _best(np.abs(kept), (factor >= NEAR_ONE) & (np.abs(before) >= SEEN))
    if here is None:
        return None
    step, unit = here
    return Evidence(
        part.at(step, unit, "forget"),
        f"{part.when(step)}: unit {unit + 1} has the forget factor {plain(factor[here])} and keeps "
        f"{percent(factor[here])}: {equation(before[here], '×', factor[here], kept[here])}. Near 1 it forgets nothing.",
    )


def _one_keeps_another_drops(part: _Steps) -> Evidence | None:
    before, factor = np.abs(part.values("previous_cell_state")), part.values("forget_gate")
    keeps = np.where((factor >= 0.75) & (before >= SEEN), factor, -np.inf)
    drops = np.where((factor <= 0.25) & (before >= SEEN), 1 - factor, -np.inf)
    both = keeps.max(axis=1) + drops.max(axis=1)
    step = int(both.argmax())
    if not np.isfinite(both[step]):
        return None
    one, other = int(keeps[step].argmax()), int(drops[step].argmax())
    return Evidence(
        part.at(step, other, "forget"),
        f"{part.when(step)}: unit {one + 1} keeps {percent(factor[step, one])}, while unit {other + 1} keeps "
        f"{percent(factor[step, other])}. Each unit has factors of its own.",
    )


def _larger_than_one(part: _Steps) -> Evidence | None:
    kept, learned, memory = (part.values(name) for name in ("kept", "learned", "cell_state"))
    here = _best(np.abs(memory), np.abs(memory) >= 1 + STILL)
    if here is None:
        return None
    step, unit = here
    return Evidence(
        part.at(step, unit, "remember"),
        f"{part.when(step)}: unit {unit + 1} holds {signed(memory[here])}, for "
        f"{equation(kept[here], '+', learned[here], memory[here])}. Nothing squashes this sum.",
    )


def _shown_anew(part: _Steps) -> Evidence | None:
    names = ("previous_cell_state", "cell_state", "previous_hidden_state", "hidden_state")
    held, memory, showed, shown = (part.values(name) for name in names)
    if part.layer.projection is not None:
        return None
    here = _best(np.abs(shown - showed), (np.abs(memory - held) <= STILL) & (np.abs(shown - showed) >= SEEN))
    if here is None:
        return None
    step, unit = here
    return Evidence(
        part.at(step, unit, "use"),
        f"{part.when(step)}: the LTM of unit {unit + 1} goes from {signed(held[here])} to {signed(memory[here])}, its "
        f"STM from {signed(showed[here])} to {signed(shown[here])}. STM is made anew at each step: offered value × use "
        "factor.",
    )


def _lets_nothing_in(part: _Steps) -> Evidence | None:
    candidate, factor, learned = (part.values(name) for name in ("candidate", "input_gate", "learned"))
    here = _best(np.abs(candidate), (factor <= NEAR_ZERO / 2) & (np.abs(candidate) >= 0.5))
    if here is None:
        return None
    step, unit = here
    return Evidence(
        part.at(step, unit, "learn"),
        f"{part.when(step)}: unit {unit + 1} has the combined value {signed(candidate[here])} and the ignore factor "
        f"{plain(factor[here])}: {equation(candidate[here], '×', factor[here], learned[here])}.",
    )


def _hidden_not_lost(part: _Steps) -> Evidence | None:
    memory, use, forget = (part.values(name) for name in ("cell_state", "output_gate", "forget_gate"))
    if len(memory) < 2:
        return None
    hides = (use[:-1] <= NEAR_ZERO) & (np.abs(memory[:-1]) >= SEEN) & (forget[1:] >= NEAR_ONE)
    here = _best(np.abs(memory[:-1]), hides)
    if here is None:
        return None
    step, unit = here
    return Evidence(
        part.at(step, unit, "use"),
        f"{part.when(step)}: unit {unit + 1} shows {percent(use[here])} of its offered value, and still holds "
        f"{signed(memory[here])}. At the next step {percent(forget[step + 1, unit])} of that is kept. The "
        "memory is hidden, not lost.",
    )


def _made_at_once(part: _Steps) -> Evidence:
    learned = np.nan_to_num(np.abs(part.values("learned"))).max(axis=0)
    unit = int(learned.argmax())
    step = landmarks(part.layer, unit, part.sequence, part.stop)["write"]
    names = ("forget_gate", "input_gate", "output_gate")
    forget, ignore, use = (plain(part.values(name)[step, unit]) for name in names)
    return Evidence(
        part.at(step, unit, "arrive"),
        f"{part.when(step)}: the factors of unit {unit + 1} are {forget} (forget), {ignore} (ignore) and {use} (use). "
        "All three are made from the event and STM′ alone, and none from another. The picture only draws them in turn.",
    )


def _waits_unharmed(part: _Steps) -> Evidence | None:
    """The longest stretch in which a memory that can be seen stays, and nothing is learned."""
    memory, learned, factor = (part.values(name) for name in ("cell_state", "learned", "forget_gate"))
    found: tuple[int, int, int] | None = None
    for unit in range(memory.shape[1]):
        for start in range(part.stop - WAIT):
            if abs(memory[start, unit]) < SEEN:
                continue
            stays = np.abs(memory[start:, unit] - memory[start, unit]) <= STILL
            stays[1:] &= (np.abs(learned[start + 1 :, unit]) <= STILL / 2) & (factor[start + 1 :, unit] >= NEAR_ONE)
            steps = len(stays) if stays.all() else int(stays.argmin())
            if steps > WAIT and (found is None or steps > found[0]):
                found = steps, start, unit
    if found is None:
        return None
    steps, start, unit = found
    end = start + steps - 1
    least = factor[start + 1 : end + 1, unit].min()
    return Evidence(
        part.at(end, unit, "remember"),
        f"{part.when(end)}: unit {unit + 1} holds {signed(memory[end, unit])}, and {steps - 1} steps before it held "
        f"{signed(memory[start, unit])}. Its forget factor was never below {plain(least)}, so it has hardly faded.",
    )


STATEMENTS = (
    Statement("A forget factor near 1 forgets everything.", False, _keeps_near_one),
    Statement("At one step a unit can keep its memory while another drops its own.", True, _one_keeps_another_drops),
    Statement("Long-term memory always stays between −1 and 1.", False, _larger_than_one),
    Statement("STM is a part of LTM: while LTM stays, STM stays.", False, _shown_anew),
    Statement("An ignore factor near 0 lets next to nothing in, whatever was combined.", True, _lets_nothing_in),
    Statement("A use gate that is shut loses the memory.", False, _hidden_not_lost),
    Statement("The gates run one after another: each factor is made from the one before.", False, _made_at_once),
    Statement("Waiting always loses a memory.", False, _waits_unharmed),
)
