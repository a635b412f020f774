"""The lesson's sentences on its own numbers, against counts made another way."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_viz.analysis.truncated_bptt import CarriedAndChangedStates, shares_by_place
from lstm_viz.lessons.sequences_of_data import (
    CorrectGuesses,
    TrainingCut,
    describe_gradient_reach,
    describe_places,
    describe_rows,
    describe_window_boundaries,
    describe_windows,
    reset_observation,
    reset_question,
)
from lstm_viz.sequences import load_example
from lstm_viz.sequences.sliding_windows import windows

BOOK = load_example("python")
STEPS, WINDOWS, ROWS = 4, 3, 2


def numbers(text: str) -> list[float]:
    return [float(found.replace(",", "")) for found in re.findall(r"\d[\d,]*(?:\.\d+)?", text)]


@given(rows=st.integers(1, 32), steps=st.integers(1, 100))
@settings(max_examples=30)
def test_the_sum_of_the_characters_is_right(rows: int, steps: int):
    total, *factors = numbers(describe_windows(windows(BOOK, rows, steps)))
    assert total == len(BOOK.values)
    assert factors[:3] == [rows, total // (rows * steps), steps]
    assert np.prod(factors[:3]) + total % (rows * steps) == total
    assert (
        (factors[3] == total % (rows * steps))
        if total % (rows * steps)
        else "Nothing is dropped" in describe_windows(windows(BOOK, rows, steps))
    )
    assert factors[-1] == total // (rows * steps) * steps


def test_a_single_row_has_no_next_one():
    assert "row 2" in describe_rows(windows(BOOK, 2, 10))
    assert "row 2" not in describe_rows(windows(BOOK, 1, 10))
    assert "row 1 ends at character 6,000 " in describe_rows(windows(BOOK, 2, 10))


@pytest.fixture
def both() -> CarriedAndChangedStates:
    """Behind each seam the reset reading is 50 % off, then 5 %, then equal; in row 2 it never agrees."""
    carried = np.random.default_rng(0).uniform(0.3, 0.9, size=(STEPS * WINDOWS, ROWS, 3))
    off = np.zeros((STEPS * WINDOWS, ROWS, 1))
    for window in (1, 2):
        off[window * STEPS : window * STEPS + 2, 0, 0] = 0.5, 0.05
        off[window * STEPS : (window + 1) * STEPS, 1] = 0.2
    return CarriedAndChangedStates(STEPS, carried, carried * (1 + off))


@pytest.fixture
def guesses() -> CorrectGuesses:
    """11 guesses a row: all right with the state carried, with it reset none of the first behind a seam."""
    carried = np.ones((STEPS * WINDOWS - 1, ROWS), bool)
    reset = carried.copy()
    reset[[STEPS, 2 * STEPS]] = False
    return CorrectGuesses(carried, reset)


def test_seams_are_told_in_means_and_halves(both, guesses):
    told = describe_window_boundaries(both, guesses)
    apart = np.mean([np.linalg.norm(both.carried[s, r] - both.changed[s, r]) for s in (4, 8) for r in (0, 1)])
    assert f"{apart:.2f} apart, which is 35 % of the size of STM (the average of 4 seams" in told
    assert "After most seams they are still more than 1 % apart" in told
    assert "after 50 % of them it takes longer than a window of 4" in told
    assert "memories carried on the model guesses 100 % of all next characters right, with a reset 82 %. One" in told


def test_the_reach_is_told_for_the_windows_chosen_at_its_best_and_on_average():
    whole = np.array([8.0] + [0.1] * 20)
    told = describe_gradient_reach(whole, {5: 84.0}, 1)
    # 80, 81, 82, 83 and 84 % at the five places of a window.
    assert "M = 5 leaves 84.0 % (on average over all places 82.0 %)" in told
    assert "your M = 1 leaves 80.0 % (on average 80.0 %)" in told
    assert "your M" not in describe_gradient_reach(whole, {5: 84.0}, 5)
    assert "first place of a window of 5 reaches 80.0 %" in describe_places(shares_by_place(whole, 5))


@pytest.mark.parametrize("unit", range(3))
def test_what_to_look_for_is_where_the_unit_is_furthest_off(both, unit):
    seen = reset_observation(both, unit)
    distances = {step: abs(both.carried[step, 0, unit] - both.changed[step, 0, unit]) for step in (4, 8)}
    assert seen.moment.step == max(distances, key=distances.get)
    assert seen.moment.unit == unit
    assert f"unit {unit + 1} " in seen.text
    assert seen.found.startswith(f"Step {seen.moment.step + 1}: it is at +")


def test_the_question_has_one_right_answer_from_the_run(both, guesses):
    asked = reset_question(both, guesses, 0.27, TrainingCut(32, 34))
    assert asked.options == ("0 %", "27 %", "100 %")
    assert asked.options[asked.right] == "0 %"
    assert "in its training 1 window in 34, always at the same 32 places" in asked.reveal
    assert asked.reveal.startswith("0 %. ") and "100 % after 2 characters." in asked.reveal


def test_guesses_behind_the_last_seam_may_be_missing():
    right = CorrectGuesses(np.ones((3, 1), bool), np.zeros((3, 1), bool))
    assert right.accuracy_after(np.array([1, 2, 3])) == (1.0, 0.0)
