"""The words of the lesson RNN vs LSTM, each with what must hold of the three runs, and its question and observation."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from lstm_viz.analysis.gradients import step_factors
from lstm_viz.analysis.memory_attribution import first_step_share
from lstm_viz.bundled.delays import DelayStudy, NetworkKind
from lstm_viz.figures.formats import percent, plain
from lstm_viz.figures.moment import BEATS, Moment
from lstm_viz.lessons.observations import Observation
from lstm_viz.lessons.questions import TO_SUPERSCRIPT, Question
from lstm_viz.sequences.formatting import plural
from lstm_viz.sequences.tasks import LETTERS
from lstm_viz.traces import LayerTrace

RIGHT = "".join(LETTERS)
#: A gradient below the first is next to none at the letter, one above the second still has a say there.
VANISHED, ALIVE = 1e-3, 0.05


class Run(Protocol):
    """One network's run, as the text speaks of it: see `lstm_viz.ui.lessons.rnn_vs_lstm.NetworkRun`."""

    @property
    def answers(self) -> str: ...
    @property
    def apart(self) -> np.ndarray: ...
    @property
    def before(self) -> np.ndarray: ...
    @property
    def after(self) -> np.ndarray: ...


@dataclass(frozen=True, eq=False)
class Measured:
    """What is measured in the runs of "lstm", "rnn" and "identity" over one wait, and in the whole study."""

    delay: int
    lstm: LayerTrace
    runs: Mapping[str, Run]
    study: DelayStudy

    def factors(self, name: str) -> np.ndarray:
        """By what each step back multiplies the gradient of the trained network: (steps - 1,)."""
        return step_factors(self.runs[name].after)

    def average_factor(self, name: str) -> float:
        """The factor that gives the same gradient at the letter where every step back has it: the geometric mean."""
        return average_factor(self.runs[name].after)

    @cached_property
    def letter_share(self) -> float:
        """The share of the LSTM's last memory that the letter wrote."""
        return first_step_share(self.lstm)

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
        random, lstm = self.study.kinds["rnn"], self.study.kinds["lstm"]
        found = {
            "wait": plural(self.delay, "step"),
            "times": plural(self.delay + 1, "step"),
            "first_wrong": f"{self.first_wrong}",
            "last_right": f"{self.first_wrong - 1}",
            "share": percent(self.letter_share),
            "seeds": f"{len(random.accuracy)}",
            "units": f"{lstm.units}",
            "random_perfect": perfect_words(random),
            "identity_perfect": perfect_words(self.study.kinds["identity"]),
            "lstm_perfect": perfect_words(lstm),
            "plain_perfect": perfect_words(self.study.kinds["lstm without help"]),
        }
        for name, run in self.runs.items():
            found |= {
                f"{name}_answers": ", ".join(run.answers),
                f"{name}_gradient": power_of_ten(run.after[0]),
                f"{name}_before": power_of_ten(run.before[0]),
                f"{name}_factor": plain(self.average_factor(name)),
            }
        return found

    def truths(self) -> dict[str, bool]:
        """What the text may claim of these runs and of the study, each as mathematics."""
        random, identity, lstm, alone = (
            self.study.kinds[name] for name in ("rnn", "identity", "lstm", "lstm without help")
        )
        after = {name: float(run.after[0]) for name, run in self.runs.items()}
        before = {name: float(run.before[0]) for name, run in self.runs.items()}
        return {
            # All three letters come back.
            **{f"{name}_right": self.answers_right(name) for name in self.runs},
            "all_right": all(map(self.answers_right, self.runs)),
            # More than half of the sizes of what is left in the LSTM's last memory is the letter's own writing.
            "keeps": self.letter_share > 0.5,
            # Two of the RNN's last states are equal in every bit.
            "rnn_same": bool(self.runs["rnn"].apart[-1] == 0),
            # The nearest two of the last states are less than a tenth as far apart as after the letter, in the RNN only.
            "rnn_fades": bool(self.runs["rnn"].apart[-1] < 0.1)
            and all(bool(self.runs[name].apart[-1] > 0.1) for name in ("lstm", "identity")),
            # Gradients at the letter, after training and before it.
            "rnn_vanished": after["rnn"] < VANISHED,
            "lstm_alive": after["lstm"] > ALIVE,
            "identity_alive": after["identity"] > ALIVE,
            "rnn_vanished_before": before["rnn"] < VANISHED,
            "others_alive_before": min(before["lstm"], before["identity"]) > 10 * before["rnn"],
            # The RNN's average factor is the smallest.
            "rnn_factor_least": self.average_factor("rnn") < min(map(self.average_factor, ("lstm", "identity"))),
            # Every later wait is answered wrong too.
            "stays_wrong": self.stays_wrong,
            "wrong_here": self.delay >= self.first_wrong,
            "random_fails": perfect(random) == 0,
            "identity_learns": perfect(identity) == len(identity.accuracy),
            "lstm_learns": perfect(lstm) == len(lstm.accuracy) and perfect(alone) == len(alone.accuracy),
        }


