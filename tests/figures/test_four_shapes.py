"""The shapes of sequences: each step lights what acts in it, and nothing is said before its time."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
import pytest

from lstm_viz.figures.four_shapes import Unrolled, unrolled
from lstm_viz.figures.palette import DARK, LIGHT, blend

STATES = np.tanh(np.random.default_rng(0).normal(size=(4, 3)))
SHAPES = {
    "one": Unrolled("One to one", ("x",), ("y",)),
    "fed back": Unrolled("One to many", ("T", "y", "p", "e"), ("y", "p", "e", "s"), STATES, fed_back=True),
    "many to one": Unrolled("Many to one", ("<", "2", "3", "4"), ("", "", "", "9"), STATES),
    "after": Unrolled("After reading", ("a", "b", "", ""), ("", "", "c", "d")),
}


def follow(figure: go.Figure, path: str) -> list:
    """What a property holds at each step, in the one trace that follows the steps with it and is drawn last."""
    return [trace.meta["follow"][path]["cycle"] for trace in figure.data if path in trace.meta.get("follow", {})][-1]


@pytest.mark.parametrize("name", SHAPES)
def test_it_is_drawn_as_at_the_last_step(name):
    figure = unrolled(SHAPES[name])
    for trace in figure.data:
        for path, rule in trace.meta.get("follow", {}).items():
            assert len(rule["cycle"]) == len(SHAPES[name].events)
            held = trace[path]
            assert (held.tolist() if isinstance(held, np.ndarray) else list(held)) == list(rule["cycle"][-1])


@pytest.mark.parametrize("name", ["fed back", "many to one", "after"])
def test_an_answer_comes_at_its_step_and_not_before(name):
    picture = SHAPES[name]
    for step, texts in enumerate(follow(unrolled(picture), "text")):
        said = [text.strip() for text in texts]
        assert said == [answer if place <= step else "" for place, answer in enumerate(picture.answers)]


def test_where_nothing_goes_in_or_comes_out_there_is_no_box():
    *_, events, answers = unrolled(SHAPES["after"]).data
    assert [y is not None for y in events.y] == [True, True, False, False]
    assert [y is not None for y in answers.y] == [False, False, True, True]


def test_heads_say_what_flows_at_each_step():
    def heads(picture: Unrolled) -> list[list[str]]:
        return follow(unrolled(picture), "marker.symbol")

    up, right = "triangle-up", "triangle-right"
    assert heads(SHAPES["many to one"]) == [[up], [right, up], [right, up], [right, up, up]]
    assert heads(SHAPES["after"]) == [[up], [right, up], [right, up], [right, up]]
    assert heads(SHAPES["fed back"])[1] == [right, right, up, up]


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_each_unit_has_the_colour_of_its_number(palette):
    figure = unrolled(SHAPES["many to one"], palette=palette)
    (units,) = [trace for trace in figure.data if trace.marker.symbol == "square" and trace.mode == "markers"]
    largest = np.abs(STATES).max()
    assert list(units.marker.color) == [
        blend(palette.signed, float(value / largest + 1) / 2) for value in STATES.ravel()
    ]
    heights = np.array(units.y).reshape(STATES.shape)
    assert (np.diff(heights, axis=1) < 0).all() and (heights == heights[0]).all()


def test_words_of_strangers_are_no_markup():
    *_, events, _ = unrolled(SHAPES["many to one"]).data
    assert events.text[0] == "&lt;"
