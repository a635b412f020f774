"""The lesson's sentences on its own numbers, against counts made another way."""

from __future__ import annotations

import os
import re
from html import unescape
from itertools import product

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_viz.analysis.truncated_bptt import CarriedAndChangedStates, shares_by_place
from lstm_viz.bundled import load_bundled
from lstm_viz.lessons.page_text import lesson_items
from lstm_viz.lessons.placeholders import percent
from lstm_viz.lessons.sections import section
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
    window_words,
)
from lstm_viz.sequences import load_example
from lstm_viz.sequences.sliding_windows import windows
from lstm_viz.ui.lessons import contents
from lstm_viz.ui.lessons.sequences_of_data import WindowChoice

FULL = os.environ.get("LSTM_VIZ_TESTS") == "full"

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


def test_every_cut_says_how_its_rows_are_read():
    """What the page says of the cut itself, for N and M of every kind that can be chosen."""
    for rows, steps in product((1, 2, 8, 32), (1, 2, 24, 73, 100)):
        cut = windows(BOOK, rows, steps)
        words, told, read = window_words(cut, 0.8 ** np.arange(150)), describe_rows(cut), describe_windows(cut)
        assert ("row by row" in told) == ("side by side" in read) == (rows > 1)
        assert words["updates"] == f"{len(cut.parts):,}"
        assert words["held_steps"].split()[0] == f"{sum(len(part.values) * rows for part in cut.parts[:1]):,}"
        assert words["turns"] == f"{sum(len(part.values) for part in cut.parts):,}"
        assert read.endswith(f"take {words['turns']} steps.")
        assert not re.search(r"\b1 (rows|windows|characters|steps)\b", f"{told} {read} {words}")


#: N and M whose readings are worked out: the usual, one row, one step, windows that end before the state recovers.
CUTS = [(8, 24), (1, 24), (1, 100), (32, 1), (2, 5), (32, 25), (3, 73), (32, 100)]


@pytest.mark.parametrize(("rows", "steps"), CUTS if FULL else CUTS[:1] + CUTS[-4:])
def test_each_sentence_holds_for_the_readings_of_its_cut(rows, steps):
    """Every number and every claim of the rendered page, worked out anew from torch's own runs."""
    page = contents.sequences_of_data(WindowChoice(rows, steps, None))
    view = page.lesson_view("sequences_of_data")
    items = lesson_items(
        section("sequences_of_data"), view, page.default_moment, page.look, page.ask, page.words, truths=page.truths
    )
    captions = " ".join(chart.caption for row in page.charts() for chart in row)
    told = unescape(re.sub("<[^>]*>", "", " ".join(item["html"] for item in items)))
    cut, model = windows(BOOK, rows, steps), load_bundled("characters")
    parts = [torch.from_numpy(part.values.copy()) for part in cut.parts]
    with torch.no_grad():
        carried = model.module(torch.cat(parts))[0]
        reset = torch.cat([model.module(part)[0] for part in parts])
        right = [
            (model.head(states).argmax(-1)[:-1] == torch.cat(parts).argmax(-1)[1:]).double().mean()
            for states in (carried, reset)
        ]
    apart = (carried - reset).norm(dim=-1) / carried.norm(dim=-1)
    first = apart[steps::steps]
    assert f"carried on the model guesses {percent(float(right[0]))} of all" in captions
    assert f"with a reset {percent(float(right[1]))}" in captions
    assert f"which is {percent(float(first.mean()))} of the size of STM" in captions
    assert ("rows exchanged*" in told or "rows exchanged" in told) and ("One character after" in told) == (rows > 1)
    assert ("Row n of one window" in told) == (rows > 1) == ("with rows exchanged" in captions)
    if rows > 1:
        off, after = re.search(r"it is (\d+) % off, after a reset (\d+) %", told).groups()
        assert int(after) == round(100 * float(first.mean()))
        assert ("a wrong memory is farther off" in told) >= (int(off) > int(after))
    found = re.search(r"less than 1 % off again within (\d+) character", told)
    late = apart[steps:].reshape(-1, steps, rows)
    within = (late[:, int(found[1]) - 1 :] <= 0.01).all(dim=1) if found else (late[:, -1] <= 0.01)
    assert (float(within.double().mean()) >= 0.5) == bool(found)
    assert ("looks back over all of it" in told) == (steps > 1) == ("each step learns about its own" not in told)
    updates, held, turns = re.search(
        r"makes ([\d,]+) updates, and for each N × M = ([\d,]+) .*here ([\d,]+) one", told
    ).groups()
    assert [int(each.replace(",", "")) for each in (updates, held, turns)] == [len(parts), rows * steps, len(carried)]
    step, before, later = re.search(r"Step ([\d,]+): it is at ([+−]\S+) with .* and at ([+−]\S+) after", told).groups()
    unit, index = page.default_moment.unit, int(step.replace(",", "")) - 1
    for text, states in ((before, carried), (later, reset)):
        assert float(text.replace("−", "-")) == pytest.approx(float(states[index, 0, unit]), abs=0.0051)
    asked = next(item for item in items if item["kind"] == "question")
    guess = (model.head(reset).argmax(-1)[:-1] == torch.cat(parts).argmax(-1)[1:])[steps::steps]
    assert asked["options"][asked["right"]] == percent(float(guess.double().mean()))
    assert len(set(asked["options"])) == len(asked["options"]) >= 2
