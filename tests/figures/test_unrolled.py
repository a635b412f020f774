"""Unrolled networks: each step lights what acts in it, and nothing is said before its time."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
import pytest

from lstm_viz.figures.palette import DARK, LIGHT, blend
from lstm_viz.figures.sequences.unrolled import ANSWER, EVENT, Unrolled, unrolled_networks

STATES = np.tanh(np.random.default_rng(0).normal(size=(4, 3)))
ONE = Unrolled("One to one", "none is run", ("x",), ("y",))
FED_BACK = Unrolled("One to many", "run", ("T", "y", "p", "e"), ("y", "p", "e", "s"), STATES, fed_back=True)
TO_ONE = Unrolled("Many to one", "run", ("<", "2", "3", "4"), ("", "", "", "9"), STATES)
AFTER = Unrolled("After reading", "none is run", ("a", "b", "", ""), ("", "", "c", "d"))
ALL = (ONE, FED_BACK, TO_ONE, AFTER)


def following(figure: go.Figure, path: str) -> list[go.Scatter]:
    return [trace for trace in figure.data if path in trace.meta.get("follow", {})]


def frames(trace: go.Scatter, path: str) -> list:
    return trace.meta["follow"][path]["cycle"]


@pytest.mark.parametrize("narrow", [False, True])
def test_it_is_drawn_as_at_the_last_step(narrow):
    for trace in unrolled_networks(ALL, narrow=narrow).data:
        for path, binding in trace.meta.get("follow", {}).items():
            assert len(binding["cycle"]) == 4
            held = trace[path]
            assert (held.tolist() if isinstance(held, np.ndarray) else list(held)) == list(binding["cycle"][-1])


@pytest.mark.parametrize("picture", [FED_BACK, TO_ONE, AFTER])
def test_an_answer_comes_at_its_step_and_not_before(picture):
    events, answers = following(unrolled_networks([picture]), "text")
    for step, texts in enumerate(frames(answers, "text")):
        assert [text.strip() for text in texts] == [
            answer if place <= step else "" for place, answer in enumerate(picture.answers)
        ]
    for step, texts in enumerate(frames(events, "text")):
        made = [place <= step or not picture.fed_back for place in range(4)]
        said = [event.replace("<", "&lt;") if there else "" for event, there in zip(picture.events, made, strict=True)]
        assert [text.strip() for text in texts] == said


def test_where_nothing_goes_in_or_comes_out_there_is_no_box():
    events, answers = following(unrolled_networks([AFTER]), "text")
    assert list(events.y) == [EVENT, EVENT, None, None]
    assert list(answers.y) == [None, None, ANSWER, ANSWER]


def test_heads_say_what_flows_at_each_step():
    def heads(picture: Unrolled) -> list[list[str]]:
        (trace,) = following(unrolled_networks([picture]), "marker.symbol")
        return frames(trace, "marker.symbol")

    up, right = "triangle-up", "triangle-right"
    assert heads(TO_ONE) == [[up], [right, up], [right, up], [right, up, up]]
    assert heads(AFTER) == [[up], [right, up], [right, up], [right, up]]
    assert heads(FED_BACK)[1] == [right, right, up, up]


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_each_unit_has_the_colour_of_its_number(palette):
    (units,) = following(unrolled_networks([TO_ONE], palette=palette), "marker.opacity")
    largest = np.abs(STATES).max()
    colours = [blend(palette.signed, float(value / largest + 1) / 2) for value in STATES.ravel()]
    assert list(units.marker.color) == colours
    heights = np.array(units.y).reshape(STATES.shape)
    assert (np.diff(heights, axis=1) < 0).all() and (heights == heights[0]).all()


def test_a_memory_is_dim_until_its_step():
    (units,) = following(unrolled_networks([ONE, FED_BACK]), "marker.opacity")
    for step, shades in enumerate(frames(units, "marker.opacity")):
        bright = np.array(shades).reshape(STATES.shape) == 1
        assert bright[: step + 1].all() and not bright[step + 1 :].any()


@pytest.mark.parametrize("narrow", [False, True])
def test_no_picture_lies_over_another(narrow):
    figure = unrolled_networks(ALL, narrow=narrow)
    titles = [note for note in figure.layout.annotations if any(one.title in note.text for one in ALL)]
    assert len({(note.x, note.y) for note in titles}) == len(ALL)
    (_, right), (bottom, top) = figure.layout.xaxis.range, figure.layout.yaxis.range
    for trace in figure.data:
        assert all(x is None or x <= right for x in trace.x)
        assert all(y is None or bottom <= y <= top for y in trace.y)


def test_it_says_in_words_what_goes_in_and_comes_out():
    (told,) = unrolled_networks(ALL).layout.meta["alt"]["sentence"]
    assert "One to many, run: in T y p e, out y p e s." in told
    assert "One to one, none is run: in x, out y." in told
