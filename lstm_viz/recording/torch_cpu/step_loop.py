"""An LSTM layer computed by a loop over time steps in torch, as torch itself does for float64 and projections."""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from lstm_viz.recording.plan import LayerPlan
from lstm_viz.recording.tensor_ops import empty, tanh


class Activations(NamedTuple):
    """Gates, cell states and hidden states of some steps; the gates i, f, g, o lie side by side, in the order of the
    weights' row blocks."""

    gates: Float[Tensor, "time batch four_hidden"]
    cell_state: Float[Tensor, "time batch hidden"]
    hidden_state: Float[Tensor, "time batch output"]

    def steps(self, first: int, count: int) -> Activations:
        """Some of the steps, as views."""
        return Activations(*(values[first : first + count] for values in self))


def empty_activations(event: Float[Tensor, "time batch features"], start: tuple[Tensor, ...]) -> Activations:
    """Uninitialised memory for the activations of all steps.

    >>> activations = empty_activations(torch.ones(5, 2, 3), (torch.ones(2, 1), torch.ones(2, 4)))
    >>> [tuple(part.shape) for part in activations]
    [(5, 2, 16), (5, 2, 4), (5, 2, 1)]
    """
    hidden, cell = start
    widths = 4 * cell.shape[1], cell.shape[1], hidden.shape[1]
    return Activations(*(empty((*event.shape[:2], width), event) for width in widths))


def run_step_loop(
    plan: LayerPlan, event: Float[Tensor, "time batch features"], start: tuple[Tensor, ...], reverse: bool
) -> Activations:
    """Compute a standard layer from the initial state `start`, (h_0, c_0), in reverse time order where `reverse`.

    Everything is computed in place, without temporary arrays.
    Source: torch.nn.LSTM's documentation.

    >>> weights, one = torch.zeros(4, 1), torch.ones(1, 1)
    >>> run = run_step_loop(LayerPlan("l0", "standard", weights, weights, weights[:, 0]), one[None], (one, one), False)
    >>> run.gates.flatten().tolist(), run.cell_state.item()
    ([0.5, 0.5, 0.0, 0.5], 0.5)
    """
    activations, (hidden, cell) = empty_activations(event, start), start
    preactivations = activations.gates.view(-1, activations.gates.shape[2])  # (time * batch, 4 hidden)
    torch.addmm(
        plan.bias, event.reshape(len(preactivations), -1), plan.input.t(), out=preactivations
    )  # W x + b of all steps
    for step in reversed(range(len(event))) if reverse else range(len(event)):
        gates, c, h = (part[step] for part in activations)  # (batch, 4 hidden), (batch, hidden), (batch, output)
        _apply_gate_activations_(gates.addmm_(hidden, plan.recurrent.t()))  # + R h'
        i, f, g, o = gates.chunk(4, dim=1)  # (batch, hidden) each
        torch.mul(f, cell, out=c).addcmul_(i, g)  # c = f c' + i g
        _write_hidden_state(plan, c, o, h)
        hidden, cell = h, c
    return activations


def _apply_gate_activations_(preactivations: Float[Tensor, "batch four_hidden"]) -> None:
    """Sigmoid of i, f and o and tanh of g, in place."""
    units = preactivations.shape[1] // 4
    preactivations[:, : 2 * units].sigmoid_()
    candidate = preactivations[:, 2 * units : 3 * units]
    tanh(candidate, out=candidate)
    preactivations[:, 3 * units :].sigmoid_()


def _write_hidden_state(plan: LayerPlan, cell: Tensor, output_gate: Tensor, hidden: Tensor) -> None:
    """h = o tanh(c), or W_hr (o tanh(c)), into `hidden`."""
    if plan.projection is None:
        tanh(cell, out=hidden).mul_(output_gate)
    else:
        unprojected = tanh(cell, out=torch.empty_like(cell)).mul_(output_gate)
        torch.mm(unprojected, plan.projection.t(), out=hidden)
