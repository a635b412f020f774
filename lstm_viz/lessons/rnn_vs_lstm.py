"""The words of the lesson RNN vs LSTM, each with what must hold of the three runs, and its question and observation."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from lstm_viz.analysis.memory_attribution import first_step_share
from lstm_viz.bundled.delays import GRADIENT_DELAY, DelayStudy, NetworkKind
from lstm_viz.figures.formats import percent, plain
from lstm_viz.figures.moment import BEATS, Moment
from lstm_viz.lessons.observations import Observation
from lstm_viz.lessons.questions import TO_SUPERSCRIPT, Question
from lstm_viz.sequences.formatting import plural
from lstm_viz.sequences.tasks import LETTERS
from lstm_viz.traces import Trace

RIGHT = "".join(LETTERS)
#: A gradient below the first is next to none at the letter, one above the second still has a say there.
VANISHED, ALIVE = 1e-3, 0.05
#: A distance of states within ±1, against that after the letter, below which they differ by the rounding of 32-bit
#: numbers alone: two or three units in the last place.
ROUNDING = 3e-7


class NetworkRun(NamedTuple):
    """One network's run: what it answers at the end, and how much of the letter and of the gradient there is."""

    trace: Trace
    #: A letter a sequence.
    answers: str
    #: How far each sequence's memory lies from the nearest of the others, and the two most alike: (steps, sequences)
    #: and (steps,), against the first step.
    nearest: np.ndarray
    apart: np.ndarray
    #: Gradients of the last state by each step's, before the training and after it: (steps,).
    before: np.ndarray
    after: np.ndarray


@dataclass(frozen=True, eq=False)
class Measured:
    """What is measured in the runs of "lstm", "rnn" and "identity" over one wait, and in the whole study."""

    delay: int
    runs: Mapping[str, NetworkRun]
    study: DelayStudy

    @cached_property
    def letter_share(self) -> float:
        """The share of the LSTM's last memory that the letter wrote."""
        return first_step_share(self.runs["lstm"].trace.layers[0])

    def answers_right(self, name: str) -> bool:
        """Whether the network gives all letters back."""
        return self.runs[name].answers == RIGHT

    @property
    def first_wrong(self) -> int:
        """The shortest wait at which the RNN that started at random answers wrong."""
        answers = self.study.kinds["rnn"].answers
        return next(wait for wait, said in enumerate(answers, start=1) if said != RIGHT)

    @property
    def stays_wrong(self) -> bool:
        """Whether it answers wrong at all longer waits too."""
        return all(said != RIGHT for said in self.study.kinds["rnn"].answers[self.first_wrong - 1 :])

    def words(self) -> dict[str, str]:
        """Placeholders of the lesson's text."""
        random, identity, lstm, alone = self._kinds
        found = {
            "wait": plural(self.delay, "step"),
            "times": plural(self.delay + 1, "step"),
            "first_wrong": f"{self.first_wrong}",
            "last_right": f"{self.first_wrong - 1}",
            "share": percent(self.letter_share),
            "seeds": f"{len(random.accuracy)}",
            "alone_before": small(min(alone.gradients_before)),
            "gradient_delay": f"{GRADIENT_DELAY}",
            "random_perfect": perfect_words(random),
            "identity_perfect": perfect_words(identity),
            "lstm_perfect": perfect_words(lstm),
            "rnn_closer": times_closer(float(self.runs["rnn"].apart[-1])),
        }
        for name, run in self.runs.items():
            found |= {
                f"{name}_answers": ", ".join(run.answers),
                f"{name}_before": small(run.before[0]),
                f"{name}_after": small(run.after[0]),
                f"{name}_factor_before": plain(average_factor(run.before)),
                f"{name}_factor_after": plain(average_factor(run.after)),
            }
        return found

    @property
    def _kinds(self) -> tuple[NetworkKind, NetworkKind, NetworkKind, NetworkKind]:
        kinds = self.study.kinds
        return kinds["rnn"], kinds["identity"], kinds["lstm"], kinds["lstm without help"]

    def truths(self) -> dict[str, bool]:
        """What the text may claim of these runs and of the study."""
        random, identity, lstm, alone = self._kinds
        before, after = (
            {name: float(getattr(run, when)[0]) for name, run in self.runs.items()} for when in ("before", "after")
        )
        apart = {name: float(run.apart[-1]) for name, run in self.runs.items()}
        return {
            # Who gives all three letters back.
            "all_right": all(map(self.answers_right, self.runs)),
            "random_wrong_alone": [name for name in self.runs if not self.answers_right(name)] == ["rnn"],
            # More than half of the sizes of what is left in the LSTM's last memory is the letter's own writing.
            "keeps": self.letter_share > 0.5,
            # The two most alike of the last states: less than a tenth as far apart as after the letter, in the random
            # RNN alone; and no further apart than rounding makes them.
            "random_fades": apart["rnn"] < 0.1 < min(apart["lstm"], apart["identity"]),
            "random_same": same_from(self.runs["rnn"].apart) is not None,
            # Gradients at the letter before training: the random RNN's is next to none, and the least by far.
            "random_vanished_before": before["rnn"] < VANISHED,
            "random_least_before": 10 * before["rnn"] < min(before["lstm"], before["identity"]),
            "all_feel_before": min(before.values()) > 0.01,
            # After it: the LSTM's still has a say, and the RNN from the identity holds its letters without one.
            "lstm_alive_after": after["lstm"] > ALIVE,
            "identity_latches": after["identity"] < VANISHED
            and apart["identity"] > 0.5
            and self.answers_right("identity"),
            # At every longer wait the random RNN answers wrong too.
            "stays_wrong": self.stays_wrong,
            # No seed, or every one, answers all held-out questions right at every wait.
            "random_fails": perfect(random) == 0,
            "random_best_shown": random.shown == int(np.argmax(random.accuracy.mean(axis=1))),
            "identity_learns": perfect(identity) == len(identity.accuracy),
            # The seed of the smallest gradient at the start, next to none, is right at every wait.
            "start_is_not_all": min(alone.gradients_before) < VANISHED
            and bool((alone.accuracy[np.argmin(alone.gradients_before)] == 1).all()),
            "lstm_learns": perfect(lstm) == len(lstm.accuracy) and perfect(alone) == len(alone.accuracy),
        }


