"""Lines of the lessons: a shared axis, lines that end, names that stand apart, a table of facts."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import lstm_viz
from lstm_viz.figures.moment import Moment
from lstm_viz.figures.palette import DARK, LIGHT
from lstm_viz.figures.run_view import RunView
from lstm_viz.figures.sequences.facts_table import FactsRow, facts_table
from lstm_viz.figures.sequences.lines import (
    NAME_PX,
    PLOT_PX,
    Line,
    ScoredKind,
    delay_scores,
    lines,
)
from lstm_viz.figures.viewport_builder import build_viewport

ROLES = ("remember", "foreground", "use")


def viewport_of(steps: int):
    return build_viewport(RunView(lstm_viz.trace(torch.nn.LSTM(2, 3), torch.zeros(steps, 1, 2))))


def drawn(steps: int, shown: list[Line], **options):
    return lines("Title", "about", shown, {"sentence": ["x"]}, **options)(viewport_of(steps), Moment())


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), steps=st.integers(3, 40))
def test_a_name_stands_on_no_other_line(seed: int, steps: int) -> None:
    random = np.random.default_rng(seed)
    shown = [
        Line(f"network {k}", 10.0 ** np.minimum.accumulate(random.normal(-k, 3, size=steps)), role)
        for k, role in enumerate(ROLES)
    ]
    figure = drawn(steps, shown, log=True, axis="gradient")
    low, high = figure.layout.yaxis.range
    names = [note for note in figure.layout.annotations if note.text.startswith("<b>network")]
    boxes = []
    for note in names:
        bottom = (note.y - low) / (high - low) * PLOT_PX[1] - NAME_PX / 2
        assert bottom >= -0.01 and bottom + NAME_PX <= PLOT_PX[1] + 0.01
        boxes.append((note.x, bottom))
    assert figure.layout.yaxis.title.text == "gradient" and len(set(boxes)) == len(boxes)


def test_two_charts_share_an_axis_that_has_room_for_both() -> None:
    one, other = 10.0 ** -np.arange(6), 10.0 ** -np.arange(0, 18, 3)
    both = [*one, *other]
    first, second = (drawn(6, [Line("a", values, "remember")], log=True, over=both) for values in (one, other))
    assert first.layout.yaxis.range == second.layout.yaxis.range
    assert first.layout.yaxis.range[0] <= -15


def test_a_line_ends_where_there_is_nothing_to_draw_and_says_why() -> None:
    values = np.array([1.0, 0.1, 0.01, np.nan, np.nan])
    figure = drawn(5, [Line("a", values, "remember", ending="the same but for rounding")], log=True)
    assert np.isnan(np.asarray(figure.data[0].y, float)[3:]).all()
    ending = next(note for note in figure.layout.annotations if note.text == "the same but for rounding")
    assert ending.x == 3 and ending.y == pytest.approx(-2)
    zero = drawn(5, [Line("a", np.array([1.0, 0.1, 0.0, 0.0, 0.0]), "remember")], log=True)
    assert np.isnan(np.asarray(zero.data[0].y, float)[2:]).all()  # 0 is no plateau at the lowest value


def test_every_seed_of_every_kind_has_its_line() -> None:
    scores = np.random.default_rng(0).random((5, 3))
    kinds = [ScoredKind("one", scores, "remember"), ScoredKind("two", scores / 2, "use", "dash")]
    figure = delay_scores((1, 5, 9), kinds, 5)(viewport_of(4), Moment())
    assert len(figure.data) == 12
    np.testing.assert_array_equal([figure.data[k].y for k in range(5)], scores)
    np.testing.assert_allclose(figure.data[11].y, (scores / 2).mean(axis=0))
    ends = {note.text: note.y for note in figure.layout.annotations[1:]}
    assert min(abs(a - b) for a in ends.values() for b in ends.values() if a != b) > 0.1


@pytest.mark.parametrize("narrow", [False, True], ids=["wide", "narrow"])
def test_the_table_holds_every_fact_in_both_themes(narrow: bool) -> None:
    rows = [FactsRow("one", "remember", ["571", "0.01"]), FactsRow("two", "use", ["163", "0.003"])]
    draw = facts_table("What differs", [("numbers", 0.3), ("rate", 0.7)], rows)
    for palette in (LIGHT, DARK):
        figure = draw(viewport_of(3), Moment(), palette=palette, narrow=narrow)
        written = " ".join(note.text for note in figure.layout.annotations)
        assert all(fact in written for row in rows for fact in row.facts)
