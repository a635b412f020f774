"""`lstm_viz.trace`: one forward pass of a recurrent module, with every gate activation and state recorded."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from types import ModuleType
from typing import Any

import numpy as np
import torch
from torch import Tensor

from lstm_viz.cells.activation_functions import ActivationError
from lstm_viz.recording.call_path import check_plain_call
from lstm_viz.recording.compare import compare_with_reference
from lstm_viz.recording.from_hidden import record_from_hidden
from lstm_viz.recording.inputs import Inputs, read_inputs
from lstm_viz.recording.module_spec import LayerWeights, ModuleSpec, read_module
from lstm_viz.recording.numba_cpu.compile import compiled_kernel
from lstm_viz.recording.numba_cpu.layer import record_with_kernel
from lstm_viz.recording.reference import full_precision, layer_output
from lstm_viz.recording.results import LayerRecord, layer_trace
from lstm_viz.recording.start import start_of
from lstm_viz.recording.tensor_ops import to_numpy
from lstm_viz.recording.torch_cpu.standard_layer import record_by_steps, record_standard_layer
from lstm_viz.recording.triton_gpu.record import gpu_kernel, record_on_gpu
from lstm_viz.recording.weight_cache import is_finite
from lstm_viz.traces import Array, LayerTrace, Trace, Way


def trace(
    lstm: Any,
    x: Any,
    state: Any = None,
    lengths: Any = None,
    device: torch.device | str | None = None,
    check: bool = True,
    *,
    memory_limit: int | None = None,
    everything: bool = False,
) -> Trace:
    """Run a recurrent module over x and record every gate activation and state at every step.

    lstm: a `torch.nn.LSTM` of any kind, a `torch.nn.RNN` with tanh, or a `CourseLSTM`. It stays as it
        is and where it is; the run applies no dropout, whatever the module's own setting.
    x: (time, batch, features), or (batch, time, features) for a `batch_first` module, or (time, features);
        a tensor or an array. It is converted to the module's number format.
    state: what to start from, (h_0, c_0) as the module itself takes it, h_0 alone for an RNN; by default zero, or
        the state that the file fixes which the module is from (`load_models`).
    lengths: steps of each sequence, (batch,). Past them recorded values are NaN and the output is 0. By default all
        of x, or the lengths that the module's file fixes. `Trace.notes` says where the file's are used.
    device: where the module runs; a GPU if there is one, else the CPU.
    check: compare with the module's own forward, in `Trace.difference`.
    everything: record `learned`, `kept`, `readout` and the pre-activations too, which else are computed when they
        are first used. Faster where all of them are used; takes twice the memory.
    memory_limit: bytes this recording may take; half of the free memory by default.

    Raises TypeError or ValueError, with what was expected, what came and what to do; so for a module whose call does
    more than its forward (hooks, a forward of its own, compiled code), which `record` sees.

    >>> run = trace(torch.nn.LSTM(3, 4, num_layers=2), torch.ones(5, 2, 3), lengths=[5, 2])
    >>> [layer.name for layer in run.layers], run.layers[1].forget_gate.shape
    (['l0', 'l1'], (5, 2, 4))
    >>> run.agreement.startswith("equal to torch.nn.LSTM")
    True
    """
    spec = read_module(lstm)
    check_plain_call(lstm)
    target = _device(device, spec)
    spec = spec.to(target)
    kernels = _compiled_kernel_for(spec)
    state, lengths, notes = start_of(lstm, spec, x, state, lengths)
    inputs = read_inputs(spec, x, state, lengths, memory_limit, everything, copy=kernels is None).to(target)
    with torch.inference_mode():
        way, records = record_layers(spec, inputs, everything, kernels)
        output = layer_output_of(records[-spec.directions :], inputs)
        if not spec.activations.is_standard:
            _check_no_overflow(spec, records, inputs)
        difference, compared = compare_with_reference(spec, inputs, output) if check else (None, None)
        layers = tuple([layer_trace(record, inputs) for record in records])
        return Trace(
            layers=layers,
            output=to_numpy(output),
            final_state=_final_state(layers, inputs),
            lengths=inputs.lengths,
            device=str(target),
            dtype=str(spec.dtype).removeprefix("torch."),
            difference=difference,
            compared=compared,
            way=way,
            notes=notes,
        )


def record_layers(
    spec: ModuleSpec, inputs: Inputs, everything: bool, kernels: ModuleType | None = None
) -> tuple[Way, list[LayerRecord]]:
    """Every layer's record, and the backend that made it: the compiled kernel where `kernels` are given, else the GPU's
    kernel where there is one, else PyTorch."""
    if kernels is not None:
        return "Numba", _record_each_layer(spec, inputs, partial(_record_with_numba, kernels, everything))
    kernel = gpu_kernel(spec, everything) if spec.activations.is_standard else None
    with full_precision:
        if kernel is not None:
            return "Triton", _record_each_layer(spec, inputs, partial(_record_with_triton, kernel, everything))
        return "PyTorch", _record_each_layer(spec, inputs, _record_with_torch)


def _check_no_overflow(spec: ModuleSpec, records: list[LayerRecord], inputs: Inputs) -> None:
    """Raise ActivationError where a number of the run is not finite, as no sigmoid or tanh lets it become: NaN in a
    record stands for what is past a sequence's end."""
    for record in records:
        for values in (*record.arrays.values(), record.hidden_state):
            inside = values if inputs.padding is None else values.masked_fill(inputs.padding[..., None], 0)
            if not is_finite(inside):
                step = int((~torch.isfinite(inside)).flatten(1).any(1).nonzero()[0])
                raise ActivationError(
                    f"At step {step + 1} of {record.weights.name} a number grows past what {spec.record_dtype} holds: "
                    f"its functions ({spec.activations.words}) have no bounds. Scale x as in the model's training."
                )


