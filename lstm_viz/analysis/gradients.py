"""Backpropagation through time from a recorded run: gradients by every state, without autograd."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from lstm_viz.traces import Array, LayerTrace, Trace

#: Rows of the Jacobian that go back together, times sequences: bounds the memory that a pass takes.
CHUNK = 512


@dataclass(frozen=True, eq=False)
class LayerGradients:
    """dL/d(state) of one layer in one direction, by every path; NaN past a sequence's end.

    What a small change of that state, made as soon as it stands, would do to L: changing c_t changes h_t too.
    """

    name: str
    hidden_state: Float[np.ndarray, "time batch output"]
    #: None for a plain RNN.
    cell_state: Float[np.ndarray, "time batch hidden"] | None
    #: Of what came into the layer: of the sequences themselves in the first one.
    event: Float[np.ndarray, "time batch features"]


def backpropagate(trace: Trace, output: Float[np.ndarray, "time batch outputs"]) -> tuple[LayerGradients, ...]:
    """The gradient of a loss L by every state of every layer, from the recorded gates: no module, no autograd.

    output: dL/d(trace.output); `answer_at` gives it for an answer at one step. What stands past a sequence's end
        counts for nothing.

    Each layer needs one pass over its steps, and memory for seven numbers a step and unit. Raises ValueError for
    another shape.

    >>> import lstm_viz, torch
    >>> trace = lstm_viz.trace(torch.nn.LSTM(2, 3), torch.ones(5, 1, 2))
    >>> found = backpropagate(trace, answer_at(trace, step=3, unit=0))
    >>> found[0].cell_state.shape, found[0].hidden_state[3, 0].tolist(), bool(found[0].event[4].any())
    ((5, 1, 3), [1.0, 0.0, 0.0], False)
    """
    if np.shape(output) != trace.output.shape:
        raise ValueError(f"output has the shape of trace.output, {trace.output.shape}; {np.shape(output)} came.")
    past = np.arange(len(trace.output))[:, None] >= trace.lengths
    gradient: Array = np.where(past[..., None], 0, np.asarray(output, trace.output.dtype))
    gradients: list[LayerGradients] = []
    for first in range(len(trace.layers) - trace.directions, -1, -trace.directions):
        layers = trace.layers[first : first + trace.directions]
        columns = np.split(gradient, trace.directions, axis=2)
        parts = [_layer_gradients(layer, part) for layer, part in zip(layers, columns, strict=True)]
        gradient = np.asarray(sum(part.event for part in parts))
        if first and trace.passed:
            gradient = gradient * trace.passed[first // trace.directions - 1]
        gradients = [_masked_past_end(part, past) for part in parts] + gradients
    return tuple(gradients)


def answer_at(trace: Trace, step: int, unit: int | None = None) -> Float[np.ndarray, "time batch outputs"]:
    """dL/d(trace.output) where L is an output unit at a step, summed over sequences, or with None the output's size.

    The size is the Euclidean norm. Each sequence has an L of its own, since none depends on another. 0 in a sequence
    that ends before the step. Raises IndexError for a step or a unit that isn't there.

    >>> import lstm_viz, torch
    >>> trace = lstm_viz.trace(torch.nn.LSTM(2, 3), torch.ones(5, 1, 2))
    >>> round(float(np.linalg.norm(answer_at(trace, step=4))), 6)
    1.0
    """
    steps, _, outputs = trace.output.shape
    if not 0 <= step < steps or not (unit is None or 0 <= unit < outputs):
        raise IndexError(f"This run has {steps} steps and {outputs} output units; step {step}, unit {unit} was asked.")
    gradient = np.zeros_like(trace.output)
    if unit is not None:
        gradient[step, trace.lengths > step, unit] = 1
        return gradient
    output = trace.output[step]
    sizes = np.linalg.norm(output, axis=1, keepdims=True)
    gradient[step] = np.divide(output, sizes, out=np.zeros_like(output), where=sizes > 0)
    return gradient


def state_gradients(layer: LayerTrace) -> Float[np.ndarray, "time batch"]:
    """Size of the Jacobian of a layer's last state by the state after each step, from the recorded gates.

    The state is all that a layer carries: (h, c) of an LSTM, h of a plain RNN, so every path counts;
    `cell_gradients` has the one along an LSTM's memory alone. The size is the Frobenius norm, divided by its
    value at each sequence's end, so that the end is 1; NaN past it. The end of a layer that reads from the end is
    step 0. Pascanu, Mikolov & Bengio (2013), "On the difficulty of training recurrent neural networks", section 2,
    study its growth and decay. Record in float64 where a plain RNN's would be too small for float32.

    >>> import lstm_viz, torch
    >>> sizes = state_gradients(lstm_viz.trace(torch.nn.RNN(2, 3), torch.zeros(5, 1, 2)).layers[0])
    >>> sizes.shape, float(sizes[-1, 0])
    ((5, 1), 1.0)
    """
    backward, batch = cell_backward(layer), layer.hidden_state.shape[1]
    widths = layer.hidden_state.shape[2], 0 if layer.cell_state is None else layer.units
    identity = np.eye(sum(widths), dtype=layer.hidden_state.dtype)
    parts = np.split(identity, range(max(1, CHUNK // batch), len(identity), max(1, CHUNK // batch)))
    squares = np.asarray(sum(_squared_gradients(layer, backward, part, widths[0]) for part in parts))
    return np.sqrt(squares / len(identity), dtype=float)


def step_factors(gradients: Float[np.ndarray, "time ..."]) -> Float[np.ndarray, "steps_back ..."]:
    """By what each step back multiplies the gradients of `state_gradients`: (time - 1, ...).

    The product of those from a step on is that step's gradient, since the last one is 1.

    >>> step_factors(np.array([0.125, 0.25, 1.0])).tolist()
    [0.5, 0.25]
    """
    factors: Float[np.ndarray, "steps_back ..."] = gradients[:-1] / gradients[1:]
    return factors


def _layer_gradients(layer: LayerTrace, output: Array) -> LayerGradients:
    """One layer's gradients from dL/d(output), (time, batch, output): what comes from the layers above."""
    backward = cell_backward(layer)
    hidden = np.array(output)
    memory = None if layer.cell_state is None else np.zeros_like(layer.cell_state)
    cell: Array | None = None if memory is None else np.zeros_like(memory[0])
    order = _backward_order(layer)
    # L depends on nothing that is read after the last state with a gradient of its own.
    last = next((place for place, step in enumerate(order) if output[step].any()), len(order))
    backward.gate_gradients[order[:last]] = 0
    for step, earlier in zip(order[last:], [*order[last + 1 :], None], strict=False):
        gradients = backward.step(step, hidden[step], cell, backward.gate_gradients[step])  # type: ignore[arg-type]
        cell = gradients.cell
        if memory is not None:
            memory[step] = gradients.memory
        if earlier is not None:
            hidden[earlier] += gradients.hidden
    event = backward.gate_gradients.reshape(*hidden.shape[:2], -1) @ input_weights(layer)
    return LayerGradients(layer.name, hidden, memory, event)


