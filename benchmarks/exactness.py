"""How far a way's numbers are from the same run in float64, and how many bytes it wrote down."""

from __future__ import annotations

import copy
from typing import Any

import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence, pad_packed_sequence

import lstm_viz
from benchmarks.peers import loop
from benchmarks.sizes import Case, Size
from benchmarks.ways import forward

NAMES = ("input_gate", "forget_gate", "candidate", "output_gate", "cell_state", "hidden_state")
#: What follows from those, written down only where everything is.
DERIVED = ("learned", "kept", "readout")

#: Arrays in float64 by their names; "output" is what the module hands on.
Exact = dict[str, Tensor]


def exact(size: Size, case: Case) -> Exact:
    """The equations step after step where there is one layer in one direction, else the module's own output."""
    twin = copy.deepcopy(case.module).double().cpu()
    x, state = case.x.double().cpu(), case.state
    if not size.plain:
        state = None if state is None else tuple(part.double().cpu() for part in state)
        return {"output": whole(forward(Case(twin, x, state, case.lengths))())}
    weights = twin.weight_ih_l0.detach(), twin.weight_hh_l0.detach(), (twin.bias_ih_l0 + twin.bias_hh_l0).detach()
    with torch.inference_mode():
        made = dict(zip(NAMES, loop(x, *weights), strict=True))
    return {**made, "output": made["hidden_state"]}


def gap(found: Any, wanted: Exact) -> float:
    """Largest difference: of all arrays of a trace, of the output alone for what keeps nothing else."""
    if not isinstance(found, lstm_viz.Trace):
        return float((whole(found).double().cpu() - wanted["output"]).abs().max())
    pairs = [(torch.from_numpy(found.output.copy()), wanted["output"])]
    layer = found.layers[0]
    pairs += [(torch.from_numpy(getattr(layer, name).copy()), wanted[name]) for name in NAMES if name in wanted]
    return max(float((ours - theirs).abs().max()) for ours, theirs in pairs)


def whole(output: Tensor | PackedSequence) -> Tensor:
    """(time, batch, ...), padded with 0 past each sequence's end."""
    return pad_packed_sequence(output)[0] if isinstance(output, PackedSequence) else output


def recorded_bytes(trace: lstm_viz.Trace) -> int:
    """Bytes of what was recorded, not counting what is worked out when it is asked for."""
    total = 0
    for layer in trace.layers:
        total += sum(getattr(layer, name).nbytes for name in NAMES) + layer.event.nbytes
        total += sum(vars(layer)[name].nbytes for name in DERIVED if name in vars(layer))
        if isinstance(layer.preactivations, dict):
            total += sum(values.nbytes for values in layer.preactivations.values())
    return total
