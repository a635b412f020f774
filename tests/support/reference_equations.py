"""Reference runs of recorded layers by the textbook's equations in float64, from a trace's own weights and events."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from lstm_viz.cells.equations import Gate, Gates, Readout, course_step, rnn_step, standard_step
from lstm_viz.traces import LayerTrace, Trace

#: What a step finds, (event, hidden state, memory), to what it makes, by the names of a trace.
Step = Callable[[Tensor, Tensor, Any], dict[str, Tensor]]


def to_float64(array: np.ndarray) -> Tensor:
    """The same numbers in float64; 0 past a sequence's end."""
    return torch.from_numpy(np.nan_to_num(array.astype(np.float64)))


def gates_of(layer: LayerTrace) -> list[Gate]:
    """The map in front of each gate."""
    return [Gate(to_float64(g.input), to_float64(g.recurrent), to_float64(g.bias)) for g in layer.weights.values()]


def step_of(layer: LayerTrace) -> Step:
    """One step of this layer's cell."""
    gates = gates_of(layer)
    if layer.variant == "rnn":
        return lambda event, hidden, _: {"hidden_state": rnn_step(event, hidden, gates[0])}
    if layer.readout_weights is not None:
        use = Readout(to_float64(layer.readout_weights.kept), to_float64(layer.readout_weights.bias))
        return lambda event, hidden, memory: course_step(event, hidden, memory, Gates(*gates), use)._asdict()
    projection = None if layer.projection is None else to_float64(layer.projection)
    return lambda event, hidden, memory: standard_step(event, hidden, memory, Gates(*gates), projection)._asdict()


def run_equations(layer: LayerTrace, sequence: int) -> dict[str, np.ndarray]:
    """One sequence through all of its steps, each array (steps, units)."""
    length, step = int(layer.lengths[sequence]), step_of(layer)
    hidden = to_float64(layer.initial_hidden_state[[sequence]])
    memory = None if layer.initial_cell_state is None else to_float64(layer.initial_cell_state[[sequence]])
    made = []
    for t in range(length - 1, -1, -1) if layer.reverse else range(length):
        made.append(step(to_float64(layer.event[t, [sequence]]), hidden, memory))
        hidden, memory = made[-1]["hidden_state"], made[-1].get("cell_state")
    made = made[::-1] if layer.reverse else made
    return {name: np.concatenate([values[name].numpy() for values in made]) for name in made[0]}


def assert_follows_equations(trace: Trace, limit: float) -> None:
    """Every array of every layer, and NaN past each sequence's end."""
    for layer in trace.layers:
        for sequence, length in enumerate(layer.lengths):
            for name, wanted in run_equations(layer, sequence).items():
                found = getattr(layer, name)[:, sequence]
                np.testing.assert_allclose(found[:length], wanted, atol=limit, rtol=0, err_msg=name)
                assert np.isnan(found[length:]).all(), name
