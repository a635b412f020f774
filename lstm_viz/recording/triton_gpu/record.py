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
from lstm_viz.recording.module_spec import GATES, LayerWeights, ModuleSpec
from lstm_viz.recording.reference import full_precision
from lstm_viz.recording.results import LayerRecord

KERNEL = "lstm_viz.recording.triton_gpu.kernel"
#: Kinds of devices that Triton makes code for; AMD's are "cuda" to torch as well.
DEVICES = ("cuda",)
#: Units of a sequence in one Triton program: one for each thread of a warp.
UNITS = 32
#: Largest error of the kernel against `record_from_hidden` when it is tried out, in units of the dtype's epsilon.
MAX_ERROR_EPS = 100


def gpu_kernel(spec: ModuleSpec, everything: bool = False) -> ModuleType | None:
    """The Triton kernel where it can record this run; it has been tried on this device then.

    None where there is no Triton, or it can't make code for the device or the number format.
    """
    if spec.variant != "standard" or spec.device.type not in DEVICES:
        return None
    tried = [
        _kernel_if_correct(spec.device, spec.dtype, everything, bool(reverse)) for reverse in range(spec.directions)
    ]
    return None if None in tried else tried[0]


def record_on_gpu(
    kernel: ModuleType,
    weights: LayerWeights,
    event: Float[Tensor, "time batch features"],
    hidden_states: Float[Tensor, "time batch output"],
    initial_state: tuple[Tensor, ...],
    lengths: Int[Tensor, " batch"],
    padding: Bool[Tensor, "time batch"] | None = None,
    everything: bool = False,
) -> LayerRecord:
    """Record a layer whose own forward gave `hidden_states` from `initial_state`; NaN past the `lengths`.

    `event` and `hidden_states` are in the module's number format, `weights` and `initial_state` in that of the
    recording. Products of half formats are accumulated in float32, as in the module's own forward.
    """
    (time, batch, _), units = event.shape, initial_state[1].shape[1]
    preactivations = _preactivations_without_bias(weights, event, hidden_states, initial_state[0], padding)
    gates = torch.empty_like(preactivations) if everything else preactivations
    cell_state, hidden_state = (preactivations.new_empty(time, batch, units) for _ in range(2))
    derived = {name: torch.empty_like(cell_state) for name in ("learned", "kept", "readout") if everything}
    initial_cell_state = initial_state[1].contiguous()
    grid = (batch, -(-units // UNITS))
    with torch.cuda.device_of(preactivations):  # Triton launches on the device that is chosen
        kernel.record[grid](
            preactivations, weights.bias, initial_cell_state, lengths, gates, cell_state, hidden_state,
            *(derived.values() if everything else [cell_state] * 3),
            time, batch, units,
            REVERSE=weights.reverse, EVERYTHING=everything, UNITS=UNITS, num_warps=1,
        )  # fmt: skip
    if weights.projection is not None:
        hidden_state = functional.linear(hidden_state, weights.projection)  # W_hr h, (time, batch, output)
    names = GATES[weights.variant]
    arrays = dict(zip(names, gates.unbind(2), strict=True)) | {"cell_state": cell_state}
    recorded = (
        dict(zip(names, preactivations.unbind(2), strict=True)) if everything else {}
    )  # (time, batch, hidden) each
    return LayerRecord(
        weights, event, initial_state, recorded, arrays, hidden_state, padding_is_nan=True, derived=derived
    )


def _preactivations_without_bias(
    weights: LayerWeights, event: Tensor, hidden_states: Tensor, initial_hidden_state: Tensor, padding: Tensor | None
) -> Tensor:
    """Pre-activations W x + R h' of every step without the bias, (time, batch, 4, hidden)."""
    time, batch, features = event.shape
    read = event.new_empty(time, batch, features + hidden_states.shape[2])  # x and h' side by side
    read[:, :, :features] = event
    previous_hidden_state = read[:, :, features:]  # h', (time, batch, output): a view
    if weights.reverse:  # a reverse layer begins at a sequence's end, with its initial state
        later = hidden_states[1:]
        previous_hidden_state[-1] = initial_hidden_state
        previous_hidden_state[:-1] = (
            later if padding is None else torch.where(padding[1:, :, None], initial_hidden_state, later)
        )
    else:
        previous_hidden_state[0] = initial_hidden_state
        previous_hidden_state[1:] = hidden_states[:-1]
    weight = torch.cat([weights.input, weights.recurrent], dim=1).to(event.dtype)  # (4 hidden, features + output)
    # (time * batch, features + output) by (features + output, 4 hidden)
    return _matmul_in_dtype(read.flatten(0, 1), weight.T, weights.bias.dtype).view(time, batch, 4, -1)


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
            return kernel if _error_in_roundings(kernel, device, dtype, everything, reverse) <= MAX_ERROR_EPS else None
    except torch.OutOfMemoryError:
        raise
    except Exception:  # no Triton, no compiler for what it starts kernels with, or a device it doesn't know
        return None


def _error_in_roundings(
    kernel: ModuleType, device: torch.device, dtype: torch.dtype, everything: bool, reverse: bool
) -> float:
    """Largest error of the kernel on a small layer with random h, against `record_from_hidden`, in units of epsilon."""
    generator = torch.Generator().manual_seed(0)
    W, R, bias, event, hidden_states, hidden, cell = (
        torch.randn(shape, generator=generator).to(device, dtype)
        for shape in ((20, 3), (20, 5), (20,), (4, 2, 3), (4, 2, 5), (2, 5), (2, 5))
    )
    record_dtype = torch.float32 if dtype.itemsize < 4 else dtype
    name = "l0_reverse" if reverse else "l0"
    weights = LayerWeights(name, "standard", W.to(record_dtype), R.to(record_dtype), bias.to(record_dtype))
    lengths = torch.full((2,), 4, device=device)
    initial_state = hidden.to(record_dtype), cell.to(record_dtype)
    actual = record_on_gpu(kernel, weights, event, hidden_states, initial_state, lengths, everything=everything)
    expected = record_from_hidden(weights, event.to(record_dtype), hidden_states.to(record_dtype), initial_state, None)
    compared = [(actual.arrays[name], values) for name, values in expected.arrays.items()]
    compared.append((actual.hidden_state, expected.hidden_state))
    error = max(float((recorded - known).abs().max()) for recorded, known in compared)
    return error / torch.finfo(record_dtype).eps