def _masked_past_end(gradients: LayerGradients, past: Array) -> LayerGradients:
    """The same with NaN past each sequence's end."""
    for values in (gradients.hidden_state, gradients.cell_state, gradients.event):
        if values is not None and past.any():
            values[past] = np.nan
    return gradients


def _backward_order(layer: LayerTrace) -> list[int]:
    """The steps from the one that was read last to the one that was read first."""
    steps = list(range(len(layer.hidden_state)))
    return steps if layer.reverse else steps[::-1]


def _squared_gradients(layer: LayerTrace, backward: CellBackward, rows: Array, split: int) -> Array:
    """Squared gradients of some rows of the Jacobian, (rows, state), summed over both: (time, batch)."""
    steps, batch = layer.hidden_state.shape[:2]
    squares = np.full((steps, batch), np.nan, rows.dtype)
    carried = np.zeros((len(rows), batch, rows.shape[1]), rows.dtype)
    gate_gradients = np.empty((len(rows), *backward.gate_gradients.shape[1:]), rows.dtype)
    ends = np.zeros(batch, int) if layer.reverse else layer.lengths - 1
    for step in _backward_order(layer):
        carried[:, ends == step] = rows[:, None]
        read = layer.lengths > step
        squares[step, read] = np.square(carried[:, read]).sum(axis=(0, 2))
        cell = None if split == rows.shape[1] else carried[..., split:]
        gradients = backward.step(step, carried[..., :split], cell, gate_gradients)  # type: ignore[arg-type]
        carried = (
            gradients.hidden if gradients.cell is None else np.concatenate([gradients.hidden, gradients.cell], axis=2)
        )
    return squares