def _compiled_kernel_for(spec: ModuleSpec) -> ModuleType | None:
    """The compiled kernel, where it is ready and can record this run; else None."""
    supported = spec.variant != "rnn" and spec.activations.is_standard and spec.dtype in (torch.float32, torch.float64)
    return compiled_kernel.ready() if supported and spec.device.type == "cpu" else None


def _record_each_layer(
    spec: ModuleSpec, inputs: Inputs, record_layer: Callable[..., list[LayerRecord]]
) -> list[LayerRecord]:
    """Every layer's record, from the first up, each by the function `record_layer`."""
    records: list[LayerRecord] = []
    events = inputs.x
    for layer in range(spec.num_layers):
        if layer:
            events = layer_output_of(records[-spec.directions :], inputs).to(spec.dtype)
        records += record_layer(spec, layer, events, inputs)
    return records


def _record_with_numba(
    kernels: ModuleType, everything: bool, spec: ModuleSpec, layer: int, events: Tensor, inputs: Inputs
) -> list[LayerRecord]:
    """Record one layer by the compiled CPU kernel; one record a direction."""
    records: list[LayerRecord] = []
    copied = layer > 0 or inputs.copied
    for name in spec.direction_names(layer):
        weights, initial_state = _weights_and_initial_state(spec, name, inputs)
        record = record_with_kernel(kernels, weights, events, initial_state, inputs.lengths, everything, copied=copied)
        records.append(record)
        events, copied = record.event, True
    return records


def _record_with_triton(
    kernel: ModuleType, everything: bool, spec: ModuleSpec, layer: int, events: Tensor, inputs: Inputs
) -> list[LayerRecord]:
    """Record one layer by the Triton kernel; one record a direction."""
    forward_output = layer_output(spec, layer, events, inputs)
    lengths = torch.from_numpy(inputs.lengths).to(events.device)
    records: list[LayerRecord] = []
    parts = forward_output.split(spec.output_size, dim=2)  # (time, batch, output) each
    for name, hidden_states in zip(spec.direction_names(layer), parts, strict=True):
        weights, initial_state = _weights_and_initial_state(spec, name, inputs)
        records.append(
            record_on_gpu(kernel, weights, events, hidden_states, initial_state, lengths, inputs.padding, everything)
        )
    return records


def _record_with_torch(spec: ModuleSpec, layer: int, events: Tensor, inputs: Inputs) -> list[LayerRecord]:
    """Record one layer by PyTorch's own operations; one record a direction."""
    if not spec.activations.is_standard:
        return [_record_step_by_step(spec, name, events, inputs) for name in spec.direction_names(layer)]
    return _record_standard_layers(spec, layer, events, inputs) or _record_from_hidden(spec, layer, events, inputs)


def _record_step_by_step(spec: ModuleSpec, name: str, events: Tensor, inputs: Inputs) -> LayerRecord:
    """Record one layer in one direction by its equations, on any device; `events` in any number format."""
    weights, initial_state = _weights_and_initial_state(spec, name, inputs)
    return record_by_steps(weights, events.to(spec.record_dtype), initial_state, inputs.padding)


