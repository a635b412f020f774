"""The lines across seams and the reach of gradients, against the numbers they are drawn from."""

from __future__ import annotations

import numpy as np
import pytest

from lstm_viz.analysis.truncated_bptt import CarriedAndChangedStates, PaddedRun, shares_by_place
from lstm_viz.figures.bindings.evaluate import evaluate
from lstm_viz.figures.formats import signed
from lstm_viz.figures.moment import Moment
from lstm_viz.figures.run_view import ComparedRun, RunView
from lstm_viz.figures.sequences.gradient_reach import gradient_decay, reach_by_place
from lstm_viz.figures.sequences.padding import PADDING, padded_lanes
from lstm_viz.figures.sequences.window_boundaries import window_boundary_lines
from lstm_viz.figures.viewport import Viewport
from lstm_viz.figures.viewport_builder import build_viewport
from lstm_viz.traces import LayerTrace, Trace

STEPS, WINDOWS = 6, 3


@pytest.fixture
def both() -> CarriedAndChangedStates:
    """The reset reading differs by 50, 5 and 0.5 % in the steps after each seam, then not at all."""
    carried = np.random.default_rng(1).uniform(0.2, 0.9, size=(STEPS * WINDOWS, 2, 4))
    apart = np.tile([0.5, 0.05, 0.005, 0, 0, 0], WINDOWS)
    apart[:STEPS] = 0
    return CarriedAndChangedStates(STEPS, carried, carried * (1 + apart[:, None, None]))


@pytest.fixture
def viewport(both) -> Viewport:
    """Row 1 of both: the run with the state carried, and beside it the one with the state reset."""
    carried, reset = (
        LayerTrace(name, "rnn", states[:, :1, :1], states[:, :1], 0 * states[0, :1], np.array([len(states)]))
        for name, states in (("l0", both.carried), ("reset", both.changed))
    )
    run = Trace((carried,), carried.hidden_state, carried.hidden_state[-1:], carried.lengths)
    return build_viewport(RunView(run, compared=[ComparedRun([reset])]))


@pytest.mark.parametrize("unit", range(4))
def test_both_lines_hold_the_followed_units_states(both, viewport, unit):
    figure = window_boundary_lines(viewport, Moment(unit=unit), both)
    lines = {trace.name: trace for trace in figure.data if trace.name}
    np.testing.assert_allclose(lines["state carried"].y, both.carried[:, 0, unit], atol=1e-4)
    np.testing.assert_allclose(lines["state reset"].y, both.changed[:, 0, unit], atol=1e-4)
    assert list(lines["state carried"].x) == list(range(1, STEPS * WINDOWS + 1))
    assert f"unit {unit + 1}<" in figure.layout.annotations[0].text


def test_seams_jumps_and_agreements_stand_where_they_happen(both, viewport):
    figure = window_boundary_lines(viewport, Moment(step=7), both)
    seams = [shape.x0 for shape in figure.layout.shapes if shape.xref == "x" and shape.type == "line"]
    assert seams == [STEPS + 0.5] * 2 + [2 * STEPS + 0.5] * 2
    assert [(shape.x0, shape.x1) for shape in figure.layout.shapes if shape.type == "rect"] == [(7.5, 8.5)] * 2
    notes = [note for note in figure.layout.annotations if note.text.startswith("jump")]
    assert [note.x for note in notes] == seams[::2]
    assert [float(note.text.removeprefix("jump ")) for note in notes] == pytest.approx(
        [0.5 * np.linalg.norm(both.carried[start, 0]) for start in both.starts], abs=0.005
    )
    marks = figure.data[-1]
    assert list(marks.text) == ["3 steps", "3 steps"]
    assert list(marks.x) == [STEPS + 3, 2 * STEPS + 3]


def test_all_units_together_are_drawn_from_the_first_seam_on(both, viewport):
    apart = window_boundary_lines(viewport, Moment(), both).data[3].y
    assert list(apart[:STEPS]) == [None] * STEPS
    np.testing.assert_allclose(list(apart[STEPS : STEPS + 3]), [0.5, 0.05, 0.005], rtol=1e-4)


