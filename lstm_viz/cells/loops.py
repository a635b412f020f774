"""A layer walked step by step in torch, as its own forward is where no library runs it: float64 and projections."""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from lstm_viz.cells.plans import LayerPlan
from lstm_viz.cells.products import empty, tanh


class Walk(NamedTuple):
    """What is recorded of some steps; the gates i, f, g, o lie side by side, as the rows of the weights do."""

    gates: Float[Tensor, "time batch four_hidden"]
    cell_state: Float[Tensor, "time batch hidden"]
    hidden_state: Float[Tensor, "time batch output"]

    def steps(self, first: int, count: int) -> Walk:
        """Some of the steps, as views."""
        return Walk(*(values[first : first + count] for values in self))


def room_for(event: Float[Tensor, "time batch features"], start: tuple[Tensor, ...]) -> Walk:
    """A walk without values yet.

    >>> walk = room_for(torch.ones(5, 2, 3), (torch.ones(2, 1), torch.ones(2, 4)))
    >>> [tuple(part.shape) for part in walk]
    [(5, 2, 16), (5, 2, 4), (5, 2, 1)]
    """
    hidden, memory = start
    widths = 4 * memory.shape[1], memory.shape[1], hidden.shape[1]
    return Walk(*(empty((*event.shape[:2], width), event) for width in widths))


def walk_by_loop(
    plan: LayerPlan, event: Float[Tensor, "time batch features"], start: tuple[Tensor, ...], reverse: bool
) -> Walk:
    """Run a standard layer from the state `start`, from the last step down where `reverse`.

    Every number is written where it stays, so that no memory is taken on the way.
    Source: torch.nn.LSTM's documentation.

    >>> weights, one = torch.zeros(4, 1), torch.ones(1, 1)
    >>> walk = walk_by_loop(LayerPlan("l0", "standard", weights, weights, weights[:, 0]), one[None], (one, one), False)
    >>> walk.gates.flatten().tolist(), walk.cell_state.item()
    ([0.5, 0.5, 0.0, 0.5], 0.5)
    """
    walk, (hidden, memory) = room_for(event, start), start
    sums = walk.gates.view(-1, walk.gates.shape[2])
    torch.addmm(plan.bias, event.reshape(len(sums), -1), plan.input.t(), out=sums)
    for step in reversed(range(len(event))) if reverse else range(len(event)):
        gates, c, h = (part[step] for part in walk)
        _squash(gates.addmm_(hidden, plan.recurrent.t()))
        i, f, g, o = gates.chunk(4, dim=1)
        torch.mul(f, memory, out=c).addcmul_(i, g)
        _use(plan, c, o, h)
        hidden, memory = h, c
    return walk


def _squash(sums: Float[Tensor, "batch four_hidden"]) -> None:
    units = sums.shape[1] // 4
    sums[:, : 2 * units].sigmoid_()
    candidate = sums[:, 2 * units : 3 * units]
    tanh(candidate, out=candidate)
    sums[:, 3 * units :].sigmoid_()


def _use(plan: LayerPlan, memory: Tensor, output_gate: Tensor, hidden: Tensor) -> None:
    """h = o tanh(c), or W_hr (o tanh(c)), into `hidden`."""
    if plan.projection is None:
        tanh(memory, out=hidden).mul_(output_gate)
    else:
        shown = tanh(memory, out=torch.empty_like(memory)).mul_(output_gate)
        torch.mm(shown, plan.projection.t(), out=hidden)
