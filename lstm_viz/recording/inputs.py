"""Validation of a run's inputs: x, initial state and lengths, brought into one form, (time, batch, features)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from lstm_viz.recording.memory_limit import bytes_needed, refuse_if_too_large
from lstm_viz.recording.module_spec import ModuleSpec
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
    spec: ModuleSpec,
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
    _check_events(spec, given)
    values, unbatched = time_first(spec, given), given.dim() == 2
    sequence_lengths = _lengths(spec, lengths, values)
    refuse_if_too_large(_bytes_needed(spec, values, everything), memory_limit)
    padding = None if lengths is None else _padding_mask(sequence_lengths, values)
    if not copy and padding is None and _is_readable_in_place(spec, values):
        return Inputs(
            values, _state(spec, state, values, unbatched), sequence_lengths, unbatched, padding, copied=False
        )
    values = contiguous_copy(values, spec.dtype)
    initial_state = _state(spec, state, values, unbatched)
    if padding is not None:
        values.masked_fill_(padding[..., None], 0)
    check_finite(values, given)
    return Inputs(values, initial_state, sequence_lengths, unbatched, padding)


def _is_readable_in_place(spec: ModuleSpec, x: Tensor) -> bool:
    """Whether the compiled kernel can read x where it lies: contiguous, on the CPU, in the module's dtype."""
    return x.is_cpu and x.dtype == spec.dtype and x.is_contiguous() and not x.is_neg()


def _bytes_needed(spec: ModuleSpec, x: Tensor, everything: bool) -> int:
    time, batch, features = x.shape
    return bytes_needed(
        time,
        batch,
        features,
        spec.hidden_size,
        layers=spec.num_layers,
        directions=spec.directions,
        output=spec.output_size,
        variant=spec.variant,
        number_bytes=spec.record_dtype.itemsize,
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


def _check_events(spec: ModuleSpec, x: Tensor) -> None:
    """Raise ValueError unless x has the axes and the features that the module reads."""
    axes = "(batch, time, features)" if spec.batch_first else "(time, batch, features)"
    shape = tuple(x.shape)
    if x.dim() not in (2, 3):
        raise ValueError(f"x must be {axes}, or (time, features) for one sequence; its shape is {shape}.")
    if shape[-1] != spec.input_size:
        raise ValueError(
            f"This module reads {spec.input_size} features a step (its input_size); the last axis of x "
            f"has {shape[-1]}. x came as {shape} and is read as {axes if x.dim() == 3 else '(time, features)'}."
        )
    if 0 in shape:
        raise ValueError(f"x holds no steps: its shape is {shape}. At least one step and one sequence are needed.")


def time_first(spec: ModuleSpec, values: Tensor) -> Tensor:
    """Values as (time, batch, features), from the module's own order of axes or from (time, features): a view."""
    if values.dim() == 2:
        return values.unsqueeze(1)
    return values.transpose(0, 1) if spec.batch_first else values


def _lengths(spec: ModuleSpec, lengths: Any, x: Tensor) -> np.ndarray:
    """Steps of each sequence, (batch,) int64."""
    time, batch = x.shape[:2]
    if lengths is None:
        counts = np.empty(batch, np.int64)
        counts.fill(time)
        return counts
    counts = _as_integers(lengths)
    if counts.shape != (batch,):
        raise ValueError(
            f"lengths must hold one number a sequence, {batch} in all; {_count(counts)} came. {_axes_hint(spec, x)}"
        )
    if counts.min() < 1:
        number = int(counts.argmin())
        raise ValueError(f"Sequence {number} has length {counts[number]}; leave it out: a length is 1 or more.")
    if counts.max() > time:
        number = int(counts.argmax())
        came = f"Sequence {number} has length {counts[number]}, but x holds {time} steps."
        raise ValueError(f"{came} {_axes_hint(spec, x)}")
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


def _axes_hint(spec: ModuleSpec, x: Tensor) -> str:
    """How x was read, for a person who has the axes the other way round."""
    order = "batch, time" if spec.batch_first else "time, batch"
    return (
        f"x is read as ({order}, features) because batch_first is {spec.batch_first}: "
        f"{x.shape[0]} steps of {x.shape[1]} sequences. If that is the wrong way round, pass x.swapaxes(0, 1)."
    )


def _state(spec: ModuleSpec, state: Any, x: Tensor, unbatched: bool) -> tuple[Tensor, ...]:
    sizes = [spec.output_size] if spec.variant == "rnn" else [spec.output_size, spec.hidden_size]
    rows = spec.num_layers * spec.directions
    if state is None:
        return tuple(x.new_zeros(rows, x.shape[1], size) for size in sizes)
    parts = _state_parts(spec, state)
    names = ("h_0", "c_0")
    return tuple(
        _state_part(part, name, (rows, x.shape[1], size), x, unbatched)
        for part, name, size in zip(parts, names, sizes, strict=False)
    )


def _state_parts(spec: ModuleSpec, state: Any) -> Sequence[Any]:
    if spec.variant == "rnn":
        return [state]
    if not isinstance(state, (tuple, list)) or len(state) != 2:
        raise TypeError(f"state must be the pair (h_0, c_0); a {type(state).__name__} came.")
    return state


def _state_part(value: Any, name: str, shape: tuple[int, ...], x: Tensor, unbatched: bool) -> Tensor:
    tensor = as_tensor(value, name)
    shape_given = tuple(tensor.shape)
    shape_expected = (shape[0], shape[2]) if unbatched and tensor.dim() == 2 else shape
    if shape_given != shape_expected:
        raise ValueError(
            f"{name} must have shape {shape_expected}, (layers * directions, batch, units); {shape_given} came. "
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
