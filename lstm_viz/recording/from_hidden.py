"""Gate activations and states of one layer, computed from its known hidden states, many time steps at once.

A step's gates depend on the step before through h' alone. The module's own forward gives
all h at once, and with them every gate of every step is one matrix product away; only the
cell state is then computed step by step. That each h made of these gates is the h that was given
is what makes the record the module's own run; `Trace.difference` is the largest error.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from lstm_viz.recording.module_spec import GATES, LayerWeights
from lstm_viz.recording.results import LayerRecord
from lstm_viz.recording.tensor_ops import affine, cell_state_recurrence, empty, steps_per_block, tanh


def record_from_hidden(
    weights: LayerWeights,
    event: Float[Tensor, "time batch features"],
    hidden_states: Float[Tensor, "time batch output"],
    initial_state: tuple[Tensor, ...],
    padding: Bool[Tensor, "time batch"] | None,
) -> LayerRecord:
    """Compute gates and cell states of a layer whose own forward gave `hidden_states` from `initial_state`.

    `padding` marks the steps after each sequence's end, if there are any; what is recorded there means nothing.
    """
    record = _allocate(weights, event, initial_state, hidden_states.shape[2])
    weight = torch.cat([weights.input, weights.recurrent], dim=1)  # (gates * hidden, features + output)
    if padding is not None and weights.reverse:  # a reverse layer begins at a sequence's end, with its initial state
        hidden_states = torch.where(padding[..., None], initial_state[0], hidden_states)
    hidden, cell = initial_state[0], initial_state[-1]
    for block in _blocks(weights, event):
        read = torch.cat([event[block], previous_states(hidden_states[block], hidden, weights.reverse)], dim=2)
        preactivations = affine(read, weight, weights.bias)  # (block, batch, gates * hidden)
        hidden = hidden_states[block][0 if weights.reverse else -1]
        if weights.variant == "rnn":
            tanh(preactivations, out=record.hidden_state[block])
        else:
            cell = _record_block(record, block, preactivations, None if padding is None else padding[block], cell)
    return record


def previous_states(
    states: Float[Tensor, "time batch units"], initial: Float[Tensor, "batch units"], reverse: bool
) -> Float[Tensor, "time batch units"]:
    """The previous state of each step, h_{t-1} (h_{t+1} where `reverse`), with the initial state at the start.

    >>> previous_states(torch.tensor([[[1.0]], [[2.0]]]), torch.zeros(1, 1), reverse=False).flatten().tolist()
    [0.0, 1.0]
    """
    return torch.cat([states[1:], initial[None]] if reverse else [initial[None], states[:-1]])


def _blocks(weights: LayerWeights, event: Tensor) -> Iterator[slice]:
    """Blocks of time steps, in the order in which the layer reads them."""
    size = steps_per_block(event.shape[1])
    starts = range(0, len(event), size)
    return (slice(first, first + size) for first in (reversed(starts) if weights.reverse else starts))


def _allocate(weights: LayerWeights, event: Tensor, initial_state: tuple[Tensor, ...], output: int) -> LayerRecord:
    """Uninitialised memory for all recorded arrays, in one allocation."""
    time, batch = event.shape[:2]
    gates = GATES[weights.variant]
    names = () if weights.variant == "rnn" else (*gates, "cell_state")
    stacked = empty((len(names), time, batch, weights.bias.shape[0] // len(gates)), event)
    return LayerRecord(
        weights, event, initial_state, {}, dict(zip(names, stacked, strict=True)), empty((time, batch, output), event)
    )


def _record_block(
    record: LayerRecord, block: slice, preactivations: Tensor, padding: Tensor | None, cell: Tensor
) -> Tensor:
    """Gate activations, cell states and hidden states of one block of steps from the gates'
    pre-activations, (block, batch, 4 hidden); returns the cell state after it, (batch, hidden)."""
    weights = record.weights
    arrays = {name: values[block] for name, values in record.arrays.items()}
    for gate in GATES[weights.variant]:  # of an LSTM: input gate, forget gate, candidate, output gate
        into = preactivations[..., weights.rows(gate)]  # (block, batch, hidden)
        if not weights.activations.is_standard:
            arrays[gate].copy_(weights.activations.of(gate)(into, torch))
        elif gate == "candidate":
            tanh(into, out=arrays[gate])
        else:
            torch.sigmoid(into, out=arrays[gate])
    learned = arrays["input_gate"] * arrays["candidate"]  # (block, batch, hidden)
    if padding is not None:  # the cell state stands still there, so that a reverse layer begins at a sequence's end
        arrays["forget_gate"].masked_fill_(padding[..., None], 1)
        learned.masked_fill_(padding[..., None], 0)
    # c = f c' + i g, step by step, into arrays["cell_state"]; `after` is (batch, hidden)
    after = cell_state_recurrence(arrays["forget_gate"], learned, cell, weights.reverse, out=arrays["cell_state"])
    record.hidden_state[block] = _hidden_state(weights, arrays, cell)
    return after


def _hidden_state(weights: LayerWeights, arrays: dict[str, Tensor], cell: Tensor) -> Tensor:
    """Hidden states h = o tanh(c), or o tanh(W_u kept + b_u) in the course's cell, then projected, if at all:
    (block, batch, output)."""
    readout = arrays["cell_state"]  # c, (block, batch, hidden)
    if weights.readout is not None:  # W_u (f c') + b_u, (block, batch, hidden)
        readout = affine(arrays["forget_gate"] * previous_states(readout, cell, weights.reverse), *weights.readout)
    if weights.activations.is_standard:
        offered = tanh(readout, out=torch.empty_like(readout))
    else:
        offered = weights.activations.readout(readout, torch)
    hidden = offered * arrays["output_gate"]  # (block, batch, hidden)
    if weights.projection is not None:  # W_hr h, (block, batch, output)
        hidden = affine(hidden, weights.projection, hidden.new_zeros(weights.projection.shape[0]))
    return hidden
