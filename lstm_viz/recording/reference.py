"""The reference: the module's own forward, run on a second module that shares its weights, never on the caller's."""

from __future__ import annotations

from functools import cache
from threading import Lock
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from lstm_viz.cells.course import CourseLSTM
from lstm_viz.cells.equations import Gate, Gates, standard_step
from lstm_viz.recording.inputs import Inputs
from lstm_viz.recording.module_spec import LayerWeights, ModuleSpec


def module_output(spec: ModuleSpec, inputs: Inputs) -> Tensor:
    """The module's output for these inputs, (time, batch, directions * output). No dropout is applied."""
    if not spec.activations.is_standard:
        return output_by_equations(spec, range(spec.num_layers), inputs.x, inputs.state, inputs.lengths)
    return _forward(_module(spec, range(spec.num_layers)), inputs.x, inputs.state, inputs.lengths)


def layer_output(spec: ModuleSpec, layer: int, events: Tensor, inputs: Inputs) -> Tensor:
    """One layer's output, its directions side by side: (time, batch, directions * output)."""
    rows = slice(layer * spec.directions, (layer + 1) * spec.directions)
    state = tuple(part[rows] for part in inputs.state)
    if not spec.activations.is_standard:
        return output_by_equations(spec, range(layer, layer + 1), events, state, inputs.lengths)
    return _forward(_module(spec, range(layer, layer + 1)), events, state, inputs.lengths)


def output_by_equations(
    spec: ModuleSpec, layers: range, events: Tensor, state: tuple[Tensor, ...], lengths: np.ndarray
) -> Tensor:
    """The output of some layers, (time, batch, directions * output), from the equations of a textbook, step by step.

    For cells that torch has no module of. state: (h_0, c_0) of these layers; past a sequence's end the output is 0.
    """
    events, ends = events.to(spec.record_dtype), torch.from_numpy(lengths).to(events.device)
    rows = iter(zip(*(part.to(spec.record_dtype) for part in state), strict=True))
    for layer in layers:
        ways = [
            _direction_by_equations(spec.layer(name), events, next(rows), ends) for name in spec.direction_names(layer)
        ]
        events = torch.cat(ways, dim=2)
    return events


def _direction_by_equations(
    weights: LayerWeights, events: Tensor, state: tuple[Tensor, Tensor], ends: Tensor
) -> Tensor:
    parts = zip(weights.input.chunk(4), weights.recurrent.chunk(4), weights.bias.chunk(4), strict=True)
    input_gate, forget_gate, candidate, output_gate = (Gate(*part) for part in parts)
    gates = Gates(input_gate, forget_gate, candidate, output_gate)
    (hidden, cell), outputs = state, [torch.empty(0)] * len(events)
    for time in reversed(range(len(events))) if weights.reverse else range(len(events)):
        step = standard_step(events[time], hidden, cell, gates, weights.projection, weights.activations)
        read = (time < ends)[:, None]  # (batch, 1)
        hidden, cell = torch.where(read, step.hidden_state, hidden), torch.where(read, step.cell_state, cell)
        outputs[time] = torch.where(read, step.hidden_state, 0)
    return torch.stack(outputs)


def _forward(module: nn.Module, x: Tensor, state: tuple[Tensor, ...], lengths: np.ndarray) -> Tensor:
    """`forward` and not a call: hooks that somebody set for every module are not meant for this one."""
    initial_state = tuple([part.contiguous() for part in state])
    given = initial_state if len(initial_state) > 1 else initial_state[0]
    # The course's cell reads forwards alone, so what lies past a sequence's end changes nothing before it.
    if isinstance(module, CourseLSTM) or (lengths == x.shape[0]).all():
        return module.forward(x, given)[0]
    packed = pack_padded_sequence(x, torch.from_numpy(lengths), enforce_sorted=False)
    return pad_packed_sequence(module.forward(packed, given)[0], total_length=x.shape[0])[0]


def _module(spec: ModuleSpec, layers: range) -> nn.Module:
    """A time-first module of these layers in evaluation mode, which shares `spec`'s weights.

    Cached with `spec`, whose weights are never written to: making a module takes longer than a short run. Not on a
    GPU, where `flatten_parameters` copies the weights into one buffer, which would live as long as `spec`.
    """
    key = layers.start, layers.stop
    if key in spec.modules:
        return spec.modules[key]
    module = _with_weights(spec, layers)
    if spec.device.type == "cpu":
        spec.modules[key] = module
    return module


def _with_weights(spec: ModuleSpec, layers: range) -> nn.Module:
    module = _without_weights(spec, layers)
    for name, value in spec.parameters.items():
        stem, _, rest = name.partition("_l")
        number, *end = rest.split("_")
        if int(number) in layers:
            name_in_module = "_".join([f"{stem}_l{int(number) - layers.start}", *end])
            setattr(module, name_in_module, nn.Parameter(value, requires_grad=False))
    if isinstance(module, nn.RNNBase):
        module.flatten_parameters()
    return module.eval()


def _without_weights(spec: ModuleSpec, layers: range) -> nn.Module:
    """The module with every parameter on the "meta" device: shapes, and neither memory nor initial values."""
    features = spec.output_size * spec.directions if layers.start else spec.input_size
    bias = any(name.startswith("bias") for name in spec.parameters)
    common: dict[str, Any] = {"num_layers": len(layers), "bias": bias, "device": "meta", "dtype": spec.dtype}
    if spec.variant == "course":
        return _UninitialisedCourseLSTM(features, spec.hidden_size, **common)
    common["bidirectional"] = spec.directions == 2
    if spec.variant == "rnn":
        return _UninitialisedRNN(features, spec.hidden_size, **common)
    projected = spec.output_size if any(name.startswith("weight_hr") for name in spec.parameters) else 0
    return _UninitialisedLSTM(features, spec.hidden_size, proj_size=projected, **common)


class _Uninitialised:
    """A module without weight initialisation, which takes most of the time of constructing one."""

    def reset_parameters(self) -> None:
        """Leave the parameters as they are."""


class _UninitialisedLSTM(_Uninitialised, nn.LSTM): ...


class _UninitialisedRNN(_Uninitialised, nn.RNN): ...


class _UninitialisedCourseLSTM(_Uninitialised, CourseLSTM): ...


class _FullPrecision:
    """Keep float32 products in float32 while any run is on: cuDNN's recurrent kernels shorten them by default.

    The setting is global to the process, so the first run to begin changes it and the last to end restores it.
    """

    def __init__(self) -> None:
        self._lock, self._runs = Lock(), 0
        self._before: list[str] = []

    def __enter__(self) -> None:
        with self._lock:
            self._runs += 1
            if self._runs == 1:
                self._before = [kernel.fp32_precision for kernel in _precision_settings()]
                for kernel in _precision_settings():
                    kernel.fp32_precision = "ieee"

    def __exit__(self, *error: object) -> None:
        with self._lock:
            self._runs -= 1
            if self._runs == 0:
                for kernel, precision in zip(_precision_settings(), self._before, strict=True):
                    kernel.fp32_precision = precision


full_precision = _FullPrecision()


@cache
def _precision_settings() -> tuple[Any, ...]:
    """The settings that matter on this machine: each that is changed takes as long as a step."""
    backends: Any = torch.backends
    cuda = (backends.cudnn.rnn, backends.cuda.matmul) if torch.cuda.is_available() else ()
    return *cuda, backends.mkldnn.matmul
