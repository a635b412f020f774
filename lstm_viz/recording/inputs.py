"""Validation of a run's inputs: x, initial state and lengths, brought into one form, (time, batch, features)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from lstm_viz.recording.memory import bytes_needed, refuse_if_too_large
from lstm_viz.recording.plan import Plan
from lstm_viz.recording.tensor_ops import contiguous_copy
from lstm_viz.recording.weight_cache import is_finite


@dataclass(frozen=True, eq=False)
class Inputs:
    """Validated inputs of a run: x is (time, batch, features) in the module's dtype, 0 past a sequence's length."""

    x: Tensor
    #: (h_0,) or (h_0, c_0), each (layers * directions, batch, ...)
    state: tuple[Tensor, ...]
    lengths: np.ndarray
    unbatched: bool
    #: True at steps past a sequence's end, (time, batch); None where all sequences are equally long.
    padding: Tensor | None
    #: Whether x is a copy, all of it finite; else it is what was given, to be copied and checked while it is read.
    copied: bool = True

    def to(self, device: torch.device) -> Inputs:
        """The same inputs on another device."""
        if device == self.x.device:
            return self
        state = tuple(part.to(device) for part in self.state)
        padding = None if self.padding is None else self.padding.to(device)
        return replace(self, x=self.x.to(device), state=state, padding=padding)


def read_inputs(
    plan: Plan,
    x: Any,
    state: Any = None,
    lengths: Any = None,
    memory_limit: int | None = None,
    everything: bool = False,
    *,
    copy: bool = True,
) -> Inputs:
    """Validate a run's inputs against the module's configuration and the memory limit.

    Without `copy`, x may stay the caller's (`Inputs.copied`). Raises TypeError or ValueError, with what was expected,
    what came and what to do; TooLargeToRecord where the recording would not fit in memory.
    """
    given = as_tensor(x, "x")
    values, unbatched = _time_first(plan, given)
    counts = _lengths(plan, lengths, values)
    refuse_if_too_large(_bytes_needed(plan, values, everything), memory_limit)
    padding = None if lengths is None else _padding_mask(counts, values)
    if not copy and padding is None and _is_readable_in_place(plan, values):
        return Inputs(values, _state(plan, state, values, unbatched), counts, unbatched, padding, copied=False)
    values = contiguous_copy(values, plan.dtype)
    start = _state(plan, state, values, unbatched)
    if padding is not None:
        values.masked_fill_(padding[..., None], 0)
    check_finite(values, given)
    return Inputs(values, start, counts, unbatched, padding)


def _is_readable_in_place(plan: Plan, x: Tensor) -> bool:
    """Whether the compiled kernel can read x where it lies: contiguous, on the CPU, in the module's dtype."""
    return x.is_cpu and x.dtype == plan.dtype and x.is_contiguous() and not x.is_neg()


def _bytes_needed(plan: Plan, x: Tensor, everything: bool) -> int:
    time, batch, features = x.shape
    return bytes_needed(
        time,
        batch,
        features,
        plan.hidden_size,
        layers=plan.num_layers,
        directions=plan.directions,
        output=plan.output_size,
        variant=plan.variant,
        number_bytes=plan.record_dtype.itemsize,
        everything=everything,
    )


def as_tensor(value: Any, name: str) -> Tensor:
    """A detached tensor of real numbers. Raises TypeError, with the argument's `name`, for anything else."""
    if isinstance(value, torch.nn.utils.rnn.PackedSequence):
        raise TypeError(
            f"{name} is a PackedSequence. Unpack it with torch.nn.utils.rnn.pad_packed_sequence "
            "and pass both of its results: trace(lstm, x, lengths=lengths)."
        )
    if hasattr(value, "values") and hasattr(value, "lengths"):
        raise TypeError(f"{name} is a batch; pass its parts: trace(lstm, batch.values, lengths=batch.lengths).")
    try:
        tensor = value.detach() if isinstance(value, Tensor) else torch.from_numpy(_as_native_array(np.asarray(value)))
    except (TypeError, ValueError):
        raise TypeError(f"{name} must be a tensor or an array of numbers; a {type(value).__name__} came.") from None
    if tensor.is_complex() or tensor.is_quantized or tensor.layout != torch.strided:
        kind = "complex" if tensor.is_complex() else "quantized" if tensor.is_quantized else "sparse"
        raise TypeError(f"{name} must hold plain real numbers; it is {kind}.")
    return tensor


def _as_native_array(array: np.ndarray) -> np.ndarray:
    """The array in the form that torch takes: native bytes, no steps backwards, writable."""
    if array.dtype.isnative and array.flags.writeable and all(stride >= 0 for stride in array.strides):
        return array
    return array.astype(array.dtype.newbyteorder("="), order="C")


