"""Hypothesis strategies: runs of random networks, with a viewport and a moment, for the tests of figures."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch
from hypothesis import strategies as st
from torch import nn

import lstm_viz
from lstm_viz.cells.course import CourseLSTM
from lstm_viz.figures.moment import BEATS, Moment
from lstm_viz.figures.run_view import RunView, StepTexts
from lstm_viz.figures.viewport import Viewport
from lstm_viz.figures.viewport_builder import build_viewport
from lstm_viz.traces import LayerTrace, Trace

KINDS = {"lstm": nn.LSTM, "course": CourseLSTM, "rnn": nn.RNN}


class Run(NamedTuple):
    """A run, a viewport of it, and a moment in it."""

    trace: Trace
    viewport: Viewport
    moment: Moment

    def __repr__(self) -> str:
        shape = self.trace.layers[0].hidden_state.shape
        return f"Run({self.layer.variant} {shape}, {[layer.name for layer in self.trace.layers]}, {self.moment})"

    @property
    def layer(self) -> LayerTrace:
        """The whole run's layer that is looked at."""
        return self.trace.layers[self.moment.layer]

    def column(self, array: str, units: np.ndarray) -> np.ndarray:
        """An array's values at the step, for these units.

        A projected state belongs to no unit: it is shown row by row, as many rows as it has.
        """
        values = getattr(self.layer, array)[self.moment.step, self.moment.sequence].astype(np.float64)
        if array.endswith("hidden_state") and self.layer.projection is not None:
            units = np.array([self.viewport.row_of(self.moment.layer, int(unit)) for unit in units])
        return np.array([values[unit] if unit < len(values) else np.nan for unit in units])

    def value(self, array: str) -> float:
        """The followed unit's value at the step."""
        return float(self.column(array, np.array([self.moment.unit]))[0])


@st.composite
def traces(draw: st.DrawFn, kinds: tuple[str, ...] = tuple(KINDS)) -> Trace:
    kind = draw(st.sampled_from(kinds))
    shape = ((1, 45), (1, 14), (1, 15), (2, 40))
    time, batch, features, hidden = (draw(st.integers(low, top)) for low, top in shape)
    options: dict[str, Any] = {"num_layers": draw(st.integers(1, 2))}
    if kind != "course":
        options["bidirectional"] = draw(st.booleans())
    if kind == "lstm":
        options["proj_size"] = draw(st.sampled_from([0, 0, 1, hidden - 1]))
    torch.manual_seed(draw(st.integers(0, 10**6)))
    module = KINDS[kind](features, hidden, **options)
    with torch.no_grad():
        for weights in module.parameters():
            weights *= draw(st.sampled_from([1.0, 4.0]))
    lengths = draw(st.none() | st.lists(st.integers(1, time), min_size=batch, max_size=batch))
    return lstm_viz.trace(module, torch.randn(time, batch, features) * 2, lengths=lengths, check=False)


@st.composite
def runs(draw: st.DrawFn, kinds: tuple[str, ...] = tuple(KINDS), *, inside: bool = True) -> Run:
    """A run and a moment; `inside` the sequence's length, else any step."""
    trace = draw(traces(kinds))
    time, batch = trace.output.shape[:2]
    layer = draw(st.integers(0, len(trace.layers) - 1))
    sequence = draw(st.integers(0, batch - 1))
    steps = int(trace.lengths[sequence]) if inside else time
    unit = draw(st.integers(0, trace.layers[layer].memory.shape[-1] - 1))
    step = draw(st.integers(0, steps - 1))
    words = draw(st.sampled_from(["short", "long", "empty"]))
    labels = np.array([["a" if words == "short" else f"day {t}.{b}" for b in range(batch)] for t in range(time)])
    if words == "empty":
        labels[np.arange(time)[:, None] >= np.asarray(trace.lengths)] = ""
    held = draw(st.integers(1, 33))
    orders = [np.random.default_rng(unit).permutation(part.memory.shape[-1]) for part in trace.layers]
    view = RunView(
        trace,
        StepTexts(labels, answers=labels if draw(st.booleans()) else None),
        orders=orders if draw(st.booleans()) else (),
    )
    viewport = build_viewport(view, step, unit, held)
    window = min(step // viewport.window * viewport.window, max(0, time - viewport.window))
    beat = draw(st.integers(0, len(BEATS) - 1))
    return Run(trace, viewport, Moment(step, beat, unit, sequence, layer, window))
