"""What is said of the training is so: the question's answer, and every number of the text."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from lstm_viz.lessons.recall_training import (
    CheckpointRuns,
    first_all_right,
    first_gate_question,
    questions_of,
    run_checkpoints,
    training_exercise,
)
from lstm_viz.sequences import load_example

BATCH = load_example("recall")
AT_100 = 2


@pytest.fixture(scope="module")
def runs() -> CheckpointRuns:
    return run_checkpoints(BATCH)


def test_the_questions_are_the_tasks_own():
    asked = questions_of(BATCH.step_labels)
    assert len(asked) == int((BATCH.step_labels == "?").sum()) == 11
    for question in asked:
        column = BATCH.step_labels[:, question.sequence]
        assert column[question.step] == "?" and column[question.letter_step] == "ABC"[question.letter]
        assert not np.isin(column[question.letter_step + 1 : question.step + 1], list("ABC")).any()


def test_the_forget_gate_has_learned_its_part_first_in_both_trainings(runs: CheckpointRuns):
    for training in (0, 1):
        at = first_all_right(runs, training)
        assert at == AT_100
        # Far from both limits: another seed says the same.
        assert runs.mean_while_waiting("forget_gate")[training, at] > 0.75
        assert 0.35 < runs.mean_while_waiting("input_gate")[training, at] < 0.5
    asked = first_gate_question(runs)
    assert asked.options[asked.right].startswith("the forget gate") and "0.80" in asked.reveal


def test_other_runs_have_other_answers(runs: CheckpointRuns):
    def changed(forget: float, ignore: float) -> CheckpointRuns:
        gates = {"forget_gate": forget, "input_gate": ignore}
        return replace(runs, **{name: np.full_like(getattr(runs, name), value) for name, value in gates.items()})

    assert first_gate_question(changed(0.5, 0.1)).right == 2
    assert first_gate_question(changed(0.9, 0.1)).right == 1
    with pytest.raises(ValueError, match="Neither"):
        first_gate_question(changed(0.5, 0.5))
    with pytest.raises(ValueError, match="No checkpoint"):
        first_all_right(replace(runs, right=np.zeros_like(runs.right)), 0)


def test_every_number_of_the_text_is_the_runs(runs: CheckpointRuns):
    lead, asked, learned, shut, biased = (item["html"] for item in training_exercise(runs).items)
    assert "one half on average" in lead and "all 11 questions" in asked
    assert abs(runs.forget_gate[0, 0].mean() - 0.5) < 0.05 and abs(runs.input_gate[0, 0].mean() - 0.5) < 0.05
    assert np.abs(np.median(runs.half_lives[0, 0]) - 1) < 0.15
    longest = int(np.argmax(runs.waits))
    parts = int(re.search(r"one part in ([\d,]+)", learned)[1].replace(",", ""))
    assert parts * runs.shares[0, 0, longest] == pytest.approx(1, rel=0.1)
    assert f"{100 * runs.shares[0, AT_100, longest]:.0f} %" in learned and f"{runs.waits[longest]} steps" in learned
    assert f"{int(runs.right[0, 0].sum())} of 11" in learned
    ignore = runs.mean_while_waiting("input_gate")[0]
    assert f"from {ignore[AT_100]:.2f} on average in the waits to {ignore[4]:.2f} after 1,000 updates" in shut
    starts = runs.mean_while_waiting("forget_gate")[:, 0]
    assert f"start at {starts[1]:.2f} in place of {starts[0]:.2f}" in biased
    assert np.median(runs.half_lives[1, 0]) > 2 * np.median(runs.half_lives[0, 0])
    assert runs.right[:, -1].all()


def test_items_bring_the_charts_to_their_checkpoint(runs: CheckpointRuns):
    items = training_exercise(runs).items
    places = [(item["moment"]["training"], item["moment"]["checkpoint"]) for item in items]
    assert places == [(0, 0), (0, 0), (0, 2), (0, 4), (1, 0)]
    assert items[1]["shows"] == {"training": 0, "checkpoint": 2}
