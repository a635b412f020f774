"""The step that a run is shown at first: the one of the first window at which the followed unit learns most."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

import lstm_viz
from lstm_viz.figures.options import eventful_step, viewport_and_moment


def test_the_unit_learns_most_at_it():
    torch.manual_seed(0)
    trace = lstm_viz.trace(nn.LSTM(2, 3), torch.randn(40, 2, 2))
    for unit in range(3):
        viewport, moment = viewport_and_moment(trace, {"unit": unit, "window": 8})
        learned = np.abs(trace.layers[0].learned[1 : viewport.window, 0, unit])
        step = eventful_step(viewport, moment)
        assert 1 <= step < viewport.window
        assert abs(trace.layers[0].learned[step, 0, unit]) == learned.max()
