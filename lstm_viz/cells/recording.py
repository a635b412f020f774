"""Every number of one layer, many steps at once.

A step's gates depend on the step before through h' alone. The module's own forward gives
all h at once, and with them every gate of every step is one matrix product away; only the
memory is then added up step by step. That each h made of these gates is the h that was put
in is what makes the record the module's own run; `Trace.difference` is the largest gap.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from lstm_viz.cells.plans import GATES, LayerPlan
from lstm_viz.cells.products import IMAGE, affine, empty, running_memory, tanh

#: Steps times sequences that are worked on at once, so that they stay in the cache.
BLOCK = 1024


@dataclass(frozen=True, eq=False)
class LayerRecord:
    """Arrays of one layer in one direction, (time, batch, ...), and what they came from.

    `arrays` holds gates and cell_state by their names, `sums` what went into each sigmoid or tanh, if that was
    recorded; `blank` says that all of them are NaN past each sequence's end already; `derived` what follows from
    them, where that was recorded. The compiled way leaves them as NumPy's arrays.
    """

    plan: LayerPlan
    event: Tensor
    start: tuple[Tensor, ...]
    sums: dict[str, Any]
    arrays: dict[str, Any]
    hidden_state: Tensor
    blank: bool = False
    derived: dict[str, Any] = field(default_factory=dict)


def record_layer(
    plan: LayerPlan,
    event: Float[Tensor, "time batch features"],
    own: Float[Tensor, "time batch output"],
    start: tuple[Tensor, ...],
    past: Bool[Tensor, "time batch"] | None,
) -> LayerRecord:
    """Open a layer whose own forward gave the hidden states `own` from the state `start`.

    `past` marks the steps after each sequence's end, if there are any; what is recorded there means nothing.
    """
    record = _blank(plan, event, start, own.shape[2])
    weight = torch.cat([plan.input, plan.recurrent], dim=1)
    if past is not None and plan.reverse:  # a reverse layer begins at a sequence's end, with its start
        own = torch.where(past[..., None], start[0], own)
    hidden, memory = start[0], start[-1]
    for block in _blocks(plan, event):
        read = torch.cat([event[block], before(own[block], hidden, plan.reverse)], dim=2)
        sums = affine(read, weight, plan.bias)
        hidden = own[block][0 if plan.reverse else -1]
        if plan.variant == "rnn":
            tanh(sums, out=record.hidden_state[block])
        else:
            memory = _open(record, block, sums, None if past is None else past[block], memory)
    return record


def before(
    states: Float[Tensor, "time batch units"], start: Float[Tensor, "batch units"], reverse: bool
) -> Float[Tensor, "time batch units"]:
    """What each step finds: the state after the step that was read before it.

    >>> before(torch.tensor([[[1.0]], [[2.0]]]), torch.zeros(1, 1), reverse=False).flatten().tolist()
    [0.0, 1.0]
    """
    return torch.cat([states[1:], start[None]] if reverse else [start[None], states[:-1]])


def block_steps(batch: int) -> int:
    """How many steps of so many sequences are worked on at once.

    >>> block_steps(32), block_steps(1), block_steps(10_000)
    (32, 1024, 32)
    """
    return max(IMAGE, BLOCK // batch // IMAGE * IMAGE)


def _blocks(plan: LayerPlan, event: Tensor) -> Iterator[slice]:
    """Stretches of steps, in the order in which the layer reads them."""
    size = block_steps(event.shape[1])
    starts = range(0, len(event), size)
    return (slice(first, first + size) for first in (reversed(starts) if plan.reverse else starts))


def _blank(plan: LayerPlan, event: Tensor, start: tuple[Tensor, ...], output: int) -> LayerRecord:
    """Room for everything, asked for at once."""
    time, batch = event.shape[:2]
    gates = GATES[plan.variant]
    names = () if plan.variant == "rnn" else (*gates, "cell_state")
    room = empty((len(names), time, batch, plan.bias.shape[0] // len(gates)), event)
    return LayerRecord(plan, event, start, {}, dict(zip(names, room, strict=True)), empty((time, batch, output), event))


def _open(record: LayerRecord, block: slice, sums: Tensor, past: Tensor | None, memory: Tensor) -> Tensor:
    """Gates, memory and hidden state of one stretch of an LSTM from what goes into its gates; returns the memory
    after it."""
    plan = record.plan
    arrays = {name: values[block] for name, values in record.arrays.items()}
    for gate in GATES[plan.variant]:
        squash = tanh if gate == "candidate" else torch.sigmoid
        squash(sums[..., plan.rows(gate)], out=arrays[gate])
    learned = arrays["input_gate"] * arrays["candidate"]
    if past is not None:  # memory stands still there, so that a reverse layer begins at a sequence's end
        arrays["forget_gate"].masked_fill_(past[..., None], 1)
        learned.masked_fill_(past[..., None], 0)
    after = running_memory(arrays["forget_gate"], learned, memory, plan.reverse, out=arrays["cell_state"])
    record.hidden_state[block] = _use(plan, arrays, memory)
    return after


def _use(plan: LayerPlan, arrays: dict[str, Tensor], memory: Tensor) -> Tensor:
    """The use gate: from the memory in the standard cell, from what was kept of it in the course's."""
    offered = arrays["cell_state"]
    if plan.readout is not None:
        offered = affine(arrays["forget_gate"] * before(offered, memory, plan.reverse), *plan.readout)
    hidden = tanh(offered, out=torch.empty_like(offered)).mul_(arrays["output_gate"])
    if plan.projection is not None:
        hidden = affine(hidden, plan.projection, hidden.new_zeros(plan.projection.shape[0]))
    return hidden
