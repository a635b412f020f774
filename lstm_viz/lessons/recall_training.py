"""The training of the delayed-recall model, checkpoint by checkpoint: what its gates do and what it answers by then."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from lstm_viz.analysis.gradients import backpropagate
from lstm_viz.analysis.memory_attribution import half_life
from lstm_viz.bundled.recall_checkpoints import recall_checkpoints
from lstm_viz.figures.formats import plain
from lstm_viz.lessons.exercises import Exercise
from lstm_viz.lessons.page_text import LessonItem, question_items, text_item
from lstm_viz.lessons.questions import Question
from lstm_viz.sequences.batch import SequenceBatch
from lstm_viz.sequences.tasks import LETTERS
from lstm_viz.traces import Trace

if TYPE_CHECKING:
    from lstm_viz.fitting.network import Network


@dataclass(frozen=True, eq=False)
class CheckpointRuns:
    """The run of every checkpoint on the recall example; forget bias 0 comes first, then +1."""

    forget_gate: Float[np.ndarray, "trainings checkpoints time batch units"]
    input_gate: Float[np.ndarray, "trainings checkpoints time batch units"]
    #: At each unit's median forget factor, in steps.
    #: Which steps come between a letter and its question.
    waiting: Bool[np.ndarray, "time batch"]
    half_lives: Float[np.ndarray, "trainings checkpoints units"]
    #: Of each question of the example: the steps since its letter; of each run, whether it is answered right, and how
    #: much of the gradient by long-term memory at the question is left at the letter.
    waits: tuple[int, ...]
    right: Bool[np.ndarray, "trainings checkpoints questions"]
    shares: Float[np.ndarray, "trainings checkpoints questions"]

    def mean_while_waiting(self, gate: str) -> Float[np.ndarray, "trainings checkpoints"]:
        """The mean of "forget_gate" or "input_gate" over all units and the steps between letter and question."""
        means: np.ndarray = getattr(self, gate)[:, :, self.waiting].mean(axis=(2, 3), dtype=float)
        return means


class AskedStep(NamedTuple):
    """A question of the recall task: its step and sequence, the step of its letter, and the letter's place."""

    step: int
    sequence: int
    letter_step: int
    letter: int


def questions_of(labels: np.ndarray) -> list[AskedStep]:
    """The questions among labels, (time, batch), sequence by sequence.

    >>> questions_of(np.array([["B", "·", "?"]]).T)
    [AskedStep(step=2, sequence=0, letter_step=0, letter=1)]
    """
    found: list[AskedStep] = []
    for sequence, column in enumerate(labels.T.tolist()):
        asked: tuple[int, int] | None = None
        for step, label in enumerate(column):
            if label in LETTERS:
                asked = step, LETTERS.index(label)
            elif label == "?" and asked is not None:
                found.append(AskedStep(step, sequence, *asked))
    return found


def run_checkpoints(batch: SequenceBatch) -> CheckpointRuns:
    """Every checkpoint's run on a batch of the recall task."""
    stored, asked = recall_checkpoints(), questions_of(batch.step_labels)
    runs = [
        [_run(stored.network(bias, checkpoint), batch, asked) for checkpoint in range(len(stored.updates))]
        for bias in sorted(stored.weights)
    ]
    parts = [np.stack([np.stack([run[k] for run in training]) for training in runs]) for k in range(len(runs[0][0]))]
    forget, ignore, lives, right, shares = parts
    waiting = ~np.isin(batch.step_labels, (*LETTERS, "?"))
    return CheckpointRuns(
        forget, ignore, waiting, lives, tuple(question.step - question.letter_step for question in asked), right, shares
    )


def _run(network: Network, batch: SequenceBatch, asked: Sequence[AskedStep]) -> tuple[np.ndarray, ...]:
    import lstm_viz
    from lstm_viz.fitting.network import head_scores

    trace = lstm_viz.trace(network.recurrent, batch.values, lengths=batch.lengths)
    layer = trace.layers[0]
    said = head_scores(network.head, trace.output).argmax(axis=-1)
    right = np.array([said[question.step, question.sequence] == question.letter for question in asked])
    return (
        np.asarray(layer.forget_gate),
        np.asarray(layer.input_gate),
        half_life(layer, middle=True),
        right,
        gradient_left(trace, asked),
    )


def gradient_left(trace: Trace, asked: Sequence[AskedStep]) -> Float[np.ndarray, " questions"]:
    """How large the gradient by the long-term memory after each question's letter is, as a share of that at it.

    What is differentiated is the size of short-term memory after the question's step.
    """
    left = np.empty(len(asked))
    remaining = list(enumerate(asked))
    while remaining:
        # Sequences don't depend on each other: one question of each goes back in one pass.
        chosen = {question.sequence: (place, question) for place, question in reversed(remaining)}
        output = np.zeros_like(trace.output)
        for _, question in chosen.values():
            at = question.step, question.sequence
            output[at] = trace.output[at] / np.linalg.norm(trace.output[at])
        by_memory = backpropagate(trace, output)[0].cell_state
        assert by_memory is not None  # an LSTM's
        sizes = np.linalg.norm(by_memory.astype(float), axis=-1)
        for place, question in chosen.values():
            left[place] = sizes[question.letter_step, question.sequence] / sizes[question.step, question.sequence]
        remaining = [each for each in remaining if each not in chosen.values()]
    return left


#: A mean forget factor above this keeps, a mean ignore factor below that lets little in.
KEEPS, SHUT = 0.7, 0.3
#: A mean ignore factor below this lets nearly nothing in.
NEARLY_NOTHING = 0.1
#: The training that begins without a forget bias, and that which begins with +1; the keys of the charts.
UNBIASED, BIASED = 0, 1
STRIPS_KEY, LIVES_KEY, ANSWERS_KEY = "checkpoint-strips", "checkpoint-halves", "checkpoint-answers"


