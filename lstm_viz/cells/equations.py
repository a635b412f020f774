"""Forward equations of one time step of each recurrent cell, as a textbook writes them.

Standard: Hochreiter & Schmidhuber (1997) with the forget gate of Gers, Schmidhuber &
Cummins (2000), as `torch.nn.LSTM` computes it. Course: the same but for the use gate,
which reads what the forget gate left and has weights of its own. RNN: Elman (1990).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, sigmoid, tanh

from lstm_viz.cells.activation_functions import STANDARD, CellActivations

Units = Float[Tensor, "batch hidden"]


class Gate(NamedTuple):
    """One gate's pre-activation, an affine map of the input and the previous hidden state: W x + R h' + b."""

    input: Float[Tensor, "hidden features"]
    recurrent: Float[Tensor, "hidden output"]
    bias: Float[Tensor, " hidden"]

    def __call__(self, event: Tensor, hidden: Tensor) -> Tensor:
        """What goes into this gate's sigmoid or tanh: (batch, hidden)."""
        return event @ self.input.T + hidden @ self.recurrent.T + self.bias


class Readout(NamedTuple):
    """Pre-activation of the course's readout, an affine map of the kept cell state: W_u kept + b_u."""

    kept: Float[Tensor, "hidden hidden"]
    bias: Float[Tensor, " hidden"]

    def __call__(self, kept: Tensor) -> Tensor:
        """What goes into the readout's tanh: (batch, hidden)."""
        return kept @ self.kept.T + self.bias


class Gates(NamedTuple):
    """The four gates of an LSTM, in the order in which torch stacks their rows."""

    input_gate: Gate
    forget_gate: Gate
    candidate: Gate
    output_gate: Gate


class Step(NamedTuple):
    """Gate activations, cell state and hidden state of one time step. Each is (batch, hidden); with a projection,
    hidden_state is (batch, output)."""

    input_gate: Tensor
    candidate: Tensor
    learned: Tensor
    forget_gate: Tensor
    kept: Tensor
    cell_state: Tensor
    output_gate: Tensor
    readout: Tensor
    hidden_state: Tensor


def standard_step(
    event: Float[Tensor, "batch features"],
    hidden: Float[Tensor, "batch output"],
    cell: Units,
    gates: Gates,
    projection: Float[Tensor, "output hidden"] | None = None,
    activations: CellActivations = STANDARD,
) -> Step:
    """One step of the standard cell, as `torch.nn.LSTM` has it; or with other `activations` than sigmoid and tanh.

    >>> import torch
    >>> gate = Gate(torch.ones(1, 1), torch.ones(1, 1), torch.zeros(1))
    >>> zero = torch.zeros(1, 1)
    >>> step = standard_step(zero, zero, torch.ones(1, 1), Gates(gate, gate, gate, gate))
    >>> step.kept.item(), step.learned.item()
    (0.5, 0.0)
    """
    gate_of, candidate_of, readout_of = (sigmoid, tanh, tanh) if activations.is_standard else _functions(activations)
    input_gate = gate_of(gates.input_gate(event, hidden))  # (batch, hidden)
    candidate = candidate_of(gates.candidate(event, hidden))  # (batch, hidden)
    learned = input_gate * candidate  # (batch, hidden)
    forget_gate = gate_of(gates.forget_gate(event, hidden))  # (batch, hidden)
    kept = forget_gate * cell  # (batch, hidden)
    cell_state = kept + learned  # (batch, hidden)
    output_gate = gate_of(gates.output_gate(event, hidden))  # (batch, hidden)
    readout = readout_of(cell_state)  # (batch, hidden)
    hidden_state = output_gate * readout  # (batch, hidden)
    if projection is not None:
        hidden_state = hidden_state @ projection.T  # (batch, output)
    return Step(input_gate, candidate, learned, forget_gate, kept, cell_state, output_gate, readout, hidden_state)


def _functions(activations: CellActivations) -> list[Callable[[Tensor], Tensor]]:
    """A cell's three functions over tensors."""
    return [partial(part, xp=torch) for part in (activations.gate, activations.candidate, activations.readout)]


def course_step(
    event: Float[Tensor, "batch features"],
    hidden: Units,
    cell: Units,
    gates: Gates,
    use: Readout,
) -> Step:
    """One step of the course's cell: its readout is tanh(W_u kept + b_u), so that it doesn't see what was just learned.

    >>> import torch
    >>> gate = Gate(torch.ones(1, 1), torch.ones(1, 1), torch.zeros(1))
    >>> zero, use = torch.zeros(1, 1), Readout(torch.ones(1, 1), torch.zeros(1))
    >>> course_step(torch.ones(1, 1), zero, zero, Gates(gate, gate, gate, gate), use).hidden_state.item()
    0.0
    """
    input_gate = sigmoid(gates.input_gate(event, hidden))  # (batch, hidden), the ignore factor
    candidate = tanh(gates.candidate(event, hidden))  # (batch, hidden)
    learned = input_gate * candidate  # (batch, hidden)
    forget_gate = sigmoid(gates.forget_gate(event, hidden))  # (batch, hidden)
    kept = forget_gate * cell  # (batch, hidden)
    cell_state = kept + learned  # (batch, hidden)
    output_gate = sigmoid(gates.output_gate(event, hidden))  # (batch, hidden)
    readout = tanh(use(kept))  # (batch, hidden): kept, where the standard cell has cell_state
    hidden_state = output_gate * readout  # (batch, hidden)
    return Step(input_gate, candidate, learned, forget_gate, kept, cell_state, output_gate, readout, hidden_state)


def rnn_step(event: Float[Tensor, "batch features"], hidden: Units, gate: Gate) -> Units:
    """One step of a plain RNN, as `torch.nn.RNN` has it: tanh(W x + R h' + b).

    >>> import torch
    >>> gate = Gate(torch.ones(1, 1), torch.ones(1, 1), torch.zeros(1))
    >>> rnn_step(torch.zeros(1, 1), torch.zeros(1, 1), gate).item()
    0.0
    """
    return tanh(gate(event, hidden))  # (batch, hidden)