#: The order in which gates, their gradients and their weights are stacked here, a step's own (torch's: `LSTM_GATES`).
STACKED_GATES = ("input_gate", "candidate", "forget_gate", "output_gate")


class StepGradients(NamedTuple):
    """One step's gradients: of its own LTM by every path, and of the state before it by the paths through this step."""

    #: dL/dc_t by every path, (..., batch, hidden); a plain RNN has none.
    memory: Array | None
    #: dL/dh_{t-1}, (..., batch, output), and dL/dc_{t-1}, (..., batch, hidden), as far as they go through this step.
    hidden: Array
    cell: Array | None


class StandardBackward:
    """Backward step of c = f c' + i g, h = o tanh(c): from dL/dh and dL/dc to dL/dh' and dL/dc'."""

    def __init__(self, layer: LayerTrace) -> None:
        gate = {name: _zero_past_end(getattr(layer, name)) for name in STACKED_GATES}
        before, offered = _zero_past_end(layer.previous_cell_state), _zero_past_end(layer.readout)
        #: dc or dh by each gate's pre-activation, (time, batch, 4, hidden); `backpropagate` turns it into dL by it.
        self.gate_gradients = np.empty((*before.shape[:2], 4, before.shape[2]), before.dtype)
        for place, (name, factor) in enumerate(
            zip(STACKED_GATES, (gate["candidate"], gate["input_gate"], before, offered), strict=True)
        ):
            np.multiply(_activation_derivative(layer, name, gate[name]), factor, out=self.gate_gradients[:, :, place])
        self.kept = gate["forget_gate"]
        slope = 1 - offered * offered  # of tanh
        if not layer.activations.is_standard:
            slope = layer.activations.readout.derivative(_zero_past_end(layer.memory))
        self.through_readout = gate["output_gate"] * slope  # d h by what goes into the readout's function
        self.recurrent = np.concatenate([layer.weights[name].recurrent for name in STACKED_GATES])  # (4 hidden, output)
        self.projection = layer.projection

    def step(self, time: int, hidden: Array, cell: Array, gate_gradients: Array) -> StepGradients:
        """From dL/dh and dL/dc after a step to those before it; those of its gates are written to `gate_gradients`."""
        unprojected = hidden if self.projection is None else hidden @ self.projection
        memory = cell + unprojected * self.through_readout[time]  # c is read by h and by the next step
        np.multiply(self.gate_gradients[time, :, :3], memory[..., None, :], out=gate_gradients[..., :3, :])
        np.multiply(self.gate_gradients[time, :, 3], unprojected, out=gate_gradients[..., 3, :])
        return StepGradients(memory, _flat(gate_gradients) @ self.recurrent, memory * self.kept[time])


class CourseBackward(StandardBackward):
    """Backward step of the course's cell, h = o tanh(W_u (f c') + b_u): the readout reads what was kept."""

    def __init__(self, layer: LayerTrace) -> None:
        super().__init__(layer)
        assert layer.readout_weights is not None
        self.use = layer.readout_weights.kept  # (hidden, hidden)

    def step(self, time: int, hidden: Array, cell: Array, gate_gradients: Array) -> StepGradients:
        """As in the standard cell."""
        kept = cell + (hidden * self.through_readout[time]) @ self.use  # kept is read by c and by h
        np.multiply(self.gate_gradients[time, :, :2], cell[..., None, :], out=gate_gradients[..., :2, :])
        np.multiply(self.gate_gradients[time, :, 2], kept, out=gate_gradients[..., 2, :])
        np.multiply(self.gate_gradients[time, :, 3], hidden, out=gate_gradients[..., 3, :])
        return StepGradients(cell, _flat(gate_gradients) @ self.recurrent, kept * self.kept[time])