def training_exercise(runs: CheckpointRuns) -> Exercise:
    """The question which gate learns its part first, and the text that goes through the training."""
    return Exercise("", tuple(_items(runs)), {})


def first_all_right(runs: CheckpointRuns, training: int) -> int:
    """The first checkpoint that answers every question right; ValueError where none does."""
    found = runs.right[training].all(axis=1)
    if not found.any():
        raise ValueError(f"No checkpoint of training {training} answers every question right.")
    return int(found.argmax())


def first_gate_question(runs: CheckpointRuns) -> Question:
    """Which of the two gates has learned its part for the waits when all answers are right for the first time.

    Raises ValueError where neither has.
    """
    at = first_all_right(runs, UNBIASED)
    forget, ignore = (runs.mean_while_waiting(gate)[UNBIASED, at] for gate in ("forget_gate", "input_gate"))
    learned = forget > KEEPS, ignore < SHUT
    if not any(learned):
        raise ValueError(f"Neither gate has learned its part after {_updates(at)} updates.")
    options = ("the forget gate: it keeps", "both gates", "the ignore gate: it lets little in")
    right = 1 if all(learned) else 0 if learned[0] else 2
    text = (
        f"After {_updates(at)} updates all {len(runs.waits)} questions are answered right for the first time. Two "
        "gates have a part in the waits between a letter and “?”. Which of them has learned it by then?"
    )
    before = [runs.mean_while_waiting(gate)[UNBIASED, 0] for gate in ("forget_gate", "input_gate")]
    reveal = (
        f"In the waits the forget factors are {plain(forget)} on average by then, the ignore factors {plain(ignore)}. "
        f"Before training they were {plain(before[0])} and {plain(before[1])}."
    )
    return Question(text, options, right, reveal, why=_reasons(right, float(forget), float(ignore)))


def _reasons(right: int, forget: float, ignore: float) -> tuple[str, ...]:
    """Of each option why it is wrong."""
    lets_in = f"The ignore gate still lets {100 * ignore:.0f} % in."
    drops = f"The forget gate still drops {100 * (1 - forget):.0f} % at each step."
    return {
        0: ("", lets_in, lets_in),
        1: ("The ignore gate has learned its part too.", "", "The forget gate has learned its part too."),
        2: (drops, drops, ""),
    }[right]


def _items(runs: CheckpointRuns) -> list[LessonItem]:
    [asked] = question_items(first_gate_question(runs))
    learned, ignore = first_all_right(runs, UNBIASED), runs.mean_while_waiting("input_gate")[UNBIASED]
    shut = int((ignore < NEARLY_NOTHING).argmax())
    longest, right = int(np.argmax(runs.waits)), runs.right.sum(axis=2)
    before, after = runs.shares[UNBIASED, 0, longest], runs.shares[UNBIASED, learned, longest]
    lives = np.median(runs.half_lives[:, 0].astype(float), axis=1)
    means = runs.mean_while_waiting("forget_gate")[:, 0]
    return [
        _text(
            "How did the gates learn this? The weights were kept after some numbers of updates, and the slider below "
            "goes through them. Before training the factors are one half on average, so about half of a memory is lost "
            "at each step.",
            (STRIPS_KEY,),
            (0, UNBIASED),
        ),
        asked | {"moment": _moment(0, UNBIASED), "shows": _moment(learned, UNBIASED), "light": [STRIPS_KEY]},
        _text(
            f"Before training {right[UNBIASED, 0]} of {len(runs.waits)} answers were right: guessing among three "
            "letters gets about a third. What changed is how far "
            f"learning reaches: at a letter {runs.waits[longest]} steps back, {_share(before)} of the gradient was "
            f"left before, and after {_updates(learned)} updates {_share(after)}.",
            (ANSWERS_KEY,),
            (learned, UNBIASED),
        ),
        _text(
            f"The ignore factors shut later: from {plain(ignore[learned])} on average in the waits to "
            f"{plain(ignore[shut])} after {_updates(shut)} updates. The answers were right without that. A small "
            "penalty in this training asks for it, so that the gates are easy to read.",
            (STRIPS_KEY,),
            (shut, UNBIASED),
        ),
        _text(
            f"Now the other training: it began with a forget bias of +1. Its forget factors start at "
            f"{plain(means[BIASED])} in place of {plain(means[UNBIASED])}, and half of a memory is gone after "
            f"{plain(lives[BIASED], 1)} steps in place of {plain(lives[UNBIASED], 1)}. Slide on and compare: "
            "this task is learned with it and without it.",
            (STRIPS_KEY, LIVES_KEY),
            (0, BIASED),
        ),
    ]


def _text(text: str, light: tuple[str, ...], place: tuple[int, int]) -> LessonItem:
    """A paragraph that brings the charts to a checkpoint of a training."""
    return text_item(text, light) | {"moment": _moment(*place)}


def _moment(checkpoint: int, training: int) -> dict[str, int]:
    """What of the moment an item changes."""
    return {"checkpoint": checkpoint, "training": training}


def _updates(checkpoint: int) -> str:
    return f"{recall_checkpoints().updates[checkpoint]:,}"


def _share(share: float) -> str:
    """A share in words: percent, or one part in a round number.

    >>> _share(0.31), _share(2.2e-7)
    ('31 %', 'one part in 5,000,000')
    """
    if share >= 0.01:
        return f"{100 * share:.0f} %"
    parts = 1 / share
    place = 10 ** math.floor(math.log10(parts))
    return f"one part in {round(parts / place) * place:,}"
