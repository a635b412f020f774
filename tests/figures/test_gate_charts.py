"""The charts of a gate's page: products by place, an inspected gate's arithmetic, and the names of its sources."""

from __future__ import annotations

import re

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import lstm_viz
from lstm_viz.figures.bindings.evaluate import evaluate
from lstm_viz.figures.formats import plain, signed
from lstm_viz.figures.gates.activation_curves import COMBINED, IGNORE, LEARNED, SHOWN, curve_needs, curves
from lstm_viz.figures.gates.answer_probabilities import PROBABILITIES, answer_probabilities
from lstm_viz.figures.gates.contributions import contribution_bars
from lstm_viz.figures.gates.matrix import MAX_ROWS, NEEDS, gate_matrix, gate_vectors
from lstm_viz.figures.moment import INSPECTABLE_GATES, Moment
from lstm_viz.figures.palette import LIGHT
from lstm_viz.figures.run_view import RunView
from lstm_viz.figures.viewport_builder import MAPS, build_viewport
from tests.support.random_runs import Run, runs

GATED = ("lstm", "course")


def asked(run: Run, needs, **more):
    """The run's viewport, made anew with what a chart asks for."""
    return build_viewport(RunView(run.trace, **more), run.moment.step, run.moment.unit, 32, needs)


def value(run: Run, name: str) -> float:
    return float(getattr(run.layer, name)[run.moment.step, run.moment.sequence, run.moment.unit])


@settings(max_examples=10, deadline=None)
@given(runs(GATED), st.booleans())
def test_a_dots_place_tells_its_product(run, narrow):
    product = LEARNED if run.layer.projection is not None or run.moment.step % 2 else SHOWN
    figure = curves(COMBINED, IGNORE, product=product)(
        asked(run, curve_needs((COMBINED, IGNORE))), run.moment, narrow=narrow
    )
    contours, dots, followed = figure.data[6:]
    made = [float(text.replace("−", "-")) for (text,) in dots.customdata]  # as it is written under the pointer
    assert np.allclose(np.array(dots.x, float) * np.array(dots.y, float), made, atol=0.0051)
    assert np.isclose(followed.x[0] * followed.y[0], value(run, product.made), atol=1e-4)
    left, right = (value(run, name) for name in (product.signed, product.factor))
    assert followed.text[1].startswith(f"{signed(left)} × {plain(right)} ")
    assert followed.text[1].endswith(signed(value(run, product.made)))
    lines = [(x * y) for x, y in zip(contours.x, contours.y, strict=True) if x is not None]
    assert np.allclose(np.sort(np.unique(np.round(lines, 2))), [-0.75, -0.5, -0.25, 0.25, 0.5, 0.75])
    assert all(abs(x) <= 1 and 0 <= y <= 1 for x, y in zip(contours.x, contours.y, strict=True) if x is not None)


@settings(max_examples=10, deadline=None)
@given(runs(GATED))
def test_no_dot_of_any_layer_or_step_leaves_its_panel(run):
    viewport = asked(run, curve_needs((COMBINED, IGNORE)))
    layout = curves(COMBINED, IGNORE)(viewport, run.moment).layout
    for axis, curve in ((layout.xaxis, COMBINED), (layout.xaxis2, IGNORE)):
        sizes = [np.abs(layer.preactivations[curve.out]) for layer in run.trace.layers]
        assert axis.range[1] == -axis.range[0] > max(float(np.nanmax(size)) for size in sizes)