class RnnBackward:
    """Backward step of a plain RNN, h = tanh(W x + R h' + b)."""

    def __init__(self, layer: LayerTrace) -> None:
        states = _zero_past_end(layer.hidden_state)
        self.gate_gradients = np.where(_past_end(layer)[..., None], 0, 1 - states * states)[:, :, None].astype(
            states.dtype
        )
        self.recurrent = layer.weights["hidden_state"].recurrent

    def step(self, time: int, hidden: Array, cell: None, gate_gradients: Array) -> StepGradients:
        """From dL/dh after a step to that before it."""
        np.multiply(self.gate_gradients[time, :, 0], hidden, out=gate_gradients[..., 0, :])
        return StepGradients(None, _flat(gate_gradients) @ self.recurrent, None)


CellBackward = StandardBackward | RnnBackward


def cell_backward(layer: LayerTrace) -> CellBackward:
    """The backward step of a layer's own cell. Raises ValueError for a variant that has none here."""
    kinds: dict[str, type[CellBackward]] = {"standard": StandardBackward, "course": CourseBackward, "rnn": RnnBackward}
    if layer.variant not in kinds:
        raise ValueError(f"Gradients are known for the cells {', '.join(kinds)}, not for {layer.variant!r}.")
    return kinds[layer.variant](layer)


def input_weights(layer: LayerTrace) -> Float[np.ndarray, "gates features"]:
    """The input weights of all gates, stacked as `STACKED_GATES` says."""
    names = ("hidden_state",) if layer.variant == "rnn" else STACKED_GATES
    return np.concatenate([layer.weights[name].input for name in names])


def _activation_derivative(layer: LayerTrace, name: str, gate: Array) -> Array:
    """Derivative of a gate by its pre-activation: tanh' or sigmoid', from the gate's own value; of a cell with other
    activations theirs, from the pre-activation."""
    if not layer.activations.is_standard:
        return layer.activations.of(name).derivative(_zero_past_end(layer.preactivations[name]))
    derivative: Array = 1 - gate * gate if name == "candidate" else gate * (1 - gate)
    return derivative


def _zero_past_end(values: Array) -> Array:
    """The values with 0 past each sequence's end, where no gradient comes from or goes to."""
    return np.nan_to_num(values) if np.isnan(values).any() else values


def _past_end(layer: LayerTrace) -> Array:
    past: Array = np.arange(len(layer.hidden_state))[:, None] >= layer.lengths
    return past


def _flat(values: Array) -> Array:
    return values.reshape(*values.shape[:-2], -1)


def cell_gradients(layer: LayerTrace) -> Float[np.ndarray, "time batch"]:
    """Size of d LTM_end / d LTM_k along the cell alone, for each step k and each sequence's own end.

    Along the cell LTM_t = f_t LTM_{t-1} + learned_t, so that Jacobian is diagonal, with f_{k+1} ... f_end of each
    unit. The size is the Frobenius norm divided by its value at the end, sqrt(hidden), as `state_gradients` has
    it: 1 at the end. NaN past a sequence's end. Hochreiter & Schmidhuber (1997), section 3, name this path the
    constant error carousel; Gers et al. (2000) put the forget factor into it.

    The end of a layer that reads from the end is step 0.

    Raises ValueError for a plain RNN.

    >>> f = np.array([0.5, 0.5, 1.0])[:, None, None]
    >>> one, start = np.ones((3, 1, 1)), np.ones((1, 1))
    >>> layer = LayerTrace("l0", "standard", one, one, start, np.array([3]), forget_gate=f)
    >>> cell_gradients(layer).ravel().tolist()
    [0.5, 1.0, 1.0]
    """
    if layer.forget_gate is None:
        raise ValueError("A plain RNN has no forget factors, so no path along a cell; an LSTM's run was expected.")
    factors = np.asarray(layer.forget_gate, float)
    past = np.isnan(factors).any(axis=2)
    towards_end = slice(None) if layer.reverse else slice(None, None, -1)
    products = np.cumprod(np.nan_to_num(factors, nan=1.0)[towards_end], axis=0)  # f_k ... f_end
    left = np.concatenate([np.ones_like(products[:1]), products[:-1]])[towards_end]
    sizes = np.sqrt(np.square(left).mean(axis=2))
    return np.where(past, np.nan, sizes)
