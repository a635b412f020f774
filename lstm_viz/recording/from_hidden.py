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

from lstm_viz.recording.plan import GATES, LayerPlan
from lstm_viz.recording.results import LayerRecord
from lstm_viz.recording.tensor_ops import affine, cell_state_recurrence, empty, steps_per_block, tanh


def record_from_hidden(
    plan: LayerPlan,
    event: Float[Tensor, "time batch features"],
    hidden_states: Float[Tensor, "time batch output"],
    start: tuple[Tensor, ...],
    padding: Bool[Tensor, "time batch"] | None,
) -> LayerRecord:
    """Compute gates and cell states of a layer whose own forward gave `hidden_states` from the initial state `start`.

    `padding` marks the steps after each sequence's end, if there are any; what is recorded there means nothing.
    """
    record = _allocate(plan, event, start, hidden_states.shape[2])
    weight = torch.cat([plan.input, plan.recurrent], dim=1)  # (gates * hidden, features + output)
    if padding is not None and plan.reverse:  # a reverse layer begins at a sequence's end, with its start
        hidden_states = torch.where(padding[..., None], start[0], hidden_states)
    hidden, cell = start[0], start[-1]
    for block in _blocks(plan, event):
        read = torch.cat([event[block], previous_states(hidden_states[block], hidden, plan.reverse)], dim=2)
        preactivations = affine(read, weight, plan.bias)  # (block, batch, gates * hidden)
        hidden = hidden_states[block][0 if plan.reverse else -1]
        if plan.variant == "rnn":
            tanh(preactivations, out=record.hidden_state[block])
        else:
            cell = _record_block(record, block, preactivations, None if padding is None else padding[block], cell)
    return record


def previous_states(
    states: Float[Tensor, "time batch units"], start: Float[Tensor, "batch units"], reverse: bool
) -> Float[Tensor, "time batch units"]:
    """The previous state of each step, h_{t-1} (h_{t+1} where `reverse`), with the initial state at the start.

    >>> previous_states(torch.tensor([[[1.0]], [[2.0]]]), torch.zeros(1, 1), reverse=False).flatten().tolist()
    [0.0, 1.0]
    """
    return torch.cat([states[1:], start[None]] if reverse else [start[None], states[:-1]])


def _blocks(plan: LayerPlan, event: Tensor) -> Iterator[slice]:
    """Blocks of time steps, in the order in which the layer reads them."""
    size = steps_per_block(event.shape[1])
    starts = range(0, len(event), size)
    return (slice(first, first + size) for first in (reversed(starts) if plan.reverse else starts))


def _allocate(plan: LayerPlan, event: Tensor, start: tuple[Tensor, ...], output: int) -> LayerRecord:
    """Uninitialised memory for all recorded arrays, in one allocation."""
    time, batch = event.shape[:2]
    gates = GATES[plan.variant]
    names = () if plan.variant == "rnn" else (*gates, "cell_state")
    stacked = empty((len(names), time, batch, plan.bias.shape[0] // len(gates)), event)
    return LayerRecord(
        plan, event, start, {}, dict(zip(names, stacked, strict=True)), empty((time, batch, output), event)
    )


def _record_block(
    record: LayerRecord, block: slice, preactivations: Tensor, padding: Tensor | None, cell: Tensor
) -> Tensor:
    """Gate activations, cell states and hidden states of one block of steps from the gates'
    pre-activations, (block, batch, 4 hidden); returns the cell state after it, (batch, hidden)."""
    plan = record.plan
    arrays = {name: values[block] for name, values in record.arrays.items()}
    for gate in GATES[plan.variant]:
        activation = tanh if gate == "candidate" else torch.sigmoid
        activation(preactivations[..., plan.rows(gate)], out=arrays[gate])
    learned = arrays["input_gate"] * arrays["candidate"]  # (block, batch, hidden)
    if padding is not None:  # the cell state stands still there, so that a reverse layer begins at a sequence's end
        arrays["forget_gate"].masked_fill_(padding[..., None], 1)
        learned.masked_fill_(padding[..., None], 0)
    after = cell_state_recurrence(arrays["forget_gate"], learned, cell, plan.reverse, out=arrays["cell_state"])
    record.hidden_state[block] = _hidden_state(plan, arrays, cell)
    return after


def _hidden_state(plan: LayerPlan, arrays: dict[str, Tensor], cell: Tensor) -> Tensor:
    """Hidden states h = o tanh(c), or o tanh(W_u kept + b_u) in the course's cell, then projected, if at all:
    (block, batch, output)."""
    readout = arrays["cell_state"]  # (block, batch, hidden)
    if plan.readout is not None:
        readout = affine(arrays["forget_gate"] * previous_states(readout, cell, plan.reverse), *plan.readout)
    hidden = tanh(readout, out=torch.empty_like(readout)).mul_(arrays["output_gate"])
    if plan.projection is not None:
        hidden = affine(hidden, plan.projection, hidden.new_zeros(plan.projection.shape[0]))
    return hidden
