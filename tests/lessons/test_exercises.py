"""What the exercises say of a run holds: every sentence on a held gate, for every bundled model, gate and value."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lstm_viz.bundled import bundled_models
from lstm_viz.bundled.held_gates import HELD_VALUES, held_gate_outcomes
from lstm_viz.bundled.perturbed_learning import STEP, perturbed_learning
from lstm_viz.figures.formats import signed
from lstm_viz.lessons.exercises import Exercise, exercise_items
from lstm_viz.lessons.gate_counts import HELD_IN_LESSON, gate_count_exercise
from lstm_viz.lessons.page_text import question_items, text_item
from lstm_viz.lessons.perturbed_learning import first_step_question
from lstm_viz.lessons.questions import Question
from lstm_viz.ui.lessons import contents
from lstm_viz.ui.stage.bundled_runs import bundled_view

MODELS = [card.key for card in bundled_models() if held_gate_outcomes(card.key)]
EVERYWHERE = [(key, lesson) for key in MODELS for lesson in HELD_IN_LESSON]


def made(key: str, lesson: str) -> Exercise:
    exercise = gate_count_exercise(lesson, held_gate_outcomes(key))
    assert exercise is not None
    return exercise


@pytest.mark.parametrize(("key", "lesson"), EVERYWHERE)
def test_what_is_said_of_each_value_holds(key, lesson):
    found, gate = held_gate_outcomes(key), HELD_IN_LESSON[lesson][0]
    for outcome, said in zip(found.outcomes[gate], made(key, lesson).data["outcomes"], strict=True):
        text = " ".join(said["lines"])
        if found.total:
            assert ("No right answer is lost." in text) == (outcome.place is None)
        if outcome.place:
            assert f"step {outcome.place[0] + 1:,}" in text
            assert (f"of sequence {outcome.place[1] + 1}" in text) == (found.sequences > 1)
            assert outcome.said != outcome.wanted
            assert f"{outcome.wanted}" in text
        assert ("hidden, not lost" in text) <= (gate == "output_gate" and outcome.memory_change < 0.005)
        if "now" in text and "was" in text:
            assert signed(outcome.memory[0]) != signed(outcome.memory[1])
        assert ("the gates read what the use gate shows" in text) <= (outcome.memory_change >= 0.005)
        assert 0 <= said["height"] <= 1


@pytest.mark.parametrize(("key", "lesson"), EVERYWHERE)
def test_each_lesson_asks_about_a_value_that_does_harm(key, lesson):
    """The options can be told apart, and the right one is the outcome's."""
    found, exercise = held_gate_outcomes(key), made(key, lesson)
    place = exercise.data["usual"]
    assert place is not None
    assert found.loses(HELD_IN_LESSON[lesson][0], place)
    asked = next(item for item in exercise.items if item["kind"] == "question")
    assert len(set(asked["options"])) == len(asked["options"]) >= 2
    right = asked["options"][asked["right"]]
    assert asked["reveal"].startswith(right)
    assert right in exercise.data["outcomes"][place]["score"]
    assert right != exercise.data["trained"]["score"]


def test_a_lesson_without_a_gate_holds_none():
    assert gate_count_exercise("basics", held_gate_outcomes("recall")) is None


def test_without_questions_the_texts_stay():
    exercise = made("recall", "forget_gate")
    assert [item["kind"] for item in exercise_items([exercise], asking=False)] == ["text"]
    assert [item["kind"] for item in exercise_items([exercise])] == ["question", "text"]


def test_what_is_asked_in_the_panel_is_what_the_text_asks():
    """The panel holds what was asked about once the question is answered, which it knows by its words."""
    for key, lesson in EVERYWHERE:
        exercise = made(key, lesson)
        (asked,) = (item for item in exercise.items if item["kind"] == "question")
        assert exercise.data["ask"] in asked["html"].replace("&amp;", "&")


def test_the_first_step_is_asked_as_it_was_measured():
    both = perturbed_learning()
    asked = first_step_question(both["standard"], both["course"])
    assert asked.options[asked.right] == f"standard: step {STEP + 1}, course: step {STEP + 2}"
    assert len(set(asked.options)) == 3


def test_items_of_plain_text_hold_no_markup():
    (asked,) = question_items(Question("Is *this* <b>?", ("a", "b"), 0, "It is."))
    assert asked["html"] == "<p>Is *this* &lt;b&gt;?</p>\n"
    assert text_item("{step} [a](b)", ("x",))["html"] == "<p>{step} [a](b)</p>\n"


def test_over_a_persons_own_run_nothing_is_counted():
    """A view with other numbers is nobody's bundled run, whatever it is called."""
    own = replace(bundled_view("recall"), name="recall model ")
    assert contents.forget_gate(own).exercises() == ()
    assert contents.use_gate(own).exercises() == ()
    assert contents.all_together(own).exercises() == ()
    assert "later" not in {chart.key for row in contents.use_gate(own).charts() for chart in row}
    assert "later" in {chart.key for row in contents.use_gate(bundled_view("recall")).charts() for chart in row}


def test_values_are_the_ones_that_were_held():
    assert [each["value"] for each in made("recall", "use_gate").data["outcomes"]] == [f"{v:.1f}" for v in HELD_VALUES]