@settings(max_examples=10, deadline=None)
@given(runs(GATED), st.integers(0, 3))
def test_the_arithmetic_of_an_opened_gate_can_be_done_by_hand(run, gate):
    moment = Moment(**{**vars(run.moment), "gate": gate, "depth": 1})
    viewport = asked(run, NEEDS)
    figure = gate_vectors(viewport, moment)
    shares, total = (np.array(bars.x, float) for bars in figure.data)
    name = INSPECTABLE_GATES[gate]
    into = float(run.layer.preactivations[name][moment.step, moment.sequence, moment.unit])
    assert shares.sum() == pytest.approx(into, abs=1e-3) and total[0] == pytest.approx(into, abs=1e-4)
    rows = figure.layout.yaxis
    assert len(rows.ticktext) == len(rows.tickvals) == len(shares) + 1 <= MAX_ROWS + 1
    assert rows.tickvals[-1] == figure.data[1].y[0] == len(shares)
    low, high = figure.layout.xaxis.range
    assert low <= min(0, shares.min(), into) and high >= max(0, shares.max(), into)
    for text, share in zip(rows.ticktext, shares, strict=False):
        if "×" in text:
            factors = [float(part.replace("−", "-")) for part in re.findall(r"−?\d+\.\d\d(?= ×|$)", text)]
            assert factors[0] * factors[1] == pytest.approx(share, abs=0.006 * (1 + sum(map(abs, factors))))
    squash = np.tanh(into) if name == "candidate" else 1 / (1 + np.exp(-into))
    wanted = f"sum {signed(into)}, and the {'tanh' if name == 'candidate' else 'sigmoid'} of it is {plain(squash)}"
    assert wanted in figure.layout.annotations[0].text


@settings(max_examples=8, deadline=None)
@given(runs(GATED), st.integers(0, 3))
def test_a_gates_factor_has_the_gates_hue_and_what_has_a_sign_both(run, gate):
    moment = Moment(**{**vars(run.moment), "gate": gate, "depth": 2})
    figure = gate_matrix(asked(run, NEEDS), moment)
    made = figure.data[3]
    hue = {"forget_gate": LIGHT.forget, "input_gate": LIGHT.learn, "output_gate": LIGHT.use}.get(
        INSPECTABLE_GATES[gate]
    )
    ends = (made.zmin, made.colorscale[0][1], made.colorscale[-1][1])
    assert ends == ((0, hue, LIGHT.open_gate) if hue else (-1, LIGHT.signed[0], LIGHT.signed[-1]))
    assert figure.layout.annotations[2].text == ("sigmoid" if hue else "tanh")


def test_sources_are_named_so_that_each_can_be_seen_and_none_is_read_as_mark_up():
    torch.manual_seed(0)
    trace = lstm_viz.trace(torch.nn.LSTM(4, 2), torch.randn(3, 1, 4))
    names = [" ", "<b>bold</b>", "a very long name of a feature", "\n"]
    viewport = build_viewport(RunView(trace, feature_names=names), needs=(MAPS,))
    ticks = contribution_bars("forget_gate")(viewport, Moment()).layout.yaxis.ticktext
    features = {"event ␣", "event &lt;b&gt;bold&lt;/b&gt;", "event a very long…", "event ⏎"}
    wanted = features | {"STM′ of unit 1", "STM′ of unit 2", "bias"}
    assert set(ticks[:-1]) < wanted and len(ticks) == 5
    assert ticks[-1] == "3 others together"
    read = evaluate({"gate_map": "forget_gate", "give": "names"}, viewport, Moment())
    assert set(read) == wanted


@given(st.lists(st.floats(0, 1, width=32), min_size=13, max_size=40, unique=True))
@settings(max_examples=12, deadline=None)
def test_of_many_answers_the_likeliest_are_shown_first(found):
    labels = [f"answer {k}" for k in range(len(found))]
    trace = lstm_viz.trace(torch.nn.LSTM(1, 2), torch.zeros(1, 1, 1))
    viewport = build_viewport(RunView(trace, extras={PROBABILITIES: np.array([[found]], np.float32)}))
    figure = answer_probabilities(labels)(viewport, Moment())
    best = sorted(range(len(found)), key=lambda k: -found[k])[:12]
    assert list(figure.layout.yaxis.ticktext) == [labels[k] for k in best]
    assert np.allclose(np.array(figure.data[0].x, float), np.array(found)[best], atol=1e-5)
    assert [int(text.split()[0]) for text in figure.data[0].text] == [int(100 * found[k] + 0.5) for k in best]
