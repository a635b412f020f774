"""Sequences made by rule, of which the right answer is known at every step.

Delayed recall and the adding problem follow Hochreiter & Schmidhuber (1997), "Long short-term
memory", sections 5.4 and 5.6, at a size that fits a screen; bracket depth is the counting task
of Gers & Schmidhuber (2001), "LSTM recurrent networks learn simple context-free languages".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from lstm_viz.sequences.batch import SequenceBatch

LETTERS = ("A", "B", "C")
DISTRACTORS = ("d", "e")
RECALL_SYMBOLS = (*LETTERS, *DISTRACTORS, "·", "?")
BRACKET_SYMBOLS = ("(", ")", "x")
ADDING_FEATURES = ("value", "marker")


@dataclass(frozen=True, eq=False)
class TaskBatch:
    """Sequences of a task and what should be said. `asked` is True where an answer counts."""

    inputs: Float[np.ndarray, "time batch features"]
    targets: Float[np.ndarray, "time batch"]
    asked: Bool[np.ndarray, "time batch"]
    lengths: Int[np.ndarray, " batch"]
    labels: np.ndarray
    names: tuple[str, ...]


def recall(batch: int, steps: int = 24, seed: int = 0, *, longest_delay: int = 20) -> TaskBatch:
    """Remember the last capital letter until "?" asks for it, whatever comes between.

    A letter comes, then one to `longest_delay` steps of blanks "·" and distractors "d", "e",
    then "?"; then another letter, until the steps are used up. The target at a "?" is the
    letter's place in LETTERS.

    >>> task = recall(1, steps=12, seed=1)
    >>> task.inputs.shape, sorted(set(task.labels.ravel()) - set(RECALL_SYMBOLS))
    ((12, 1, 7), [])
    """
    random = np.random.default_rng(seed)
    columns = [_recall_row(random, steps, longest_delay) for _ in range(batch)]
    labels = np.array([symbols for symbols, _ in columns]).T
    targets = np.array([answers for _, answers in columns], dtype=np.float32).T
    return _one_hot_task(labels, RECALL_SYMBOLS, targets, labels == "?")


def recall_at_delay(delay: int, seed: int = 0) -> SequenceBatch:
    """One sequence a letter, (delay + 2) steps of the recall task; what comes between is the same in all.

    The first waiting steps of a longer delay are those of a shorter one.

    >>> "".join(recall_at_delay(3).step_labels[:, 0])[0], "".join(recall_at_delay(3).step_labels[-1])
    ('A', '???')
    """
    random = np.random.default_rng(seed)
    wait = random.choice([*DISTRACTORS, "·", "·"], size=max(delay, 200))[:delay]
    labels = np.array([[letter, *wait, "?"] for letter in LETTERS]).T
    return SequenceBatch(
        values=(labels[..., None] == np.array(RECALL_SYMBOLS)).astype(np.float32),
        names=RECALL_SYMBOLS,
        lengths=np.full(len(LETTERS), len(labels)),
        sequence_names=tuple(f"{letter} first" for letter in LETTERS),
        offset=np.zeros(len(RECALL_SYMBOLS)),
        scale=np.ones(len(RECALL_SYMBOLS)),
        step_labels=labels,
    )


def _recall_row(random: np.random.Generator, steps: int, longest_delay: int) -> tuple[list[str], list[int]]:
    symbols: list[str] = []
    answers: list[int] = []
    while len(symbols) < steps:
        letter = int(random.integers(len(LETTERS)))
        delay = int(random.integers(1, longest_delay + 1))
        between = random.choice([*DISTRACTORS, "·", "·"], size=delay)
        symbols += [LETTERS[letter], *between.tolist(), "?"]
        answers += [letter] * (delay + 2)
    return symbols[:steps], answers[:steps]


def brackets(batch: int, steps: int = 24, seed: int = 0, *, deepest: int = 8) -> TaskBatch:
    """How many brackets are open, after each character; "x" changes nothing. Depth is 0 to `deepest`.

    >>> task = brackets(1, steps=6, seed=3)
    >>> float(task.targets.min()) >= 0
    True
    """
    random = np.random.default_rng(seed)
    labels = np.empty((steps, batch), dtype="<U1")
    depth = np.zeros(batch, dtype=int)
    targets = np.zeros((steps, batch), dtype=np.float32)
    for step in range(steps):
        labels[step] = [_next_bracket(random, int(open_now), deepest) for open_now in depth]
        depth += (labels[step] == "(").astype(int) - (labels[step] == ")").astype(int)
        targets[step] = depth
    return _one_hot_task(labels, BRACKET_SYMBOLS, targets, np.ones((steps, batch), dtype=bool))


def _next_bracket(random: np.random.Generator, depth: int, deepest: int) -> str:
    """Opens a little more often than it closes, so that depths worth seeing are reached."""
    choices = ["x"] + ["("] * 3 * (depth < deepest) + [")"] * 2 * (depth > 0)
    return str(random.choice(choices))


def adding(batch: int, steps: int = 24, seed: int = 0) -> TaskBatch:
    """The sum, at the end, of the two values that were marked. Values are between 0 and 1.

    One mark lies in each half of the sequence.

    >>> task = adding(2, steps=10)
    >>> bool(np.allclose((task.inputs[..., 0] * task.inputs[..., 1]).sum(axis=0), task.targets[-1]))
    True
    """
    random = np.random.default_rng(seed)
    values = np.round(random.random((steps, batch)), 2).astype(np.float32)
    marks = np.zeros((steps, batch), dtype=np.float32)
    columns = np.arange(batch)
    marks[random.integers(0, steps // 2, size=batch), columns] = 1
    marks[random.integers(steps // 2, steps, size=batch), columns] = 1
    asked = np.zeros((steps, batch), dtype=bool)
    asked[-1] = True
    labels = np.where(marks > 0, np.char.add("+", np.char.mod("%.2f", values)), np.char.mod("%.2f", values))
    return TaskBatch(
        inputs=np.stack([values, marks], axis=-1),
        targets=np.cumsum(values * marks, axis=0, dtype=np.float32),
        asked=asked,
        lengths=np.full(batch, steps),
        labels=labels,
        names=ADDING_FEATURES,
    )


def _one_hot_task(labels: np.ndarray, symbols: tuple[str, ...], targets: np.ndarray, asked: np.ndarray) -> TaskBatch:
    """One-hot inputs from labels."""
    inputs = (labels[..., None] == np.array(symbols)).astype(np.float32)
    lengths = np.full(labels.shape[1], len(labels))
    return TaskBatch(inputs, targets, asked, lengths, labels, symbols)
