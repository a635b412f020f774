"""Tracing one call of a recurrent module inside a model, from its arguments and its results."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pad_packed_sequence

from lstm_viz.recording.inputs import Inputs, read_inputs, time_first
from lstm_viz.recording.module_spec import ModuleSpec, read_module
from lstm_viz.recording.reference import layer_output
from lstm_viz.recording.results import LayerRecord, layer_trace
from lstm_viz.recording.tensor_ops import max_relative_error, steps_per_block, to_numpy
from lstm_viz.recording.trace import layer_output_of, record_layer_from_hidden
from lstm_viz.traces import AGREEMENT_LIMITS, Trace


@dataclass(frozen=True, eq=False)
class Call:
    """Arguments and results of one call, detached; axes as the module has them."""

    x: Tensor
    state: Any
    #: Steps of each sequence where x came packed.
    lengths: Tensor | None
    #: Shaped like x, 0 past each sequence's end.
    output: Tensor
    #: (h_n, c_n), or h_n alone of an RNN.
    final: tuple[Tensor, ...]
    #: x as it came, if it was a PackedSequence.
    packed: PackedSequence | None = None


def read_call(module: nn.Module, args: Sequence[Any], kwargs: Mapping[str, Any], result: Any) -> Call:
    """A call of `nn.LSTM`, `nn.RNN` or `CourseLSTM`, packed or not.

    >>> lstm = nn.LSTM(3, 4)
    >>> x = torch.ones(5, 2, 3)
    >>> read_call(lstm, (x,), {}, lstm(x)).output.requires_grad
    False
    """
    x, state = call_arguments(module, args, kwargs)
    output, final = result
    final_state = tuple(part.detach() for part in (final if isinstance(final, tuple) else (final,)))
    if not isinstance(x, PackedSequence):
        return Call(x.detach(), state, None, output.detach(), final_state)
    batch_first = bool(module.batch_first)
    (values, lengths), (padded, _) = (pad_packed_sequence(part, batch_first=batch_first) for part in (x, output))
    return Call(values.detach(), state, lengths, padded.detach(), final_state, x)


def call_arguments(module: nn.Module, args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[Any, Any]:
    """x and the state to start from, by position or by name; None for a state left out."""
    bound = inspect.signature(type(module).forward).bind(module, *args, **kwargs)
    _, x, *state = bound.arguments.values()
    return x, state[0] if state else None


def pack_like(values: Tensor, like: PackedSequence) -> PackedSequence:
    """Time-first values, (time, batch, ...), packed in the order of the PackedSequence `like`.

    >>> packed = nn.utils.rnn.pack_sequence([torch.ones(2, 1), torch.zeros(3, 1)], enforce_sorted=False)
    >>> bool((pack_like(pad_packed_sequence(packed)[0], packed).data == packed.data).all())
    True
    """
    ordered = values if like.sorted_indices is None else values.index_select(1, like.sorted_indices)
    data = torch.cat([step[:count] for step, count in zip(ordered, like.batch_sizes.tolist(), strict=True)])
    return PackedSequence(data, like.batch_sizes, like.sorted_indices, like.unsorted_indices)


def spec_in_dtype(module: nn.Module, dtype: torch.dtype) -> ModuleSpec:
    """The module's configuration, and the weights of its last call in the dtype it computed in, under autocast not its
    own."""
    spec = read_module(module, after_call=True)
    if dtype == spec.dtype:
        return spec
    rounded = {name: value.to(dtype) for name, value in spec.parameters.items()}
    return replace(spec, dtype=dtype, parameters=rounded, layers={})  # not the layers of the weights as they were


def trace_call(spec: ModuleSpec, call: Call, dropout: float = 0.0, random: Tensor | None = None) -> Trace | None:
    """The trace of a call; `output` and `final_state` are the call's own, bit for bit.

    dropout: the probability between layers; 0 outside of training.
    random: the CPU's random state just before the call, from which the dropout masks are drawn again.

    None where dropout was applied between layers and its masks can't be reproduced: the inputs of the upper
    layers are then unknown.

    >>> lstm, x = nn.LSTM(3, 4), torch.ones(5, 2, 3)
    >>> output, end = lstm(x)
    >>> trace = trace_call(read_module(lstm), Call(x, None, None, output.detach(), end))
    >>> bool((trace.output == output.detach().numpy()).all()), trace.difference < 1e-6
    (True, True)
    """
    if dropout and random is None:
        return None
    with torch.inference_mode(), torch.autocast(spec.device.type, enabled=False):
        inputs = read_inputs(spec, call.x, call.state, call.lengths).to(spec.device)
        output = time_first(spec, call.output)
        masks = _DropoutMasks(dropout, random, call.packed)
        records = _record_layers(spec, inputs, output, masks)
        trace = trace_from_records(spec, inputs, records, output, call.final, masks.applied)
    return None if dropout and not is_within_limit(trace) else trace


def trace_call_first_layer(spec: ModuleSpec, call: Call) -> Trace:
    """The trace of the first layer alone, whose input is known whatever dropout did above it.

    `output` is that layer's output before dropout.
    """
    with torch.inference_mode(), torch.autocast(spec.device.type, enabled=False):
        inputs = read_inputs(spec, call.x, call.state, call.lengths).to(spec.device)
        forward_output = layer_output(spec, 0, inputs.x, inputs)
        records = record_layer_from_hidden(spec, 0, inputs.x, forward_output, inputs)
        final_state = tuple(part[: spec.directions] for part in call.final)
        return trace_from_records(spec, inputs, records, forward_output, final_state)


class _DropoutMasks:
    """Dropout masks between the layers, drawn again from the random state as torch draws them on a CPU."""

    def __init__(self, probability: float, random: Tensor | None, packed: PackedSequence | None) -> None:
        self._probability, self._packed = probability, packed
        #: The mask of each layer's output so far, (time, batch, outputs): 0 or 1 / (1 - probability).
        self.applied: tuple[Tensor, ...] = ()
        self._generator = torch.Generator() if random is None else torch.Generator().set_state(random)

    def __call__(self, values: Tensor) -> Tensor:
        """The next layer's input from this one's output, (time, batch, outputs)."""
        if self._probability == 0:
            return values
        self.applied += (self._mask(values),)
        return values * self.applied[-1]

    def _mask(self, values: Tensor) -> Tensor:
        """A mask shaped like `values`, drawn in the order of the packed steps where x came packed."""
        if self._packed is None:
            return self._factors(values)
        packed = pack_like(values, self._packed)
        return pad_packed_sequence(packed._replace(data=self._factors(packed.data)), total_length=len(values))[0]

    def _factors(self, values: Tensor) -> Tensor:
        if self._probability == 1:
            return torch.zeros_like(values)
        mask = torch.empty_like(values).bernoulli_(1 - self._probability, generator=self._generator)
        return mask.div_(1 - self._probability)


def _record_layers(spec: ModuleSpec, inputs: Inputs, output: Tensor, masks: _DropoutMasks) -> list[LayerRecord]:
    """Every layer's record: the last from the call's own output, those below from a forward of their own."""
    records: list[LayerRecord] = []
    events = inputs.x
    for layer in range(spec.num_layers):
        last = layer == spec.num_layers - 1
        forward_output = output if last else layer_output(spec, layer, events, inputs)
        records += record_layer_from_hidden(spec, layer, events, forward_output, inputs)
        events = events if last else masks(layer_output_of(records[-spec.directions :], inputs).to(spec.dtype))
    return records


def trace_from_records(
    spec: ModuleSpec,
    inputs: Inputs,
    records: list[LayerRecord],
    output: Tensor,
    final: tuple[Tensor, ...],
    masks: tuple[Tensor, ...] = (),
) -> Trace:
    """A trace of the layers' records, with the run's own output, (time, batch, outputs), and final states."""
    recorded_output = layer_output_of(records[-spec.directions :], inputs)
    difference = max_relative_error(recorded_output, output.to(recorded_output.dtype), steps_per_block(output.shape[1]))
    layers = tuple(layer_trace(record, inputs) for record in records)
    final_state = tuple(to_numpy(part.clone()) for part in final)
    return Trace(
        layers=layers,
        output=to_numpy(output.clone(memory_format=torch.contiguous_format)),
        final_state=(final_state[0], final_state[1]) if len(final_state) > 1 else final_state[0],
        lengths=inputs.lengths,
        device=str(spec.device),
        dtype=str(spec.dtype).removeprefix("torch."),
        difference=difference,
        passed=tuple(to_numpy(mask) for mask in masks),
    )


def is_within_limit(trace: Trace) -> bool:
    """Whether the masks drawn again are the call's: with other masks the outputs are far from agreeing."""
    rounding = 1 if trace.dtype in ("bfloat16", "float16") else 100  # that of large layers may pass the limit by itself
    return trace.difference is not None and trace.difference <= rounding * AGREEMENT_LIMITS[trace.dtype]
