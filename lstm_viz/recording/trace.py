"""`lstm_viz.trace`: one forward pass of a recurrent module, with every gate activation and state recorded."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from types import ModuleType
from typing import Any

import numpy as np
import torch
from torch import Tensor

from lstm_viz.recording.compare import compare_with_reference
from lstm_viz.recording.from_hidden import record_from_hidden
from lstm_viz.recording.inputs import Inputs, read_inputs
from lstm_viz.recording.numba_cpu.compile import compiled_kernel
from lstm_viz.recording.numba_cpu.layer import record_with_kernel
from lstm_viz.recording.plan import LayerPlan, Plan, read_plan
from lstm_viz.recording.reference import full_precision, layer_output
from lstm_viz.recording.results import LayerRecord, layer_trace
from lstm_viz.recording.tensor_ops import to_numpy
from lstm_viz.recording.torch_cpu.standard_layer import record_standard_layer
from lstm_viz.recording.triton_gpu.record import gpu_kernel, record_on_gpu
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
    state: what to start from, (h_0, c_0) as the module itself takes it, h_0 alone for an RNN; zero by default.
    lengths: steps of each sequence, (batch,). Past them recorded values are NaN and the output is 0.
    device: where the module runs; a GPU if there is one, else the CPU.
    check: compare with the module's own forward, in `Trace.difference`.
    everything: record `learned`, `kept`, `readout` and the pre-activations too, which else are computed when they
        are first used. Faster where all of them are used; takes twice the memory.
    memory_limit: bytes this recording may take; half of the free memory by default.

    Raises TypeError or ValueError, with what was expected, what came and what to do.

    >>> run = trace(torch.nn.LSTM(3, 4, num_layers=2), torch.ones(5, 2, 3), lengths=[5, 2])
    >>> [layer.name for layer in run.layers], run.layers[1].forget_gate.shape
    (['l0', 'l1'], (5, 2, 4))
    >>> run.agreement.startswith("equal to torch.nn.LSTM")
    True
    """
    plan = read_plan(lstm)
    target = _device(device, plan)
    plan = plan.to(target)
    kernels = _compiled_kernel_for(plan)
    inputs = read_inputs(plan, x, state, lengths, memory_limit, everything, copy=kernels is None).to(target)
    with torch.inference_mode():
        way, records = record_layers(plan, inputs, everything, kernels)
        output = layer_output_of(records[-plan.directions :], inputs)
        difference, compared = compare_with_reference(plan, inputs, output) if check else (None, None)
        layers = tuple([layer_trace(record, inputs) for record in records])
        return Trace(
            layers=layers,
            output=to_numpy(output),
            final_state=_final_state(layers, inputs),
            lengths=inputs.lengths,
            device=str(target),
            dtype=str(plan.dtype).removeprefix("torch."),
            difference=difference,
            compared=compared,
            way=way,
        )


def record_layers(
    plan: Plan, inputs: Inputs, everything: bool, kernels: ModuleType | None = None
) -> tuple[Way, list[LayerRecord]]:
    """Every layer's record, and the backend that made it: the compiled kernel where `kernels` are given, else the GPU's
    kernel where there is one, else PyTorch."""
    if kernels is not None:
        return "Numba", _record_each_layer(plan, inputs, partial(_record_with_numba, kernels, everything))
    kernel = gpu_kernel(plan, everything)
    with full_precision:
        if kernel is not None:
            return "Triton", _record_each_layer(plan, inputs, partial(_record_with_triton, kernel, everything))
        return "PyTorch", _record_each_layer(plan, inputs, _record_with_torch)


def _compiled_kernel_for(plan: Plan) -> ModuleType | None:
    """The compiled kernel, where it is ready and can record this run; else None."""
    known = plan.variant != "rnn" and plan.dtype in (torch.float32, torch.float64)
    return compiled_kernel.ready() if known and plan.device.type == "cpu" else None


def _record_each_layer(plan: Plan, inputs: Inputs, by: Callable[..., list[LayerRecord]]) -> list[LayerRecord]:
    """Every layer's record, from the first up, each by the function `by`."""
    records: list[LayerRecord] = []
    events = inputs.x
    for layer in range(plan.num_layers):
        if layer:
            events = layer_output_of(records[-plan.directions :], inputs).to(plan.dtype)
        records += by(plan, layer, events, inputs)
    return records


def _record_with_numba(
    kernels: ModuleType, everything: bool, plan: Plan, layer: int, events: Tensor, inputs: Inputs
) -> list[LayerRecord]:
    """Record one layer by the compiled CPU kernel; one record a direction."""
    records: list[LayerRecord] = []
    copied = layer > 0 or inputs.copied
    for name in plan.layer_names(layer):
        weights, start = _direction_plan_and_state(plan, name, inputs)
        records.append(record_with_kernel(kernels, weights, events, start, inputs.lengths, everything, copied=copied))
        events, copied = records[-1].event, True
    return records


