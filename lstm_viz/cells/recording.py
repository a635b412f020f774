"""Every number of one layer, for all steps at once.

A step's gates depend on the step before through h' alone. The module's own forward gives
all h at once, and with them every gate of every step is one matrix product away; only the
memory is then added up step by step. That each h made of these gates is the h that was put
in is what makes the record the module's own run, and the largest gap is what `Trace.difference` tells.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from lstm_viz.cells.plans import GATES, LayerPlan
from lstm_viz.cells.products import affine, running_memory, tanh

Steps = Float[Tensor, "time batch hidden"]


@dataclass(frozen=True, eq=False)
class LayerRecord:
    """Arrays of one layer in one direction, (time, batch, ...), and the weights they came from."""

    plan: LayerPlan
    event: Tensor
    start: tuple[Tensor, ...]
    preactivations: dict[str, Tensor]
    hidden_state: Tensor
    cell_state: Tensor | None = None
    gates: dict[str, Tensor] = field(default_factory=dict)


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
    sums = preactivations(plan, event, before(own, start[0], plan.reverse, past))
    if plan.variant == "rnn":
        return LayerRecord(plan, event, start, sums, tanh(sums["hidden_state"]))
    gates = {name: tanh(x) if name == "candidate" else torch.sigmoid(x) for name, x in sums.items()}
    learned = gates["input_gate"] * gates["candidate"]
    if past is not None:  # memory stands still there, so that a reverse layer begins at a sequence's end
        gates["forget_gate"].masked_fill_(past[..., None], 1)
        learned.masked_fill_(past[..., None], 0)
    memory = running_memory(gates["forget_gate"], learned, start[1], plan.reverse)
    if plan.readout is not None:
        kept = gates["forget_gate"] * before(memory, start[1], plan.reverse, None)
        sums["readout"] = affine(kept, *plan.readout)
    hidden = gates["output_gate"] * tanh(sums.get("readout", memory))
    if plan.projection is not None:
        hidden = affine(hidden, plan.projection, hidden.new_zeros(plan.projection.shape[0]))
    return LayerRecord(plan, event, start, sums, hidden, memory, gates)


def preactivations(
    plan: LayerPlan, event: Float[Tensor, "time batch features"], hidden: Float[Tensor, "time batch output"]
) -> dict[str, Steps]:
    """W x + R h' + b of every gate, in arrays of their own."""
    read = torch.cat([event, hidden], dim=2)
    weight = torch.cat([plan.input, plan.recurrent], dim=1)
    return {
        gate: affine(read, weight[plan.rows(gate)], plan.bias[plan.rows(gate)]) for gate in GATES[plan.variant]
    }


def before(
    states: Float[Tensor, "time batch units"],
    start: Float[Tensor, "batch units"],
    reverse: bool,
    past: Bool[Tensor, "time batch"] | None,
) -> Float[Tensor, "time batch units"]:
    """What each step finds: the state of the step that was read before it."""
    if not reverse:
        return torch.cat([start[None], states[:-1]])
    if past is not None:
        states = torch.where(past[..., None], start[None], states)
    return torch.cat([states[1:], start[None]])
