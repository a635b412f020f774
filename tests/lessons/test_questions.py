"""Questions are right: the marked option is what the run's own numbers give, and no other one is near it."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import lstm_viz
from lstm_viz.bundled import first_view
from lstm_viz.figures.formats import signed
from lstm_viz.figures.moment import BEATS, Moment
from lstm_viz.lessons.moments import paragraph_moment, question_place
from lstm_viz.lessons.questions import DIRECTIONS, Mistake, numeric_value, question, value_options
from lstm_viz.lessons.sections import SECTIONS
from lstm_viz.lessons.texts import paragraphs
from lstm_viz.sequences import load_example

NUMBERS = {"learn_gate": "learned", "forget_gate": "kept", "remember_gate": "cell_state", "use_gate": "hidden_state"}
ASKING = (*NUMBERS, "basics", "architecture", "all_together")


@st.composite
def layers(draw):
    """A run of some steps of either cell, with weights large enough for gates to open and to shut."""
    torch.manual_seed(draw(st.integers(0, 2**31)))
    features, units = draw(st.integers(1, 4)), draw(st.integers(1, 5))
    module = draw(st.sampled_from([torch.nn.LSTM, lstm_viz.CourseLSTM]))(features, units)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.mul_(draw(st.sampled_from([0.5, 2.0, 6.0])))
    steps, sequences = draw(st.integers(1, 9)), draw(st.integers(1, 3))
    return lstm_viz.trace(module, torch.randn(steps, sequences, features), check=False, device="cpu").layers[0]


def told(lesson: str, layer, unit: int) -> list[Moment]:
    """The moments that the lesson's paragraphs tell of in a run."""
    moments = (paragraph_moment(part, layer, Moment(unit=unit)) for part in paragraphs(lesson))
    return [moment for moment in moments if moment is not None]


@settings(max_examples=60, deadline=None)
@given(layer=layers(), lesson=st.sampled_from(sorted(NUMBERS)), data=st.data())
def test_the_right_number_is_the_runs_and_no_other_is_near(layer, lesson, data):
    unit = data.draw(st.integers(0, layer.units - 1))
    known = told(lesson, layer, unit)
    asked = question(lesson, layer, known)
    assume(asked is not None)
    at = asked.shows
    assert (at.step, at.sequence, at.unit) not in {(each.step, each.sequence, each.unit) for each in known}
    value = float(getattr(layer, NUMBERS[lesson])[at.step, at.sequence, at.unit])
    right = asked.options[asked.right]
    assert numeric_value(right) == pytest.approx(value, abs=0.006)
    assert len(set(asked.options)) == len(asked.why) == 3 and asked.why[asked.right] == ""
    others = [numeric_value(option) for option in asked.options if option != right]
    assert min(abs(other - numeric_value(right)) for other in others) > 0.03
    assert right in asked.reveal or "≈" in asked.reveal or "-0.00" in asked.reveal
    assert asked.before.beat < asked.shows.beat


@settings(max_examples=40, deadline=None)
@given(layer=layers(), lesson=st.sampled_from(sorted(NUMBERS)))
def test_a_question_has_something_to_find_out(layer, lesson):
    """No factor that lets through all or nothing, and nothing added to nothing."""
    asked = question(lesson, layer, told(lesson, layer, 0))
    assume(asked is not None)
    here = asked.shows.step, asked.shows.sequence, asked.shows.unit
    value = {name: float(getattr(layer, name)[here]) for name in ("kept", "learned", "cell_state", "candidate")}
    before = float(layer.previous_cell_state[here])
    whole, part = {
        "learn_gate": (value["candidate"], value["learned"]),
        "forget_gate": (before, value["kept"]),
        "remember_gate": (value["cell_state"], value["kept"]),
        "use_gate": (2.0, float(layer.hidden_state[here])),
    }[lesson]
    assert abs(part) >= 0.05 and abs(whole - part) >= 0.0499


@settings(max_examples=40, deadline=None)
@given(layer=layers(), data=st.data())
def test_the_memory_goes_where_the_right_direction_says(layer, data):
    unit = data.draw(st.integers(0, layer.units - 1))
    asked = question("basics", layer, told("basics", layer, unit))
    assume(asked is not None)
    here = asked.shows.step, asked.shows.sequence, asked.shows.unit
    before, after = float(layer.previous_cell_state[here]), float(layer.cell_state[here])
    change = after - before
    assert abs(before) >= 0.05
    assert DIRECTIONS[asked.right] == (
        "it stays" if abs(change) < 0.05 else "it goes up" if change > 0 else "it goes down"
    )
    assert signed(after) in asked.reveal


