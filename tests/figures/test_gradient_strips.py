"""Strips of an answer's gradients, for any run."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings

from lstm_viz.analysis.gradients import answer_at, backpropagate
from lstm_viz.figures.memory.gradients import gradient_strips, gradients_as_layer
from lstm_viz.figures.run_view import ComparedRun
from lstm_viz.figures.viewport_builder import with_compared_run
from tests.support.random_runs import Run, runs


@settings(max_examples=25, deadline=None)
@given(runs())
def test_the_strips_hold_the_gradients_of_any_run(run: Run):
    felt = backpropagate(run.trace, answer_at(run.trace, run.moment.step))[0]
    viewport = with_compared_run(
        run.viewport, ComparedRun([gradients_as_layer(run.trace.layers[0], felt)]), {"felt": "this"}
    )
    figure = gradient_strips(viewport, run.moment)
    names = ["hidden_state"] if run.trace.variant == "rnn" else ["cell_state", "hidden_state"]
    assert [trace.meta["part"] for trace in figure.data] == names
    window = slice(run.moment.window, run.moment.window + viewport.window)
    place = viewport.shown_rows(viewport.own_layers, run.moment.unit)[0]
    for trace, name in zip(figure.data, names, strict=True):
        values = getattr(felt, name)[window, run.moment.sequence]
        unit = place if name == "hidden_state" and run.trace.layers[0].projection is not None else None
        column = values[:, viewport.units[viewport.own_layers][place] if unit is None else unit]
        held = np.array(trace.z, float)[0]
        assert np.allclose(held, column, atol=2e-5, equal_nan=True)