def _record_with_triton(
    kernel: ModuleType, everything: bool, plan: Plan, layer: int, events: Tensor, inputs: Inputs
) -> list[LayerRecord]:
    """Record one layer by the Triton kernel; one record a direction."""
    own = layer_output(plan, layer, events, inputs)
    ends = torch.from_numpy(inputs.lengths).to(events.device)
    records: list[LayerRecord] = []
    for name, outputs in zip(plan.layer_names(layer), own.split(plan.output_size, dim=2), strict=True):
        weights, start = _direction_plan_and_state(plan, name, inputs)
        records.append(record_on_gpu(kernel, weights, events, outputs, start, ends, inputs.padding, everything))
    return records


def _record_with_torch(plan: Plan, layer: int, events: Tensor, inputs: Inputs) -> list[LayerRecord]:
    """Record one layer by PyTorch's own operations; one record a direction."""
    return _record_standard_layers(plan, layer, events, inputs) or _record_from_hidden(plan, layer, events, inputs)


def _record_standard_layers(plan: Plan, layer: int, events: Tensor, inputs: Inputs) -> list[LayerRecord]:
    """Record one layer while torch computes it; one record a direction, none where that gives no gates."""
    records: list[LayerRecord] = []
    for name in plan.layer_names(layer):
        weights, start = _direction_plan_and_state(plan, name, inputs)
        record = record_standard_layer(weights, events, start, inputs.padding)
        if record is None:
            return []
        records.append(record)
    return records


def _record_from_hidden(plan: Plan, layer: int, events: Tensor, inputs: Inputs) -> list[LayerRecord]:
    """Record one layer from the hidden states of the module's own forward; one record a direction."""
    own = layer_output(plan, layer, events, inputs)
    return [record_direction_from_hidden(plan, name, events, own, inputs) for name in plan.layer_names(layer)]


def record_direction_from_hidden(plan: Plan, name: str, events: Tensor, own: Tensor, inputs: Inputs) -> LayerRecord:
    """One layer in one direction, from what its own forward returned: `own`, its directions side by side."""
    weights, start = _direction_plan_and_state(plan, name, inputs)
    columns = slice(weights.reverse * plan.output_size, (1 + weights.reverse) * plan.output_size)
    outputs = own[..., columns].to(plan.record_dtype)
    return record_from_hidden(weights, events.to(plan.record_dtype), outputs, start, inputs.padding)


def _direction_plan_and_state(plan: Plan, name: str, inputs: Inputs) -> tuple[LayerPlan, tuple[Tensor, ...]]:
    """Weights of one layer in one direction, and the state it starts from, in the number format of the recording."""
    row, kind = plan.names.index(name), plan.record_dtype
    return plan.layer(name), tuple([part[row] if part.dtype == kind else part[row].to(kind) for part in inputs.state])


def layer_output_of(records: list[LayerRecord], inputs: Inputs) -> Tensor:
    """A layer's output from its directions' records: (time, batch, directions * output), 0 past each sequence's end."""
    states = [record.hidden_state for record in records]
    output = torch.cat(states, dim=2) if len(states) > 1 else states[0]
    return output if inputs.padding is None else output.masked_fill(inputs.padding[..., None], 0)


def _final_state(layers: tuple[LayerTrace, ...], inputs: Inputs) -> Any:
    """(h_n, c_n) as the module shapes them, (layers * directions, batch, ...), or h_n alone of an RNN."""
    ends = [_last_states([layer.hidden_state for layer in layers], layers, inputs)]
    if layers[0].cell_state is not None:
        ends.append(_last_states([layer.memory for layer in layers], layers, inputs))
    return tuple(ends) if len(ends) > 1 else ends[0]


def _last_states(states: list[Array], layers: tuple[LayerTrace, ...], inputs: Inputs) -> Array:
    """Each layer's state after the step it read last: (layers * directions, batch, ...)."""
    last: Any = -1 if inputs.padding is None else (inputs.lengths - 1, np.arange(len(inputs.lengths)))
    found = np.array([values[0 if layer.reverse else last] for values, layer in zip(states, layers, strict=True)])
    found.flags.writeable = False
    return found[:, 0] if inputs.unbatched else found


def _device(device: torch.device | str | None, plan: Plan) -> torch.device:
    """The device that was asked for; by default an accelerator that supports the module's dtype, else the CPU."""
    if device is not None:
        return _resolve_device(device)
    if plan.device.type != "cpu":
        return plan.device
    found = _accelerator()
    if found is None or (found.type == "mps" and plan.dtype == torch.float64):
        return torch.device("cpu")
    return _resolve_device(found)  # with its number, as tensors name it


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