def average_factor(gradients: np.ndarray) -> float:
    """The geometric mean of the factors of each step back, from the gradient at the first step.

    >>> round(average_factor(np.array([0.25, 0.3, 1.0])), 2)
    0.5
    """
    return float(gradients[0] ** (1 / (len(gradients) - 1)))


def factor_lines(factor: float, steps: int, left: float) -> tuple[str, str]:
    """What a network's factors come to, in two lines.

    >>> factor_lines(0.25, 21, 0.25**21)
    ('each step back × 0.25', '21 times: 10⁻¹³ is left')
    """
    times = "once" if steps == 1 else f"{steps} times"
    return f"each step back × {plain(factor)}", f"{times}: {power_of_ten(left)} is left"


def perfect(kind: NetworkKind) -> int:
    """How many of the kind's seeds answer all held-out questions right at every wait."""
    return int((kind.accuracy == 1).all(axis=1).sum())


def perfect_words(kind: NetworkKind) -> str:
    """How many of how many, in words.

    >>> from types import SimpleNamespace
    >>> perfect_words(SimpleNamespace(accuracy=np.array([[1.0, 0.5], [0.2, 1.0]])))
    'none of 2'
    """
    count, seeds = perfect(kind), len(kind.accuracy)
    return f"none of {seeds}" if count == 0 else f"all {seeds}" if count == seeds else f"{count} of {seeds}"


def same_from(apart: Sequence[float] | np.ndarray) -> int | None:
    """The step, from 0, from which on two states are the same to the last bit; None where they are not at the end.

    >>> same_from(np.array([1.0, 0.5, 0.0, 0.0])), same_from(np.array([1.0, 0.0, 0.5]))
    (2, None)
    """
    different = np.flatnonzero(np.asarray(apart) > 0)
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
    why = tuple(
        "" if wait == first else f"At {plural(wait, 'step')} it answers {', '.join(answers[wait - 1])}." for wait in waits
    )
    reveal = f"It answers right up to {plural(first - 1, 'step')}, and at {first} it answers {', '.join(answers[first - 1])}."
    last = Moment(step=here + 1, beat=len(BEATS) - 1)
    return Question(text, tuple(plural(wait, "step") for wait in waits), waits.index(first), reveal, last, last, why)


def power_of_ten(value: float) -> str:
    """A positive value as a power of ten, or in plain digits where it is not small.

    >>> power_of_ten(0.55), power_of_ten(0.04), power_of_ten(3.4e-06), power_of_ten(0.0)
    ('0.55', '0.04', '10⁻⁵', '0')
    """
    if value == 0:
        return "0"
    if value >= 0.01:
        return plain(value)
    return f"10{str(round(math.log10(value))).translate(TO_SUPERSCRIPT)}"
