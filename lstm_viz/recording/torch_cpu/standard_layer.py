"""A standard LSTM layer recorded while torch computes it on a CPU: by oneDNN, or by a loop over time steps."""

from __future__ import annotations

from collections.abc import Callable

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from lstm_viz.recording.module_spec import GATES, LayerWeights
from lstm_viz.recording.results import LayerRecord
from lstm_viz.recording.torch_cpu.onednn import run_onednn, runs_in_onednn
from lstm_viz.recording.torch_cpu.step_loop import Activations, run_step_loop


def record_standard_layer(
    weights: LayerWeights,
    event: Float[Tensor, "time batch features"],
    initial_state: tuple[Tensor, ...],
    padding: Bool[Tensor, "time batch"] | None,
) -> LayerRecord | None:
    """Run a layer from `initial_state`, (h_0, c_0); what is recorded past a sequence's end means nothing.

    None where its gates are better computed from its own hidden states (`from_hidden`): for other cells and devices,
    for half formats, which forward rounds at each step, and where oneDNN's workspace can't be read.
    """
    if weights.variant != "standard" or not event.is_cpu or event.dtype != weights.bias.dtype:
        return None
    run = run_onednn if runs_in_onednn(weights, event) else run_step_loop
    return _record_by(run, weights, event, initial_state, padding)


def record_by_steps(
    weights: LayerWeights,
    event: Float[Tensor, "time batch features"],
    initial_state: tuple[Tensor, ...],
    padding: Bool[Tensor, "time batch"] | None,
) -> LayerRecord:
    """The same by the loop over time steps, on any device and for any activations."""
    record = _record_by(run_step_loop, weights, event, initial_state, padding)
    assert record is not None
    return record


def _record_by(
    run: Callable[..., Activations | None],
    weights: LayerWeights,
    event: Tensor,
    initial_state: tuple[Tensor, ...],
    padding: Tensor | None,
) -> LayerRecord | None:
    order = _reversed_order(padding) if weights.reverse and padding is not None else None
    read = event if order is None else torch.take_along_dim(event, order, 0)
    activations = run(weights, read, initial_state, weights.reverse and order is None)
    if activations is None:
        return None
    if order is not None:
        for values in activations:
            values.copy_(torch.take_along_dim(values, order, 0))
    return _record(weights, event, initial_state, activations)


def _reversed_order(padding: Tensor) -> Tensor:
    """Indices that reverse each sequence within its length, and back: (time, batch, 1)."""
    steps, ends = torch.arange(len(padding), device=padding.device)[:, None], (~padding).sum(0)
    return torch.where(steps < ends, ends - 1 - steps, steps)[:, :, None]


def _record(
    weights: LayerWeights, event: Tensor, initial_state: tuple[Tensor, ...], activations: Activations
) -> LayerRecord:
    gates = GATES[weights.variant]
    arrays = dict(zip(gates, activations.gates.chunk(len(gates), dim=2), strict=True))
    return LayerRecord(
        weights, event, initial_state, {}, {**arrays, "cell_state": activations.cell_state}, activations.hidden_state
    )