def average_factor(gradients: np.ndarray) -> float:
    """The geometric mean of the factors of each step back, from the gradient at the first step.

    >>> round(average_factor(np.array([0.25, 0.3, 1.0])), 2)
    0.5
    """
    return float(gradients[0] ** (1 / (len(gradients) - 1)))


def factor_lines(before: np.ndarray, after: np.ndarray) -> tuple[str, str]:
    """What a network's factors come to, before training and after it, each in a line.

    >>> factor_lines(0.5 ** np.arange(20, -1, -1), 0.966 ** np.arange(20, -1, -1))
    ('before: × 0.50, 10⁻⁶ left', 'trained: × 0.97, 0.50 left')
    """
    first, second = (f"× {plain(average_factor(part))}, {small(part[0])} left" for part in (before, after))
    return f"before: {first}", f"trained: {second}"


def perfect(kind: NetworkKind) -> int:
    """How many of the kind's seeds answer all held-out questions right at every wait."""
    return int((kind.accuracy == 1).all(axis=1).sum())


def perfect_words(kind: NetworkKind) -> str:
    """How many, in words.

    >>> from lstm_viz.bundled.delays import delay_study
    >>> perfect_words(delay_study().kinds["rnn"]), perfect_words(delay_study().kinds["identity"])
    ('none', 'all')
    """
    count, seeds = perfect(kind), len(kind.accuracy)
    return "none" if count == 0 else "all" if count == seeds else f"{count}"


def times_closer(apart: float) -> str:
    """By how much a distance is smaller than 1, to its first digit.

    >>> times_closer(0.00036), times_closer(0.07)
    ('3,000', '10')
    """
    if apart <= 0:
        return "∞"
    times = 1 / apart
    return f"{round(times, -int(math.log10(times))):,.0f}"


def same_from(apart: Sequence[float] | np.ndarray) -> int | None:
    """The step, from 0, from which on two states are the same but for rounding; None where they are not at the end.

    >>> same_from(np.array([1.0, 0.5, 1e-7, 0.0])), same_from(np.array([1.0, 0.0, 0.5]))
    (2, None)
    """
    different = np.flatnonzero(np.asarray(apart) > ROUNDING)
    first = int(different[-1]) + 1 if len(different) else 0
    return first if first < len(apart) else None


def answers_observation(measured: Measured) -> Observation:
    """The observation of where the RNN that started at random begins to answer wrong."""
    first = measured.first_wrong
    text = f"Move the wait above the picture from {first - 1} to {first} and watch the plain RNN's answers."
    answers = measured.study.kinds["rnn"].answers
    found = f"They go from {', '.join(answers[first - 2])} to {', '.join(answers[first - 1])}."
    return Observation(text, Moment(step=measured.delay + 1, beat=len(BEATS) - 1), found)


#: Waits that stand beside the right one, of which those are taken that are possible at the wait on the screen.
OTHER_WAITS = (2, 5, 7, 18, 25, 50, 80)


def failing_question(measured: Measured) -> Question:
    """The question at which wait the RNN that began at random begins to answer wrong."""
    first, here, answers = measured.first_wrong, measured.delay, measured.study.kinds["rnn"].answers
    is_wrong = here >= first
    possible = [wait for wait in OTHER_WAITS if (wait <= here) == is_wrong and wait != first]
    waits = sorted([first, *sorted(possible, key=lambda wait: abs(math.log(wait / first)))[:2]])
    text = (
        f"The plain RNN that began at random answers {'wrong' if is_wrong else 'right'} at this wait, "
        f"{plural(here, 'step')}. What is the shortest wait at which it answers wrong?"
    )
    said = {wait: f"at {plural(wait, 'step')} it answers {', '.join(answers[wait - 1])}." for wait in waits}
    why = tuple("" if wait == first else said[wait].replace("at", "At", 1) for wait in waits)
    reveal = f"It answers right up to {plural(first - 1, 'step')}, and {said[first]}"
    last = Moment(step=here + 1, beat=len(BEATS) - 1)
    return Question(text, tuple(plural(wait, "step") for wait in waits), waits.index(first), reveal, last, last, why)


def small(value: float) -> str:
    """A positive value in plain digits, or as a power of ten where it is small.

    >>> small(0.55), small(0.04), small(0.0049), small(3.4e-06), small(0.0)
    ('0.55', '0.04', '0.005', '10⁻⁵', '0')
    """
    if value == 0:
        return "0"
    if value >= 0.001:
        return plain(value, 2 if value >= 0.01 else 3)
    return f"10{str(round(math.log10(value))).translate(TO_SUPERSCRIPT)}"
