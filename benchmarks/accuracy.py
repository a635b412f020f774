"""Accuracy against the same run in float64, and the bytes of a recording."""

from __future__ import annotations

import copy
from typing import Any

import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence, pad_packed_sequence

import lstm_viz
from benchmarks.implementations import forward, reference_loop
from benchmarks.sizes import Case, Size

RECORDED = ("input_gate", "forget_gate", "candidate", "output_gate", "cell_state", "hidden_state")
#: Arrays derived from those, recorded only with `everything`.
DERIVED_ARRAYS = ("learned", "kept", "readout")

#: Arrays in float64 by their names; "output" is the module's own.
ReferenceArrays = dict[str, Tensor]


def float64_reference(size: Size, case: Case) -> ReferenceArrays:
    """All arrays by the equations step after step for one layer in one direction, else the module's output alone."""
    twin = copy.deepcopy(case.module).double().cpu()
    x, state = case.x.double().cpu(), case.state
    if not size.plain:
        state = None if state is None else tuple(part.double().cpu() for part in state)
        return {"output": padded_output(forward(Case(twin, x, state, case.lengths))())}
    weights = twin.weight_ih_l0.detach(), twin.weight_hh_l0.detach(), (twin.bias_ih_l0 + twin.bias_hh_l0).detach()
    with torch.inference_mode():
        arrays = dict(zip(RECORDED, reference_loop(x, *weights), strict=True))
    return {**arrays, "output": arrays["hidden_state"]}


def largest_difference(result: Any, reference: ReferenceArrays) -> float:
    """The largest absolute difference over all arrays of a trace; over the output alone for any other result."""
    if not isinstance(result, lstm_viz.Trace):
        return float((padded_output(result).double().cpu() - reference["output"]).abs().max())
    pairs = [(torch.from_numpy(result.output.copy()), reference["output"])]
    layer = result.layers[0]
    pairs += [
        (torch.from_numpy(getattr(layer, name).copy()), reference[name]) for name in RECORDED if name in reference
    ]
    return max(float((ours - theirs).abs().max()) for ours, theirs in pairs)


def padded_output(output: Tensor | PackedSequence) -> Tensor:
    """(time, batch, ...), padded with 0 past each sequence's end."""
    return pad_packed_sequence(output)[0] if isinstance(output, PackedSequence) else output


def recorded_bytes(trace: lstm_viz.Trace) -> int:
    """Bytes of the recorded arrays, without those that are derived on first use."""
    total = 0
    for layer in trace.layers:
        total += sum(getattr(layer, name).nbytes for name in RECORDED) + layer.event.nbytes
        total += sum(vars(layer)[name].nbytes for name in DERIVED_ARRAYS if name in vars(layer))
        if isinstance(layer.preactivations, dict):
            total += sum(values.nbytes for values in layer.preactivations.values())
    return total