def _record_standard_layers(spec: ModuleSpec, layer: int, events: Tensor, inputs: Inputs) -> list[LayerRecord]:
    """Record one layer while torch computes it; one record a direction, none where that gives no gates."""
    records: list[LayerRecord] = []
    for name in spec.direction_names(layer):
        weights, initial_state = _weights_and_initial_state(spec, name, inputs)
        record = record_standard_layer(weights, events, initial_state, inputs.padding)
        if record is None:
            return []
        records.append(record)
    return records


def _record_from_hidden(spec: ModuleSpec, layer: int, events: Tensor, inputs: Inputs) -> list[LayerRecord]:
    """Record one layer from the hidden states of the module's own forward; one record a direction."""
    forward_output = layer_output(spec, layer, events, inputs)
    return record_layer_from_hidden(spec, layer, events, forward_output, inputs)


def record_layer_from_hidden(
    spec: ModuleSpec, layer: int, events: Tensor, forward_output: Tensor, inputs: Inputs
) -> list[LayerRecord]:
    """One layer from what its own forward returned, (time, batch, directions * output); one record a direction."""
    return [_record_direction(spec, name, events, forward_output, inputs) for name in spec.direction_names(layer)]


def _record_direction(
    spec: ModuleSpec, name: str, events: Tensor, forward_output: Tensor, inputs: Inputs
) -> LayerRecord:
    weights, initial_state = _weights_and_initial_state(spec, name, inputs)
    columns = slice(weights.reverse * spec.output_size, (1 + weights.reverse) * spec.output_size)
    hidden_states = forward_output[..., columns].to(spec.record_dtype)
    return record_from_hidden(weights, events.to(spec.record_dtype), hidden_states, initial_state, inputs.padding)


def _weights_and_initial_state(spec: ModuleSpec, name: str, inputs: Inputs) -> tuple[LayerWeights, tuple[Tensor, ...]]:
    """Weights of one layer in one direction, and the state it starts from, in the number format of the recording."""
    row, kind = spec.names.index(name), spec.record_dtype
    return spec.layer(name), tuple([part[row] if part.dtype == kind else part[row].to(kind) for part in inputs.state])


def layer_output_of(records: list[LayerRecord], inputs: Inputs) -> Tensor:
    """A layer's output from its directions' records: (time, batch, directions * output), 0 past each sequence's end."""
    states = [record.hidden_state for record in records]
    output = torch.cat(states, dim=2) if len(states) > 1 else states[0]
    return output if inputs.padding is None else output.masked_fill(inputs.padding[..., None], 0)


def _final_state(layers: tuple[LayerTrace, ...], inputs: Inputs) -> Any:
    """(h_n, c_n) as the module shapes them, (layers * directions, batch, ...), or h_n alone of an RNN."""
    final = [_last_states([layer.hidden_state for layer in layers], layers, inputs)]
    if layers[0].cell_state is not None:
        final.append(_last_states([layer.memory for layer in layers], layers, inputs))
    return tuple(final) if len(final) > 1 else final[0]


def _last_states(states: list[Array], layers: tuple[LayerTrace, ...], inputs: Inputs) -> Array:
    """Each layer's state after the step it read last: (layers * directions, batch, ...)."""
    last: Any = -1 if inputs.padding is None else (inputs.lengths - 1, np.arange(len(inputs.lengths)))
    final = np.array([values[0 if layer.reverse else last] for values, layer in zip(states, layers, strict=True)])
    final.flags.writeable = False
    return final[:, 0] if inputs.unbatched else final


def _device(device: torch.device | str | None, spec: ModuleSpec) -> torch.device:
    """The device that was asked for; by default an accelerator that supports the module's dtype, else the CPU."""
    if device is not None:
        return _resolve_device(device)
    if spec.device.type != "cpu":
        return spec.device
    accelerator = _accelerator()
    if accelerator is None or (accelerator.type == "mps" and spec.dtype == torch.float64):
        return torch.device("cpu")
    return _resolve_device(accelerator)  # with its number, as tensors name it


@cache
def _accelerator() -> torch.device | None:
    return torch.accelerator.current_accelerator(check_available=True)


def _resolve_device(device: torch.device | str) -> torch.device:
    try:
        return torch.empty(0, device=device).device
    except (RuntimeError, AssertionError, TypeError) as error:  # torch raises each of these for a missing device
        raise ValueError(
            f"There is no device {str(device)!r} to run on here. Leave device out, or pass 'cpu'."
        ) from error
