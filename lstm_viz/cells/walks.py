"""A standard layer recorded by torch on a CPU while it is walked: from a workspace, or step by step."""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from lstm_viz.cells.loops import Walk, walk_by_loop
from lstm_viz.cells.plans import GATES, LayerPlan
from lstm_viz.cells.recording import LayerRecord
from lstm_viz.cells.workspaces import in_onednn, walk_by_workspace


def record_walk(
    plan: LayerPlan,
    event: Float[Tensor, "time batch features"],
    start: tuple[Tensor, ...],
    past: Bool[Tensor, "time batch"] | None,
) -> LayerRecord | None:
    """Run a layer from the state `start`; what is recorded past a sequence's end means nothing.

    None where its gates are better worked out from what its own forward gives: in other cells and on other devices,
    in half formats, which forward rounds at each step, and where oneDNN keeps to itself what it did.
    """
    if plan.variant != "standard" or not event.is_cpu or event.dtype != plan.bias.dtype:
        return None
    turns = _turns(past) if plan.reverse and past is not None else None
    read = event if turns is None else torch.take_along_dim(event, turns, 0)
    walked_by = walk_by_workspace if in_onednn(plan, event) else walk_by_loop
    walk = walked_by(plan, read, start, plan.reverse and turns is None)
    if walk is None:
        return None
    if turns is not None:
        for values in walk:
            values.copy_(torch.take_along_dim(values, turns, 0))
    return _record(plan, event, start, walk)


def _turns(past: Tensor) -> Tensor:
    """Which step is read at each turn, and back: each sequence from its own end, (time, batch, 1)."""
    steps, ends = torch.arange(len(past))[:, None], (~past).sum(0)
    return torch.where(steps < ends, ends - 1 - steps, steps)[:, :, None]


def _record(plan: LayerPlan, event: Tensor, start: tuple[Tensor, ...], walk: Walk) -> LayerRecord:
    gates = GATES[plan.variant]
    arrays = dict(zip(gates, walk.gates.chunk(len(gates), dim=2), strict=True))
    return LayerRecord(plan, event, start, {}, {**arrays, "cell_state": walk.cell_state}, walk.hidden_state)
