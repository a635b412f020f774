"""The lessons' figures: what they show is the trace's, on random runs of every cell that has gates."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lstm_viz
from lstm_viz.analysis.contributions import shares
from lstm_viz.analysis.memory_attribution import ledger
from lstm_viz.analysis.what_if import hold
from lstm_viz.figures.bindings.contributions import MAX_ROWS
from lstm_viz.figures.bindings.evaluate import evaluate
from lstm_viz.figures.cell.comparison import layer_cell_picture
from lstm_viz.figures.cell.two_memories import two_memories
from lstm_viz.figures.formats import signed
from lstm_viz.figures.gates.activation_curves import (
    COMBINED,
    COURSE_OFFERED,
    FORGET,
    IGNORE,
    OFFERED,
    USE,
    curve_needs,
    curves,
)
from lstm_viz.figures.gates.answer_probabilities import PROBABILITIES, answer_probabilities
from lstm_viz.figures.gates.contributions import contribution_bars
from lstm_viz.figures.gates.matrix import NEEDS, gate_matrix, gate_vectors
from lstm_viz.figures.gates.what_if import intervention_comparison
from lstm_viz.figures.moment import INSPECTABLE_GATES, Moment
from lstm_viz.figures.palette import DARK, LIGHT
from lstm_viz.figures.run_view import ComparedRun, RunView
from lstm_viz.figures.viewport_builder import MAPS, build_viewport
from tests.support.random_runs import runs

GATED = ("lstm", "course")


def asked(run, needs, **more):
    """The run's viewport, made anew with what a chart asks for; it holds all units, in the model's order."""
    time = len(run.trace.output)
    viewport = build_viewport(RunView(run.trace, **more), run.moment.step, run.moment.unit, 32, needs)
    window = min(run.moment.step // viewport.window * viewport.window, max(0, time - viewport.window))
    return viewport, Moment(**{**vars(run.moment), "window": window})


def at(run, name):
    return getattr(run.layer, name)[run.moment.step, run.moment.sequence]


@settings(max_examples=12, deadline=None)
@given(runs(GATED))
def test_every_unit_rides_where_its_numbers_are(run):
    shown = [COMBINED, IGNORE, FORGET, USE, COURSE_OFFERED if run.layer.variant == "course" else OFFERED]
    viewport, moment = asked(run, curve_needs(shown))
    figure = curves(*shown)(viewport, moment)
    units = viewport.units[moment.layer][viewport.shown_rows(moment.layer, moment.unit)]
    for curve, dots in zip(shown, figure.data[1::3], strict=True):
        into = viewport.array(moment.layer, curve.into)[moment.step - viewport.start, moment.sequence]
        assert np.allclose(np.array(dots.y, float), at(run, curve.out)[units], atol=1e-5)
        squash = np.tanh if curve.by == "tanh" else lambda x: 1 / (1 + np.exp(-x))
        assert np.allclose(squash(np.array(dots.x, float)), np.array(dots.y, float), atol=1e-4)
        assert len(dots.x) == len(into[: len(units)])


@settings(max_examples=12, deadline=None)
@given(runs(GATED), st.sampled_from(INSPECTABLE_GATES[:4]))
def test_listed_shares_are_the_analysis_own_and_add_up(run, gate):
    viewport, moment = asked(run, (MAPS,))
    bars = contribution_bars(gate)(viewport, moment).data[0]
    found = shares(run.layer, gate, units=np.array([moment.unit]))
    place = (moment.step, moment.sequence, 0)
    every = np.concatenate([found.recurrent[place], found.input[place], found.bias])
    listed = np.abs(np.array(bars.x, float))
    whole = len(every) <= MAX_ROWS
    own = listed if whole else listed[:-1]
    assert np.all(np.diff(own) <= 1e-5)
    # A wide layer's map holds the sources that weigh most, so that one of the others may be larger at a single step.
    if viewport.maps[moment.layer][gate].rest is None:
        assert np.allclose(own, np.sort(np.abs(every))[::-1][: len(own)], atol=1e-4)
    assert all(np.isclose(np.abs(every), share, atol=1e-4).any() for share in own)
    total = run.layer.preactivations[gate][moment.step, moment.sequence, moment.unit]
    assert np.sum(np.array(bars.x, float)) == pytest.approx(float(total), abs=1e-3)


@settings(max_examples=10, deadline=None)
@given(runs(GATED), st.integers(0, 3))
def test_an_opened_gate_shows_its_weights_and_its_sums(run, gate):
    viewport, moment = asked(run, NEEDS)
    moment = Moment(**{**vars(moment), "gate": gate, "depth": 2})
    values, weights, sums, made = gate_matrix(viewport, moment).data
    product = np.array(weights.z, float) @ np.array(values.z, float)[0]
    rest = viewport.maps[moment.layer][INSPECTABLE_GATES[gate]].rest
    if rest is not None:
        shown = viewport.shown_rows(moment.layer, moment.unit)
        product += rest[moment.step - viewport.start, moment.sequence, shown]
    assert np.allclose(product, np.array(sums.z, float)[:, 0], atol=2e-3)
    units = viewport.units[moment.layer][viewport.shown_rows(moment.layer, moment.unit)]
    assert np.allclose(np.array(made.z, float)[:, 0], at(run, INSPECTABLE_GATES[gate])[units], atol=1e-5)
    told = gate_vectors(viewport, moment).layout.annotations[0].text
    total = run.layer.preactivations[INSPECTABLE_GATES[gate]][moment.step, moment.sequence, moment.unit]
    sums_said = re.search(r"sum ([+−]?[\d.]+)", told).group(1).replace("−", "-")
    assert float(sums_said) == pytest.approx(float(total), abs=0.006)


@settings(max_examples=10, deadline=None)
@given(runs(GATED), st.floats(0, 1), st.data())
def test_before_and_after_are_both_runs(run, value, data):
    start = data.draw(st.integers(0, run.trace.output.shape[0] - 1))
    name = run.trace.layers[0].name
    after = hold(run.trace, name, "forget_gate", value, start)
    captions = {"held": "it were held", "start": start}
    viewport, moment = asked(run, (), compared=[ComparedRun(after.layers[:1])], captions=captions)
    moment = Moment(**{**vars(moment), "layer": 0, "unit": moment.unit % run.trace.layers[0].units})
    figure = intervention_comparison(viewport, moment)
    steps = slice(moment.window, moment.window + viewport.window)
    for trace, layer in ((figure.data[1], run.trace.layers[0]), (figure.data[2], after.layers[0])):
        expected = layer.cell_state[steps, moment.sequence, moment.unit]
        assert np.allclose(np.array(trace.y, float), expected, atol=1e-5, equal_nan=True)
    change = np.array(figure.data[6].z, float)
    row = viewport.shown_rows(0, moment.unit).index(viewport.row_of(0, moment.unit))
    expected = after.layers[0].cell_state - run.trace.layers[0].cell_state
    assert np.allclose(change[row], expected[steps, moment.sequence, moment.unit], atol=1e-5, equal_nan=True)
    spoken = evaluate(figure.layout.meta["alt"], viewport, moment)
    shown = after.layers[0].cell_state[moment.step, moment.sequence, moment.unit]
    if np.isfinite(shown):
        assert f"becomes {signed(float(shown))}" in spoken


@settings(max_examples=6, deadline=None)
@given(runs(GATED))
def test_two_memories_and_side_by_side_are_drawn_for_any_run(run):
    viewport, moment = asked(run, (), compared=[ComparedRun(run.trace.layers[:1])])
    for palette in (LIGHT, DARK):
        for narrow in (False, True):
            figure = two_memories(viewport, moment, palette=palette, narrow=narrow)
            assert figure.layout.paper_bgcolor == palette.background
            other = layer_cell_picture(viewport.own_layers)(viewport, moment, palette=palette, narrow=narrow)
            followed = {trace.meta.get("of") for trace in other.data if trace.meta}
            assert followed == {viewport.own_layers} and other.layout.meta["of"] == viewport.own_layers


def test_the_ledgers_shares_add_up_to_the_memory_on_the_screen():
    import torch

    torch.manual_seed(0)
    trace = lstm_viz.trace(torch.nn.LSTM(2, 4), torch.randn(12, 2, 2))
    viewport = build_viewport(RunView(trace))
    moment = Moment(step=5, unit=3, sequence=1)
    ranks = [*range(6), "rest", "before"]
    total = np.sum([evaluate({"attribution": rank, "give": "values"}, viewport, moment) for rank in ranks], axis=0)
    assert np.allclose(total, trace.layers[0].cell_state[:, 1, 3], atol=1e-4)
    assert np.allclose(total, ledger(trace.layers[0], 3, 1).sum(axis=0), atol=1e-4)


def test_chances_are_the_softmax_of_the_head():
    import torch

    from lstm_viz.bundled import load_bundled
    from lstm_viz.ui.stage.bundled_runs import bundled_probabilities, bundled_run

    trace, _ = bundled_run("recall")
    with torch.no_grad():
        expected = torch.softmax(load_bundled("recall").head(torch.tensor(trace.output)), dim=-1).numpy()
    found = bundled_probabilities("recall")
    assert np.allclose(found, expected, atol=1e-6)
    viewport = build_viewport(RunView(trace, extras={PROBABILITIES: found}))
    bars = answer_probabilities(("A", "B", "C"))(viewport, Moment(step=6, sequence=2)).data[0]
    assert np.allclose(np.array(bars.x, float), found[6, 2], atol=1e-5)
    assert sum(int(text.split()[0]) for text in bars.text) in (99, 100, 101)
