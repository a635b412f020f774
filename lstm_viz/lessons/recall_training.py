"""The training of the delayed-recall model, checkpoint by checkpoint: what its gates do and what it answers by then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from lstm_viz.analysis.gradients import backpropagate
from lstm_viz.analysis.memory_attribution import half_life
from lstm_viz.bundled.recall_checkpoints import recall_checkpoints
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
    half_lives: Float[np.ndarray, "trainings checkpoints units"]
    #: Of each question of the example: the steps since its letter; of each run, whether it is answered right, and how
    #: much of the gradient by long-term memory at the question is left at the letter.
    waits: tuple[int, ...]
    right: Bool[np.ndarray, "trainings checkpoints questions"]
    shares: Float[np.ndarray, "trainings checkpoints questions"]


class Question(NamedTuple):
    """A question of the recall task: its step and sequence, the step of its letter, and the letter's place."""

    step: int
    sequence: int
    letter_step: int
    letter: int


def questions_of(labels: np.ndarray) -> list[Question]:
    """The questions among labels, (time, batch), sequence by sequence.

    >>> questions_of(np.array([["B", "·", "?"]]).T)
    [Question(step=2, sequence=0, letter_step=0, letter=1)]
    """
    found: list[Question] = []
    for sequence, column in enumerate(labels.T.tolist()):
        asked: tuple[int, int] | None = None
        for step, label in enumerate(column):
            if label in LETTERS:
                asked = step, LETTERS.index(label)
            elif label == "?" and asked is not None:
                found.append(Question(step, sequence, *asked))
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
    return CheckpointRuns(
        forget, ignore, lives, tuple(question.step - question.letter_step for question in asked), right, shares
    )


def _run(network: Network, batch: SequenceBatch, asked: Sequence[Question]) -> tuple[np.ndarray, ...]:
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


def gradient_left(trace: Trace, asked: Sequence[Question]) -> Float[np.ndarray, " questions"]:
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
