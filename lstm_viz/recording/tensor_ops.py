"""Tensor operations of a recording (affine map, tanh, recurrence, error), each by its fastest public route."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from lstm_viz.recording.buffer_pool import buffer_pool

#: Steps to an image, and images to a call, from which on torch gives a convolution to oneDNN's fast kernel.
STEPS_PER_IMAGE, MIN_IMAGES = 32, 17
#: Rows of a block, a row for each step of each sequence: so many stay in the cache.
ROWS_PER_BLOCK = 1024
#: Whether torch found AVX-512 on this processor; NumPy then has code for it too.
AVX512 = torch.backends.cpu.get_cpu_capability() == "AVX512"
#: Number formats that are recorded in, as NumPy names them.
NUMPY_DTYPES: dict[torch.dtype, np.dtype[Any]] = {
    torch.float32: np.dtype("float32"),
    torch.float64: np.dtype("float64"),
}


def empty(shape: tuple[int, ...], like: Tensor) -> Tensor:
    """An uninitialised tensor of this shape. On a CPU its memory comes from the buffer pool: touching fresh pages takes
    as long as the arithmetic.

    >>> empty((2, 3), torch.zeros(1)).shape
    torch.Size([2, 3])
    """
    return (
        torch.from_numpy(buffer_pool.empty(shape, NUMPY_DTYPES[like.dtype])) if like.is_cpu else like.new_empty(shape)
    )


def contiguous_copy(values: Tensor, dtype: torch.dtype) -> Tensor:
    """A copy of the values in this number format, one axis after the other in memory.

    >>> contiguous_copy(torch.ones(2, 3).T, torch.float64).is_contiguous()
    True
    """
    if not values.is_cpu or dtype not in NUMPY_DTYPES:
        return values.to(dtype=dtype, copy=True, memory_format=torch.contiguous_format)
    return torch.from_numpy(buffer_pool.empty(tuple(values.shape), NUMPY_DTYPES[dtype])).copy_(values)


def to_numpy(values: Tensor | np.ndarray) -> np.ndarray:
    """A read-only array of the same numbers; half formats become float32, which holds them exactly.

    >>> to_numpy(torch.ones(2, dtype=torch.bfloat16)).dtype
    dtype('float32')
    """
    array = _from_torch(values) if isinstance(values, Tensor) else values
    array.flags.writeable = False
    return array


def _from_torch(tensor: Tensor) -> np.ndarray:
    if tensor.dtype.itemsize < 4:
        tensor = tensor.float()
    return tensor.numpy() if tensor.is_cpu else tensor.cpu().numpy()


def affine(
    x: Float[Tensor, "time batch features"],
    weight: Float[Tensor, "rows features"],
    bias: Float[Tensor, " rows"],
) -> Float[Tensor, "time batch rows"]:
    """x W^T + b for many steps at once.

    In float32 on a CPU the product is written as a convolution of width 1 over small images. That takes
    oneDNN's kernel, which is twice as fast as the matrix product's on processors where MKL holds back.

    >>> affine(torch.ones(1, 1, 2), torch.tensor([[1.0, 2.0]]), torch.tensor([3.0])).item()
    6.0
    """
    time, batch, features = x.shape
    image_count = time * batch // STEPS_PER_IMAGE
    if x.device.type != "cpu" or x.dtype != torch.float32 or time * batch % STEPS_PER_IMAGE or image_count < MIN_IMAGES:
        return functional.linear(x, weight, bias)  # (time, batch, rows)
    images = x.reshape(image_count, STEPS_PER_IMAGE, 1, features).permute(0, 3, 1, 2)  # (images, features, rows, 1)
    product = functional.conv2d(images, weight[:, :, None, None], bias)  # (images, weight's rows, rows, 1)
    return product.permute(0, 2, 3, 1).reshape(time, batch, weight.shape[0])


def tanh(x: Float[Tensor, "*shape"], out: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """tanh into `out`; with AVX-512 by NumPy, which is ten times as fast there as torch and as exact.

    >>> tanh(torch.zeros(2), out=torch.ones(2)).tolist()
    [0.0, 0.0]
    """
    if x.is_cpu and AVX512:
        np.tanh(x.numpy(), out=out.numpy())
        return out
    return torch.tanh(x, out=out)


def cell_state_recurrence(
    forget: Float[Tensor, "time batch hidden"],
    learned: Float[Tensor, "time batch hidden"],
    initial_cell_state: Float[Tensor, "batch hidden"],
    reverse: bool,
    out: Float[Tensor, "time batch hidden"],
) -> Float[Tensor, "batch hidden"]:
    """c_t = f_t c_{t-1} + learned_t into `out`, step after step; from the last step down where
    `reverse`. Returns the cell state after the step that was read last.

    >>> half, one = torch.full((2, 1, 1), 0.5), torch.ones(2, 1, 1)
    >>> cell_state_recurrence(half, one, torch.zeros(1, 1), reverse=False, out=torch.empty(2, 1, 1)).item()
    1.5
    """
    steps = list(zip(forget.unbind(0), learned.unbind(0), out.unbind(0), strict=True))
    cell = initial_cell_state  # (batch, hidden), as f_t, learned_t and c_t are
    for f_t, learned_t, c_t in reversed(steps) if reverse else steps:
        cell = torch.addcmul(learned_t, f_t, cell, out=c_t)  # c_t = f_t c_{t-1} + learned_t
    return cell


def max_relative_error(
    actual: Float[Tensor, "time batch units"], expected: Float[Tensor, "time batch units"], steps: int
) -> float:
    """Largest |actual - expected|, relative where |expected| is above 1; `steps` at a time stay in the cache.

    >>> max_relative_error(torch.tensor([[[0.5, 11.0]]]), torch.tensor([[[0.25, 10.0]]]), 1)
    0.25
    """
    if len(actual) > steps:
        blocks = zip(actual.split(steps), expected.split(steps), strict=True)
        errors = [max_relative_error(actual_block, expected_block, steps) for actual_block, expected_block in blocks]
        return float(np.max(errors))  # which is NaN where one is; Python's max may lose it
    error = (actual - expected).abs()  # (time, batch, units)
    size = expected.abs()
    if float(size.max()) > 1:  # hidden states are not, unless they are projected
        error /= size.clamp(min=1)
    return float(error.max())


def steps_per_block(batch: int) -> int:
    """Time steps in a block of so many sequences, so that the block stays in the cache.

    >>> steps_per_block(32), steps_per_block(1), steps_per_block(10_000)
    (32, 1024, 32)
    """
    return max(STEPS_PER_IMAGE, ROWS_PER_BLOCK // batch // STEPS_PER_IMAGE * STEPS_PER_IMAGE)
