"""An LSTM layer computed by a loop over time steps in torch, as torch itself does for float64 and projections."""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from lstm_viz.cells.activation_functions import CellActivations
from lstm_viz.recording.module_spec import LayerWeights
from lstm_viz.recording.tensor_ops import empty, tanh
from lstm_viz.traces.record import LSTM_GATES


class Activations(NamedTuple):
    """Gates, cell states and hidden states of some steps; the gates i, f, g, o lie side by side, in the order of the
    weights' row blocks."""

    gates: Float[Tensor, "time batch four_hidden"]
    cell_state: Float[Tensor, "time batch hidden"]
    hidden_state: Float[Tensor, "time batch output"]

    def steps(self, first: int, count: int) -> Activations:
        """Some of the steps, as views."""
        return Activations(*(values[first : first + count] for values in self))


def empty_activations(event: Float[Tensor, "time batch features"], initial_state: tuple[Tensor, ...]) -> Activations:
    """Uninitialised memory for the activations of all steps.

    >>> activations = empty_activations(torch.ones(5, 2, 3), (torch.ones(2, 1), torch.ones(2, 4)))
    >>> [tuple(part.shape) for part in activations]
    [(5, 2, 16), (5, 2, 4), (5, 2, 1)]
    """
    hidden, cell = initial_state
    widths = 4 * cell.shape[1], cell.shape[1], hidden.shape[1]
    return Activations(*(empty((*event.shape[:2], width), event) for width in widths))


def run_step_loop(
    weights: LayerWeights, event: Float[Tensor, "time batch features"], initial_state: tuple[Tensor, ...], reverse: bool
) -> Activations:
    """Compute a standard layer from `initial_state`, (h_0, c_0), in reverse time order where `reverse`.

    Everything is computed in place, without temporary arrays.
    Source: torch.nn.LSTM's documentation.

    >>> zeros, one = torch.zeros(4, 1), torch.ones(1, 1)
    >>> run = run_step_loop(LayerWeights("l0", "standard", zeros, zeros, zeros[:, 0]), one[None], (one, one), False)
    >>> run.gates.flatten().tolist(), run.cell_state.item()
    ([0.5, 0.5, 0.0, 0.5], 0.5)
    """
    activations, (hidden, cell) = empty_activations(event, initial_state), initial_state
    preactivations = activations.gates.view(-1, activations.gates.shape[2])  # (time * batch, 4 hidden)
    torch.addmm(
        weights.bias, event.reshape(len(preactivations), -1), weights.input.t(), out=preactivations
    )  # W x + b of all steps
    for step in reversed(range(len(event))) if reverse else range(len(event)):
        gates, c, h = (part[step] for part in activations)  # (batch, 4 hidden), (batch, hidden), (batch, output)
        gates.addmm_(hidden, weights.recurrent.t())  # + R h': (batch, 4 hidden)
        apply_gate_activations(gates, weights.activations)
        i, f, g, o = gates.chunk(4, dim=1)  # (batch, hidden) each: input gate, forget gate, candidate, output gate
        torch.mul(f, cell, out=c).addcmul_(i, g)  # c = f c' + i g, (batch, hidden)
        _write_hidden_state(weights, c, o, h)
        hidden, cell = h, c
    return activations


def apply_gate_activations(preactivations: Float[Tensor, "batch four_hidden"], functions: CellActivations) -> None:
    """The gates' function of i, f and o (input, forget and output gate), by default sigmoid, and the candidate's of g,
    by default tanh, in place."""
    if not functions.is_standard:
        for gate, part in zip(LSTM_GATES, preactivations.chunk(4, dim=-1), strict=True):
            part.copy_(functions.of(gate)(part, torch))
        return
    units = preactivations.shape[1] // 4
    preactivations[:, : 2 * units].sigmoid_()
    candidate = preactivations[:, 2 * units : 3 * units]
    tanh(candidate, out=candidate)
    preactivations[:, 3 * units :].sigmoid_()


def _write_hidden_state(weights: LayerWeights, cell: Tensor, output_gate: Tensor, hidden: Tensor) -> None:
    """h = o tanh(c), or W_hr (o tanh(c)), into `hidden`; another function than tanh where the cell has one."""
    if not weights.activations.is_standard:
        unprojected = output_gate * weights.activations.readout(cell, torch)
        hidden.copy_(unprojected if weights.projection is None else unprojected @ weights.projection.t())
    elif weights.projection is None:
        tanh(cell, out=hidden).mul_(output_gate)  # (batch, hidden)
    else:
        unprojected = tanh(cell, out=torch.empty_like(cell)).mul_(output_gate)
        torch.mm(unprojected, weights.projection.t(), out=hidden)  # (batch, output)
