"""The tasks made by rule, with the right answers worked out a second time from what a person sees."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_viz.sequences import load_example
from lstm_viz.sequences.examples import example_task
from lstm_viz.sequences.tasks import DISTRACTORS, LETTERS, TaskBatch, adding, brackets, recall

SEEDS = st.integers(0, 10**6)
SIZES = {"batch": st.integers(1, 6), "steps": st.integers(4, 60), "seed": SEEDS}


@given(**SIZES)
@settings(max_examples=40)
def test_recall_asks_for_the_last_capital_letter(batch: int, steps: int, seed: int) -> None:
    task = recall(batch, steps, seed)
    for column, answers, asked in zip(task.labels.T, task.targets.T, task.target_mask.T, strict=True):
        said = "".join(column)
        assert set(said) <= {*LETTERS, *DISTRACTORS, "·", "?"}
        for step in np.flatnonzero(asked):
            before = [symbol for symbol in said[:step] if symbol in LETTERS]
            assert said[step] == "?" and LETTERS[int(answers[step])] == before[-1]
        between = [len(piece) - 1 for piece in said.split("?")[:-1]]
        assert all(1 <= steps_between <= 20 for steps_between in between)


@given(**SIZES)
@settings(max_examples=40)
def test_depth_is_how_many_brackets_are_open(batch: int, steps: int, seed: int) -> None:
    task = brackets(batch, steps, seed)
    for column, depth in zip(task.labels.T, task.targets.T, strict=True):
        said = "".join(column)
        counted = [said[: step + 1].count("(") - said[: step + 1].count(")") for step in range(steps)]
        assert depth.tolist() == counted and min(counted) >= 0 and max(counted) <= 8
    assert task.target_mask.all()


@given(**SIZES)
@settings(max_examples=40)
def test_adding_asks_for_the_sum_of_the_two_marked_values(batch: int, steps: int, seed: int) -> None:
    task = adding(batch, steps, seed)
    values, marks = task.inputs[..., 0], task.inputs[..., 1]
    assert ((values >= 0) & (values <= 1)).all() and (marks.sum(axis=0) == 2).all()
    for row, said in enumerate(task.labels.T):
        marked = [float(label[1:]) for label in said if label.startswith("+")]
        assert task.targets[-1, row] == pytest.approx(sum(marked), abs=1e-6) and len(marked) == 2
        assert [float(label.strip("+")) for label in said] == pytest.approx(values[:, row].tolist(), abs=1e-6)
    assert task.target_mask[-1].all() and task.target_mask.sum() == batch


@pytest.mark.parametrize("make", [recall, brackets, adding])
def test_a_seed_makes_one_task_and_another_another(make: Callable[..., TaskBatch]) -> None:
    first, again, other = make(4, seed=5), make(4, seed=5), make(4, seed=6)
    assert (first.inputs == again.inputs).all() and (first.labels == again.labels).all()
    assert (first.inputs != other.inputs).any()


@pytest.mark.parametrize("make", [recall, brackets])
def test_symbols_are_one_hot(make: Callable[..., TaskBatch]) -> None:
    task = make(5, seed=1)
    assert (task.inputs.sum(axis=2) == 1).all()
    assert (np.array(task.names)[task.inputs.argmax(axis=2)] == task.labels).all()


@pytest.mark.parametrize("key", ["recall", "brackets", "adding"])
def test_an_example_is_its_task(key: str) -> None:
    batch, task = load_example(key), example_task(key)
    assert batch.values.shape[:2] == (24, 8)
    assert (batch.values == task.inputs).all() and (batch.step_labels == task.labels).all()


def test_recall_has_questions_after_long_and_short_delays() -> None:
    delays = [len(piece) for row in recall(200, 60, 3).labels.T for piece in "".join(row).split("?")[:-1]]
    assert {1, 20} <= {length - 1 for length in delays}