def _time_first(plan: Plan, x: Tensor) -> tuple[Tensor, bool]:
    """x as (time, batch, features), and whether it had no batch axis."""
    axes = "(batch, time, features)" if plan.batch_first else "(time, batch, features)"
    shape = tuple(x.shape)
    if x.dim() not in (2, 3):
        raise ValueError(f"x must be {axes}, or (time, features) for one sequence; its shape is {shape}.")
    if shape[-1] != plan.input_size:
        raise ValueError(
            f"This module reads {plan.input_size} features a step (its input_size); the last axis of x "
            f"has {shape[-1]}. x came as {shape} and is read as {axes if x.dim() == 3 else '(time, features)'}."
        )
    if 0 in shape:
        raise ValueError(f"x holds no steps: its shape is {shape}. At least one step and one sequence are needed.")
    if x.dim() == 2:
        return x.unsqueeze(1), True
    return (x.transpose(0, 1) if plan.batch_first else x), False


def _lengths(plan: Plan, lengths: Any, x: Tensor) -> np.ndarray:
    """Steps of each sequence, (batch,) int64."""
    time, batch = x.shape[:2]
    if lengths is None:
        counts = np.empty(batch, np.int64)
        counts.fill(time)
        return counts
    counts = _as_integers(lengths)
    if counts.shape != (batch,):
        raise ValueError(
            f"lengths must hold one number a sequence, {batch} in all; {_count(counts)} came. {_axes_hint(plan, x)}"
        )
    if counts.min() < 1:
        number = int(counts.argmin())
        raise ValueError(f"Sequence {number} has length {counts[number]}; leave it out: a length is 1 or more.")
    if counts.max() > time:
        number = int(counts.argmax())
        came = f"Sequence {number} has length {counts[number]}, but x holds {time} steps."
        raise ValueError(f"{came} {_axes_hint(plan, x)}")
    return counts


def _padding_mask(counts: np.ndarray, x: Tensor) -> Tensor | None:
    """True past each sequence's end, (time, batch); None where there is no padding."""
    if (counts == len(x)).all():
        return None
    return (torch.arange(len(x))[:, None] >= torch.from_numpy(counts)).to(x.device)


def _as_integers(lengths: Any) -> np.ndarray:
    if isinstance(lengths, Tensor):
        lengths = lengths.detach().cpu().numpy()
    counts = np.asarray(lengths)
    if counts.dtype.kind not in "iu":
        raise TypeError(f"lengths must be whole numbers, as in lengths=[24, 20, 7]; {lengths!r:.60} came.")
    return counts.astype(np.int64)


def _count(counts: np.ndarray) -> str:
    return f"{counts.size}" if counts.ndim == 1 else f"an array of shape {counts.shape}"


def _axes_hint(plan: Plan, x: Tensor) -> str:
    """How x was read, for a person who has the axes the other way round."""
    order = "batch, time" if plan.batch_first else "time, batch"
    return (
        f"x is read as ({order}, features) because batch_first is {plan.batch_first}: "
        f"{x.shape[0]} steps of {x.shape[1]} sequences. If that is the wrong way round, pass x.swapaxes(0, 1)."
    )


def _state(plan: Plan, state: Any, x: Tensor, unbatched: bool) -> tuple[Tensor, ...]:
    sizes = [plan.output_size] if plan.variant == "rnn" else [plan.output_size, plan.hidden_size]
    rows = plan.num_layers * plan.directions
    if state is None:
        return tuple(x.new_zeros(rows, x.shape[1], size) for size in sizes)
    parts = _state_parts(plan, state)
    names = ("h_0", "c_0")
    return tuple(
        _state_part(part, name, (rows, x.shape[1], size), x, unbatched)
        for part, name, size in zip(parts, names, sizes, strict=False)
    )


def _state_parts(plan: Plan, state: Any) -> Sequence[Any]:
    if plan.variant == "rnn":
        return [state]
    if not isinstance(state, (tuple, list)) or len(state) != 2:
        raise TypeError(f"state must be the pair (h_0, c_0); a {type(state).__name__} came.")
    return state


def _state_part(value: Any, name: str, shape: tuple[int, ...], x: Tensor, unbatched: bool) -> Tensor:
    tensor = as_tensor(value, name)
    found = tuple(tensor.shape)
    wanted = (shape[0], shape[2]) if unbatched and tensor.dim() == 2 else shape
    if found != wanted:
        raise ValueError(
            f"{name} must have shape {wanted}, (layers * directions, batch, units); {found} came. "
            "The batch axis is the second even where batch_first is True."
        )
    tensor = tensor.to(device=x.device, dtype=x.dtype, copy=True).reshape(shape)
    if not is_finite(tensor):
        raise ValueError(f"{name} holds NaN or infinity; a state to start from must be finite.")
    return tensor


def check_finite(x: Tensor, given: Tensor) -> None:
    """Raise ValueError for NaN or infinity in x, which was converted from `given`."""
    if is_finite(x):
        return
    step, sequence, feature = (int(number) for number in (~torch.isfinite(x)).nonzero()[0])
    where = f"step {step} of sequence {sequence}, feature {feature}"
    if is_finite(given):
        kind = str(x.dtype).removeprefix("torch.")
        raise ValueError(f"x is too large for this module's {kind} at {where}. Scale it down first.")
    raise ValueError(
        f"x holds NaN or infinity at {where}, and every later step would be NaN. Fill the gaps first; "
        "for sequences that end early, pass lengths."
    )
