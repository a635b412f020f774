"""A statement is judged only where a step of the run settles it, and what is said of that step is the run's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings

from lstm_viz.bundled import bundled_models
from lstm_viz.figures.moment import BEATS, Moment
from lstm_viz.lessons.page_text import LessonItem, lesson_items
from lstm_viz.lessons.sections import section
from lstm_viz.lessons.statements import STATEMENTS, TRUE_OR_FALSE, statements
from lstm_viz.traces import LayerTrace
from lstm_viz.ui.lessons import contents
from lstm_viz.ui.stage.bundled_runs import bundled_view
from tests.lessons.test_questions import layers

MODELS = [card.key for card in bundled_models()]


class Here:
    """The numbers of the moment that a statement jumps to."""

    def __init__(self, layer: LayerTrace, at: Moment) -> None:
        self.layer, self.at = layer, at

    def __getattr__(self, name: str) -> float:
        return float(getattr(self.layer, name)[self.at.step, self.at.sequence, self.at.unit])

    def row(self, name: str) -> np.ndarray:
        return np.asarray(getattr(self.layer, name)[self.at.step, self.at.sequence], float)

    def next(self, name: str) -> float:
        return float(getattr(self.layer, name)[self.at.step + 1, self.at.sequence, self.at.unit])


#: For each statement, what the step has to show so that it is settled.
SETTLED: dict[str, Callable[[Here], bool]] = {
    "A forget factor near 1": lambda h: h.forget_gate >= 0.9 and abs(h.kept) >= 0.9 * abs(h.previous_cell_state) > 0,
    "At one step": lambda h: h.forget_gate <= 0.25 and h.row("forget_gate").max() >= 0.75,
    "Long-term memory always": lambda h: abs(h.cell_state) > 1.04,
    "STM is a part": lambda h: (
        abs(h.cell_state - h.previous_cell_state) <= 0.05 and abs(h.hidden_state - h.previous_hidden_state) >= 0.3
    ),
    "An ignore factor near 0": lambda h: h.input_gate <= 0.05 and abs(h.candidate) >= 0.5 and abs(h.learned) <= 0.05,
    "A use gate that is shut": lambda h: (
        h.output_gate <= 0.1 and abs(h.cell_state) >= 0.3 and abs(h.next("kept")) >= 0.9 * abs(h.cell_state) * 0.999
    ),
    "The gates run one after": lambda h: h.at.beat == BEATS.index("arrive"),
    "Waiting always loses": lambda h: abs(h.cell_state) >= 0.25,
}


def items_of(lesson: str, model: str, unit: int = 0) -> list[LessonItem]:
    """The items of a lesson's page over a bundled run, its exercises left out."""
    content = getattr(contents, lesson)(bundled_view(model))
    at = replace(content.default_moment, unit=unit % content.view.trace.layers[0].units)
    view = content.lesson_view(lesson)
    told = (content.look, content.ask, content.words)
    return lesson_items(section(lesson), view, at, *told, truths=content.truths, more=content.in_app)


def assert_settled(layer: LayerTrace, sequence: int = 0, labels=None) -> None:
    for asked in statements(layer, sequence, labels):
        statement = next(each for each in STATEMENTS if each.text == asked.text)
        assert asked.options == TRUE_OR_FALSE
        assert asked.options[asked.right] == str(statement.is_true).lower()
        assert asked.reveal.startswith(f"It is {asked.options[asked.right]}. Step {asked.shows.step + 1:,}")
        assert f"unit {asked.shows.unit + 1}" in asked.reveal
        holds = next(claim for begin, claim in SETTLED.items() if asked.text.startswith(begin))
        assert holds(Here(layer, asked.shows)), (asked.text, asked.reveal)
        assert asked.shows.step < layer.lengths[asked.shows.sequence]


@pytest.mark.parametrize("model", MODELS)
def test_every_bundled_run_settles_what_it_asks(model):
    view = bundled_view(model)
    for sequence in range(view.shape[1]):
        assert_settled(view.trace.layers[0], sequence, view.labels)


@settings(max_examples=60, deadline=None)
@given(layer=layers())
def test_so_does_any_run(layer):
    assert_settled(layer)


def test_a_memory_that_waits_is_followed_from_end_to_end():
    layer = bundled_view("recall").trace.layers[0]
    asked = next(each for each in statements(layer) if each.text.startswith("Waiting"))
    end, steps = asked.shows, int(asked.reveal.split(" steps before")[0].split()[-1])
    memory = layer.cell_state[end.step - steps : end.step + 1, end.sequence, end.unit]
    assert steps >= 5 and np.ptp(memory) <= 0.1 and np.abs(memory).min() >= 0.25
    assert layer.forget_gate[end.step - steps + 1 : end.step + 1, end.sequence, end.unit].min() >= 0.9


def test_the_lesson_of_the_whole_cell_ends_with_them_and_no_other_does():
    layer = bundled_view("recall").trace.layers[0]
    for name, asked in (("all_together", len(statements(layer))), ("use_gate", 0)):
        items = items_of(name, "recall")
        last = items[len(items) - asked :]
        assert [item["kind"] for item in last] == ["question statement"] * asked
        assert sum(item["kind"] == "question statement" for item in items) == asked


def test_a_plain_rnn_is_asked_nothing():
    assert statements(bundled_view("recall-rnn").trace.layers[0]) == []
