"""A layer recorded on a GPU: h by the module's forward, all pre-activations by one matmul, the rest by a Triton kernel.

The gates overwrite the pre-activations in place, so a layer takes the memory of its recorded arrays, and for a moment
that of the matmul's input.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from types import ModuleType

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn import functional

from lstm_viz.recording.from_hidden import record_from_hidden
from lstm_viz.recording.plan import GATES, LayerPlan, Plan
from lstm_viz.recording.reference import full_precision
from lstm_viz.recording.results import LayerRecord

KERNEL = "lstm_viz.recording.triton_gpu.kernel"
#: Kinds of devices that Triton makes code for; AMD's are "cuda" to torch as well.
DEVICES = ("cuda",)
#: Units of a sequence in one Triton program: one for each thread of a warp.
UNITS = 32
#: How far the kernel may be from `record_from_hidden` when it is tried out, in units of the dtype's epsilon.
LIMIT = 100


def gpu_kernel(plan: Plan, everything: bool = False) -> ModuleType | None:
    """The Triton kernel where it can record this run; it has been tried on this device then.

    None where there is no Triton, or it can't make code for the device or the number format.
    """
    if plan.variant != "standard" or plan.device.type not in DEVICES:
        return None
    tried = [
        _kernel_if_correct(plan.device, plan.dtype, everything, bool(reverse)) for reverse in range(plan.directions)
    ]
    return None if None in tried else tried[0]


def record_on_gpu(
    kernel: ModuleType,
    plan: LayerPlan,
    event: Float[Tensor, "time batch features"],
    own: Float[Tensor, "time batch output"],
    start: tuple[Tensor, ...],
    ends: Int[Tensor, " batch"],
    padding: Bool[Tensor, "time batch"] | None = None,
    everything: bool = False,
) -> LayerRecord:
    """Record a layer whose own forward gave the hidden states `own` from the initial `start`; NaN past the `ends`.

    `event` and `own` are in the module's number format, `plan` and `start` in that of the recording. Products of
    half formats are accumulated in float32, as in the module's own forward.
    """
    (time, batch, _), units = event.shape, start[1].shape[1]
    preactivations = _preactivations_without_bias(plan, event, own, start[0], padding)
    gates = torch.empty_like(preactivations) if everything else preactivations
    cell_state, hidden_state = (preactivations.new_empty(time, batch, units) for _ in range(2))
    derived = {name: torch.empty_like(cell_state) for name in ("learned", "kept", "readout") if everything}
    cell = start[1].contiguous()
    grid = (batch, -(-units // UNITS))
    with torch.cuda.device_of(preactivations):  # Triton launches on the device that is chosen
        kernel.record[grid](
            preactivations, plan.bias, cell, ends, gates, cell_state, hidden_state,
            *(derived.values() if everything else [cell_state] * 3),
            time, batch, units,
            REVERSE=plan.reverse, EVERYTHING=everything, UNITS=UNITS, num_warps=1,
        )  # fmt: skip
    if plan.projection is not None:
        hidden_state = functional.linear(hidden_state, plan.projection)
    names = GATES[plan.variant]
    arrays = dict(zip(names, gates.unbind(2), strict=True)) | {"cell_state": cell_state}
    recorded = (
        dict(zip(names, preactivations.unbind(2), strict=True)) if everything else {}
    )  # (time, batch, hidden) each
    return LayerRecord(plan, event, start, recorded, arrays, hidden_state, padding_is_nan=True, derived=derived)


def _preactivations_without_bias(
    plan: LayerPlan, event: Tensor, own: Tensor, hidden: Tensor, padding: Tensor | None
) -> Tensor:
    """Pre-activations W x + R h' of every step without the bias, (time, batch, 4, hidden)."""
    time, batch, features = event.shape
    read = event.new_empty(time, batch, features + own.shape[2])  # x and h' side by side
    read[:, :, :features] = event
    found = read[:, :, features:]
    if plan.reverse:  # a reverse layer begins at a sequence's end, with its initial state
        found[-1] = hidden
        found[:-1] = own[1:] if padding is None else torch.where(padding[1:, :, None], hidden, own[1:])
    else:
        found[0] = hidden
        found[1:] = own[:-1]
    weight = torch.cat([plan.input, plan.recurrent], dim=1).to(event.dtype)  # (4 hidden, features + output)
    return _matmul_in_dtype(read.flatten(0, 1), weight.T, plan.bias.dtype).view(time, batch, 4, -1)


def _matmul_in_dtype(rows: Tensor, columns: Tensor, dtype: torch.dtype) -> Tensor:
    """rows @ columns accumulated in `dtype`, which torch does for half formats on a GPU alone."""
    if rows.dtype == dtype:
        return rows @ columns
    return torch.mm(rows, columns, out_dtype=dtype) if rows.is_cuda else rows.to(dtype) @ columns.to(dtype)


@cache
def _kernel_if_correct(device: torch.device, dtype: torch.dtype, everything: bool, reverse: bool) -> ModuleType | None:
    """The kernel, if on a small layer it agrees with `record_from_hidden`."""
    try:
        kernel = import_module(KERNEL)
        with full_precision:
            return kernel if _error_in_roundings(kernel, device, dtype, everything, reverse) <= LIMIT else None
    except torch.OutOfMemoryError:
        raise
    except Exception:  # no Triton, no compiler for what it starts kernels with, or a device it doesn't know
        return None


def _error_in_roundings(
    kernel: ModuleType, device: torch.device, dtype: torch.dtype, everything: bool, reverse: bool
) -> float:
    """Largest error of the kernel on a small layer with random h, against `record_from_hidden`, in units of epsilon."""
    draw = torch.Generator().manual_seed(0)
    inner, recurrent, bias, event, own, hidden, cell = (
        torch.randn(shape, generator=draw).to(device, dtype)
        for shape in ((20, 3), (20, 5), (20,), (4, 2, 3), (4, 2, 5), (2, 5), (2, 5))
    )
    exact = torch.float32 if dtype.itemsize < 4 else dtype
    name = "l0_reverse" if reverse else "l0"
    plan = LayerPlan(name, "standard", inner.to(exact), recurrent.to(exact), bias.to(exact))
    ends = torch.full((2,), 4, device=device)
    start = hidden.to(exact), cell.to(exact)
    found = record_on_gpu(kernel, plan, event, own, start, ends, everything=everything)
    wanted = record_from_hidden(plan, event.to(exact), own.to(exact), start, None)
    pairs = [(found.arrays[name], values) for name, values in wanted.arrays.items()]
    pairs.append((found.hidden_state, wanted.hidden_state))
    return max(float((ours - theirs).abs().max()) for ours, theirs in pairs) / torch.finfo(exact).eps