def test_it_says_in_words_how_far_apart_and_how_long(both, viewport):
    figure = window_boundary_lines(viewport, Moment(step=3, unit=2), both)
    told = evaluate(figure.layout.meta["alt"], viewport, Moment(step=3, unit=2))
    assert f"at step 4 the carried one is {signed(float(both.carried[3, 0, 2]))}" in told
    assert told.count("in agreement after 3 steps") == 2


def test_a_window_ends_where_its_gradient_does():
    whole = 0.8 ** np.arange(120)
    cut = {steps: np.where(np.arange(120) < steps, whole, 0) for steps in (5, 20, 100)}
    figure = gradient_decay(whole, cut)
    areas = {trace.name: trace for trace in figure.data}
    for steps, felt in cut.items():
        area = areas[f"M = {steps}"]
        assert max(area.x) == steps - 1
        np.testing.assert_array_equal(area.y[:steps], felt[:steps])
        (note,) = [note for note in figure.layout.annotations if note.text == f"<b>M = {steps}</b>"]
        assert (note.x, 10**note.y) == (steps - 1, pytest.approx(felt[steps - 1]))
    np.testing.assert_array_equal(areas["not cut"].y, whole)


def test_exchanged_rows_are_a_third_line_in_both_panels(both):
    exchanged = CarriedAndChangedStates(STEPS, both.carried, both.carried * 1.25)
    carried, reset, swapped = (
        LayerTrace(name, "rnn", states[:, :1, :1], states[:, :1], 0 * states[0, :1], np.array([len(states)]))
        for name, states in (("l0", both.carried), ("reset", both.changed), ("exchanged", exchanged.changed))
    )
    run = Trace((carried,), carried.hidden_state, carried.hidden_state[-1:], carried.lengths)
    viewport = build_viewport(RunView(run, compared=[ComparedRun([reset]), ComparedRun([swapped])]))
    figure = window_boundary_lines(viewport, Moment(unit=2), both, exchanged)
    lines = {trace.name: trace for trace in figure.data if trace.name}
    np.testing.assert_allclose(lines["rows exchanged"].y, exchanged.changed[:, 0, 2], atol=1e-4)
    np.testing.assert_allclose(lines["state reset"].y, both.changed[:, 0, 2], atol=1e-4)
    np.testing.assert_allclose(figure.data[-1].y, 0.25, rtol=1e-4)
    assert "rows exchanged" not in {trace.name for trace in window_boundary_lines(viewport, Moment(), both).data}


@pytest.mark.parametrize("steps", [1, 5, 24])
def test_each_place_has_its_share_and_the_mean_stands_across(steps):
    shares = shares_by_place(0.8 ** np.arange(60), steps)
    figure = reach_by_place(shares)
    np.testing.assert_allclose(figure.data[0].y, [(1 - 0.8**k) / (1 - 0.8**60) for k in range(1, steps + 1)])
    assert figure.layout.shapes[0].y0 == figure.layout.shapes[0].y1 == pytest.approx(shares.mean())
    said = [note.text for note in figure.layout.annotations]
    assert f"<b>mean {100 * shares.mean():.1f} %</b>" in said and f"<b>last place {100 * shares[-1]:.1f} %</b>" in said


def test_a_padded_lane_is_drawn_from_its_true_end_on():
    states = np.array([[1.0, 0.0], [0.0, 2.0], [0.0, 3.0], [0.0, 1.0]])
    figure = padded_lanes(PaddedRun(2, states), ["ab", "cdef"])
    assert [list(row) for row in figure.data[0].text] == [["a", "b", PADDING, PADDING], list("cdef")]
    assert (list(figure.data[1].x), list(figure.data[1].y)) == ([2, 3, 4], [0.0, 0.5, 0.5])
    assert list(figure.data[2].x) == [2]