@settings(max_examples=40, deadline=None)
@given(layer=layers(), data=st.data())
def test_the_writer_is_the_step_without_which_most_would_be_missing(layer, data):
    """Each write's share by the product of the forget factors after it, worked out here."""
    unit = data.draw(st.integers(0, layer.units - 1))
    asked = question("all_together", layer, told("all_together", layer, unit))
    assume(asked is not None)
    at = asked.shows
    forget, learned = (np.asarray(a[:, at.sequence, at.unit], float) for a in (layer.forget_gate, layer.learned))
    left = [abs(learned[k] * np.prod(forget[k + 1 :])) for k in range(len(learned))]
    assert f"step {int(np.argmax(left)) + 1}" in asked.options[asked.right]
    assert 2 <= len(asked.options) == len(set(asked.options)) == len(asked.why)


def test_the_number_of_parameters_is_torchs():
    for module in (torch.nn.LSTM(7, 8), lstm_viz.CourseLSTM(3, 5), torch.nn.LSTM(4, 6, proj_size=2)):
        layer = lstm_viz.trace(module, torch.randn(3, 1, module.input_size), check=False).layers[0]
        asked = question("architecture", layer, [Moment()])
        assert asked.options[asked.right] == f"{sum(p.numel() for p in module.parameters()):,}"


def test_of_two_biases_only_the_sum_counts():
    """What the reveal says: as many numbers would do as a module has whose second biases are left out."""
    module = torch.nn.LSTM(7, 8)
    layer = lstm_viz.trace(module, torch.randn(3, 1, 7), check=False).layers[0]
    enough = sum(p.numel() for name, p in module.named_parameters() if "bias_hh" not in name)
    assert f"so {enough} would do" in question("architecture", layer, [Moment()]).reveal


@pytest.mark.parametrize("lesson", [section.name for section in SECTIONS])
def test_the_line_that_a_folded_paragraph_is_tells_no_number_before_it_is_reached(lesson):
    parts = paragraphs(lesson)
    (asking,) = [part for part in parts if part.asks]
    assert parts.index(asking) == question_place(parts) and "{" not in asking.text[:28]


@pytest.mark.parametrize("lesson", ASKING)
def test_a_question_comes_after_some_paragraphs_and_before_others(lesson):
    parts = paragraphs(lesson)
    assert 0 < question_place(parts) < len(parts)


@pytest.mark.parametrize("lesson", NUMBERS)
def test_what_is_printed_is_not_asked(lesson):
    layer, labels = first_view()[0].layers[0], load_example("recall").step_labels
    first = question(lesson, layer, told(lesson, layer, 6), labels)
    answer = first.options[first.right]
    other = question(lesson, layer, told(lesson, layer, 6), labels, printed=f"It is {answer}.")
    assert other.options[other.right] != answer


def test_every_lesson_with_numbers_of_its_own_asks_something_else():
    layer, labels = first_view()[0].layers[0], load_example("recall").step_labels
    texts = [question(lesson, layer, told(lesson, layer, 6), labels).text for lesson in ASKING]
    assert len(set(texts)) == len(texts)
    assert {section.name for section in SECTIONS} == {*ASKING, "rnn_vs_lstm", "sequences_of_data"}


@given(right=st.floats(-3, 3), others=st.lists(st.floats(-3, 3), max_size=4))
def test_three_options_can_always_be_told_apart(right, others):
    options, place, _ = value_options(right, [Mistake(other, "why") for other in others])
    assert len(options) == len(set(options)) == 3
    assert options[place] == signed(right)


def test_a_question_is_asked_before_its_beat_acts():
    layer = first_view()[0].layers[0]
    for lesson, beat in (
        ("learn_gate", "learn"),
        ("forget_gate", "forget"),
        ("remember_gate", "remember"),
        ("use_gate", "use"),
    ):
        asked = question(lesson, layer, told(lesson, layer, 6))
        assert BEATS[asked.shows.beat] == beat
